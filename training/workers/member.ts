/**
 * A worker's side of the pool: it starts the wasm engine and prepares itself at its first job, and sends
 * the user's mistakes back as sentences, for errors lose their class on the way.
 */
import { UserError } from '../console.ts';
import { chooseEngine } from '../engine.ts';

/** What a worker is started with. */
export interface WorkerData {
  readonly script: string;
  readonly setup: unknown;
}

export type Answer<T> = { readonly value: T } | { readonly sentence: string };

/**
 * The function that does a worker's jobs, to be its module's default export.
 *
 * @param prepare makes it from the pool's setup, once the engine runs
 */
export function member<Setup, Job, Result>(
  prepare: (setup: Setup) => Promise<(job: Job) => Promise<Result>>,
): (job: Job) => Promise<Answer<Result>> {
  let ready: Promise<(job: Job) => Promise<Result>> | undefined;
  return async (job) => {
    const { setup } = process.__tinypool_state__.workerData as WorkerData;
    ready ??= chooseEngine('wasm').then(() => prepare(setup as Setup));
    try {
      return { value: await (await ready)(job) };
    } catch (error) {
      if (error instanceof UserError) return { sentence: error.message };
      throw error;
    }
  };
}
