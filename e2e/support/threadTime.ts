/**
 * How long the page's own thread is held up: what a visitor feels as a page that does not answer.
 */
import type { Page, TestInfo } from '@playwright/test';
import { expect } from './fixtures.ts';
import { type TraceEvent, traceOfMain } from './trace.ts';

/** The most that a task of the page may take, in ms: what is longer is felt. */
export const LONG_TASK_MS = 50;

export interface ThreadTime {
  /** processor time of the longest task of the page's main thread, in ms */
  readonly longest: number;
  /** what a PerformanceObserver saw of tasks over 50 ms, by the clock, in ms */
  readonly observed: readonly number[];
}

/**
 * What the page's own thread does while somebody acts, told apart from what the machine does meanwhile.
 * A PerformanceObserver for "longtask" goes by the clock: on a busy machine a task of 10 ms of work is
 * long when another process has the core for 40 ms. So the same tasks are traced by Chromium, which also
 * knows the processor time that the thread spent in each. Where nothing else runs the two are the same.
 * Tasks that answer Playwright's own questions, such as which element has a text, are not the page's.
 */
export async function threadTime(page: Page, act: () => Promise<void>): Promise<ThreadTime> {
  await page.evaluate(() => {
    const observed: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) observed.push(duration);
    });
    observer.observe({ type: 'longtask' });
    Object.assign(window, { observed, observer });
  });
  const events = await traceOfMain(page, ['toplevel', 'devtools.timeline'], async () => {
    await act();
    // The tasks that the last act leads to are part of it.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  });
  const observed = await page.evaluate(() => {
    const own = window as unknown as { observed: number[]; observer: PerformanceObserver };
    own.observer.disconnect();
    return own.observed;
  });
  const questions = events.filter(
    ({ args }) => args.chrome_mojo_event_info?.mojo_interface_tag === 'blink.mojom.DevToolsSession',
  );
  const isQuestion = ({ pid, tid, ts, dur = 0 }: TraceEvent) =>
    questions.some(
      (one) => one.pid === pid && one.tid === tid && one.ts >= ts && one.ts <= ts + dur,
    );
  const tasks = events.filter(
    (event) => event.ph === 'X' && event.name.endsWith('RunTask') && !isQuestion(event),
  );
  const spent = tasks.map(({ tdur, dur = 0 }) => (tdur ?? dur) / 1000);
  expect(spent.length, 'tasks that were traced').toBeGreaterThan(10);
  return { longest: Math.max(...spent), observed };
}

/**
 * The most that a task may take by the clock, waiting included, in ms: on a busy machine tasks of little
 * work take up to 150, and one that waited for the GPU's process took 300 to 600.
 */
const LONGEST_WAIT_MS = 250;
/** A virtual machine stalls now and then, and its processor time goes on; what the page does, it does again. */
const MOST_TRIES = 3;

/**
 * No task of the page's thread is long, in one of a few tries; what each came to, by the clock, too, is
 * kept beside the test.
 *
 * @param prepare is not measured; it makes the page ready for another try
 */
export async function expectNoLongTask(
  page: Page,
  info: TestInfo,
  what: string,
  act: () => Promise<void>,
  prepare?: () => Promise<void>,
): Promise<void> {
  let [least, wait] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const isLong = () => least >= LONG_TASK_MS || wait >= LONGEST_WAIT_MS;
  for (let tries = 0; tries < MOST_TRIES && isLong(); tries++) {
    await prepare?.();
    const { longest, observed } = await threadTime(page, act);
    least = Math.min(least, longest);
    wait = Math.min(wait, Math.max(0, ...observed));
    const description = `${what}: ${longest.toFixed(1)} ms of processor time in the longest; over 50 ms by the clock: ${observed.join(', ') || 'none'}`;
    info.annotations.push({ type: 'long tasks', description });
  }
  expect(least, `the longest task while ${what}`).toBeLessThan(LONG_TASK_MS);
  expect(wait, `the longest wait while ${what}`).toBeLessThan(LONGEST_WAIT_MS);
}
