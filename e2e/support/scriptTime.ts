/**
 * How much script each step of an act takes, as Chromium's own trace tells it: processor time of the
 * main thread, so that what else the machine does meanwhile does not count.
 */
import type { Page } from '@playwright/test';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** by the clock, in microseconds; `tdur` is processor time of the thread */
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

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
  const browser = page.context().browser();
  if (!browser) throw new Error('The browser is gone.');
  await browser.startTracing(page, {
    categories: ['devtools.timeline'],
  });
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
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const isMain = ({ name, args }: TraceEvent) =>
    name === 'thread_name' && args.name === 'CrRendererMain';
  const main = new Set(traceEvents.filter(isMain).map(threadOf));
  const script = traceEvents
    .filter((event) => main.has(threadOf(event)))
    .filter(({ name, ph }) => name === STAMP || (ph === 'X' && SCRIPT.has(name)))
    .sort((a, b) => a.ts - b.ts);
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
