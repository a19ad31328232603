/**
 * The browser's part of the bench of the second look: groups of engines in workers, and batches that each
 * group works off together, as the app's helpers do.
 */
import * as Comlink from 'comlink';
import { BATCH_SIZE } from '../../src/core/classification/proposalClassifier.ts';
import { shareOut } from '../../src/worker/shareOut.ts';
import type { BenchEngine } from './worker.ts';

type Engine = Comlink.Remote<BenchEngine>;
const groups = new Map<string, readonly Engine[]>();

const secondLook = {
  /** Starts a group, and tells on how many threads each of its engines runs. */
  async start(name: string, engines: number, threads: number): Promise<number[]> {
    const group = Array.from({ length: engines }, () => {
      const url = new URL('./worker.ts', import.meta.url);
      return Comlink.wrap<BenchEngine>(new Worker(url, { type: 'module' }));
    });
    groups.set(name, group);
    return Promise.all(group.map((engine) => engine.start(threads)));
  },
  /** Milliseconds that a group takes for so many batches. */
  async round(name: string, batches: number): Promise<number> {
    const jobs = Array.from({ length: batches }, (_, id) => ({ id }));
    const group = groups.get(name) ?? [];
    const hands = group.map(async (engine) => () => engine.classify(BATCH_SIZE));
    const nobody = async () => {
      throw new Error(`The group ${name} failed.`);
    };
    const start = performance.now();
    for await (const _ of shareOut(jobs, nobody, hands));
    return performance.now() - start;
  },
};

declare global {
  var loupeSecondLook: typeof secondLook;
}
globalThis.loupeSecondLook = secondLook;
