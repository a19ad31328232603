/** What tests of the Anchors page share: its controls, and files dropped on it. */
import type { Locator, Page, TestInfo } from '@playwright/test';
import { expect } from './fixtures.ts';

export const recall = (page: Page) =>
  page.locator('dt:text-is("Best possible recall") + dd').first();
export const curve = (page: Page) => page.locator('svg[data-plot=positions] path[data-curve]');
export const histogram = (page: Page) => page.locator('svg[data-plot=sizes-and-anchors]');
export const slider = (page: Page, at: number) =>
  page.getByRole('slider', { name: `Anchor size ${at}`, exact: true });
export const handle = (page: Page, at: number) =>
  page.getByRole('slider', { name: `Anchor size ${at} in the histogram` });
export const exact = (page: Page, at: number) =>
  page.getByRole('spinbutton', { name: `Anchor size ${at}, exactly` });

/** At which the page is looked at: it holds on the narrowest screens, too. */
export const LAB_WIDTHS = [1440, 1024, 390, 320];

export async function openLab(page: Page, picks = ''): Promise<void> {
  await page.goto(`./?backend=wasm#/anchors${picks}`);
  await curve(page).waitFor({ timeout: 60_000 });
}

export async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (!box) throw new Error('It is not on screen.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Drags a slider by some pixels, in steps. */
export async function drag(page: Page, what: Locator, by: number): Promise<void> {
  const { x, y } = await middleOf(what);
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 8; step++) await page.mouse.move(x + (by * step) / 8, y);
  await page.mouse.up();
}

export interface Dropped {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly type?: string;
}

/** Drops files on the page, as an operating system would. */
export async function dropFiles(page: Page, ...files: readonly Dropped[]): Promise<void> {
  const packed = files.map(({ name, content, type = '' }) => {
    return [name, Buffer.from(content).toString('base64'), type] as const;
  });
  const transfer = await page.evaluateHandle((list) => {
    const carried = new DataTransfer();
    for (const [name, data, type] of list) {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      carried.items.add(new File([bytes], name, { type }));
    }
    return carried;
  }, packed);
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('body', event, { dataTransfer: transfer });
  }
}

/** The most that a task of the page may take, in ms: what is longer is felt. */
export const LONG_TASK_MS = 50;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** by the clock, and processor time of the thread, in microseconds */
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: {
    readonly name?: string;
    readonly chrome_mojo_event_info?: { readonly mojo_interface_tag?: string };
  };
}

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
  const browser = page.context().browser();
  if (!browser) throw new Error('The browser is gone.');
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
  await act();
  // The tasks that the last act leads to are part of it.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
  const trace = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: readonly TraceEvent[];
  };
  const observed = await page.evaluate(() => {
    const own = window as unknown as { observed: number[]; observer: PerformanceObserver };
    own.observer.disconnect();
    return own.observed;
  });
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`;
  const main = new Set(
    trace.traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(threadOf),
  );
  const events = trace.traceEvents.filter(({ ph }) => ph === 'X');
  const questions = events.filter(
    ({ args }) => args.chrome_mojo_event_info?.mojo_interface_tag === 'blink.mojom.DevToolsSession',
  );
  const isQuestion = (task: TraceEvent) =>
    questions.some((question) => {
      const isWithin = question.ts >= task.ts && question.ts <= task.ts + (task.dur ?? 0);
      return isWithin && threadOf(question) === threadOf(task);
    });
  const tasks = events.filter(
    (event) => event.name.endsWith('RunTask') && main.has(threadOf(event)) && !isQuestion(event),
  );
  const spent = tasks.map(({ tdur, dur = 0 }) => (tdur ?? dur) / 1000);
  expect(spent.length, 'tasks that were traced').toBeGreaterThan(10);
  return { longest: Math.max(...spent), observed };
}

/** No task of the page's thread is long; what the clock said of them is kept beside the test. */
export async function expectNoLongTask(
  page: Page,
  info: TestInfo,
  what: string,
  act: () => Promise<void>,
): Promise<void> {
  const { longest, observed } = await threadTime(page, act);
  info.annotations.push({
    type: 'long tasks',
    description: `${what}: ${longest.toFixed(1)} ms of processor time in the longest; over 50 ms by the clock: ${observed.join(', ') || 'none'}`,
  });
  expect(longest, `the longest task while ${what}`).toBeLessThan(LONG_TASK_MS);
}
