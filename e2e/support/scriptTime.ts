/**
 * How much script each step of an act takes, as Chromium's own trace tells it: processor time of the
 * main thread, so that what else the machine does meanwhile does not count.
 */
import type { Page } from '@playwright/test';
import { traceOfMain } from './trace.ts';

/** Where the trace says that script runs. */
const SCRIPT = new Set(['FunctionCall', 'RunMicrotasks', 'FireAnimationFrame', 'EventDispatch']);

/** What `console.timeStamp` leaves in a trace. */
const STAMP = 'TimeStamp';

/**
 * Takes steps, each until the frame that it leads to has been drawn.
 *
 * @returns milliseconds of script for each step: its events, what they set off, and all callbacks of its
 *   frame
 */
export async function scriptPerFrame(
  page: Page,
  steps: number,
  act: (step: number) => Promise<void>,
): Promise<number[]> {
  const events = await traceOfMain(page, ['devtools.timeline'], async () => {
    for (let step = 0; step < steps; step++) {
      await act(step);
      await page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            requestAnimationFrame(() => {
              console.timeStamp('step');
              resolve();
            });
          }),
      );
    }
  });
  const script = events.filter(
    ({ name, ph }) => name === STAMP || (ph === 'X' && SCRIPT.has(name)),
  );
  const frames: number[] = [];
  let [spent, end] = [0, 0];
  for (const { name, ts, dur = 0, tdur = dur } of script) {
    if (name === STAMP) {
      frames.push(spent);
      spent = 0;
    } else if (ts >= end) {
      // What begins earlier is part of the one before.
      end = ts + dur;
      spent += tdur / 1000;
    }
  }
  return frames;
}

/** The middle one of them. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
