/**
 * Several engines side by side in Node, for the wasm engine, which computes on one thread there: a pool of
 * worker threads, each with an engine of its own, that do one job after another. The other engines share
 * their work out to all cores by themselves and need none of this.
 */
import { availableParallelism, totalmem } from 'node:os';
import Tinypool from 'tinypool';
import { say, UserError } from '../console.ts';
import type { ChosenEngine } from '../engine.ts';
import type { Answer, WorkerData } from './member.ts';

/** An engine with VGG16 and what is made of its filters takes about half of that. */
const GIGABYTES_EACH = 2;

/** What `--workers` says of itself. */
export const WORKERS_HELP =
  'engines side by side, for the wasm engine (default: one for each core)';

/** Threads that do jobs; `end` must be called, also after an error. */
export interface WorkerPool<Job, Result> {
  /** @throws UserError as the job does; any other error with the worker's stack */
  run(job: Job): Promise<Result>;
  end(): Promise<void>;
}

/**
 * How many workers to take; 1 means to do without.
 *
 * @param asked by `--workers`; else as many as there are cores and memory for
 * @param jobs how many there are to do
 */
export function workersFor(
  asked: number | undefined,
  { name, description }: Pick<ChosenEngine, 'name' | 'description'>,
  jobs: number,
): number {
  if (name !== 'wasm') {
    if (asked !== undefined) say(`--workers is for the wasm engine alone; this is ${description}.`);
    return 1;
  }
  const room = Math.floor(totalmem() / 2 ** 30 / GIGABYTES_EACH);
  return Math.max(1, Math.min(asked ?? Math.min(availableParallelism(), room), jobs));
}

/** Jobs to have under way, so that no worker waits while results are taken in order. */
export const lanesOf = (workers: number): number => (workers > 1 ? 2 * workers : 1);

/**
 * Starts workers.
 *
 * @param script URL of a module whose default export is made by `member`
 * @param setup what each of them prepares itself from; must be cloneable
 */
export function startPool<Job, Result>(
  script: URL,
  setup: object,
  count: number,
): WorkerPool<Job, Result> {
  const pool = new Tinypool({
    filename: new URL('../../scripts/worker.mjs', import.meta.url).href,
    workerData: { script: script.href, setup } satisfies WorkerData,
    minThreads: count,
    maxThreads: count,
  });
  return {
    async run(job) {
      const answer = (await pool.run(job)) as Answer<Result>;
      if ('sentence' in answer) throw new UserError(answer.sentence);
      return answer.value;
    },
    end: () => pool.destroy(),
  };
}
