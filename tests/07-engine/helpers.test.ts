/**
 * The second look's helpers without a browser: how batches are shared out (each done once, whoever fails),
 * who is started and let go when, whether they pay, and how many a machine has room for.
 */
import { MessageChannel } from 'node:worker_threads';
import * as Comlink from 'comlink';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { helpersFor, threadsFor } from '../../src/engine/cores.ts';
import { Helpers, kindOf } from '../../src/worker/helpers.ts';
import { Pace } from '../../src/worker/pace.ts';
import { classifyTogether } from '../../src/worker/secondLook.ts';
import { type Hand, shareOut } from '../../src/worker/shareOut.ts';
import type { Reply, WorkerApi } from '../../src/worker/wire.ts';
import { madeUpCost } from '../support/madeUpCost.ts';
import { madeUpSummary } from '../support/summary.ts';

const passed = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe('shareOut', () => {
  interface Job {
    readonly id: number;
  }
  const jobsOf = (count: number): Job[] => Array.from({ length: count }, (_, id) => ({ id }));
  async function all(
    jobs: readonly Job[],
    own: Hand<Job, number>,
    helpers: readonly Promise<Hand<Job, number>>[],
  ): Promise<number[]> {
    const results: number[] = [];
    for await (const result of shareOut(jobs, own, helpers)) results.push(result);
    return results;
  }

  test('every job is done once, whenever helpers come and whichever of them fail', async () => {
    const helper = fc.record({
      ready: fc.integer({ min: 0, max: 6 }),
      fails: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
      starts: fc.boolean(),
      pace: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(12), fc.array(helper, { maxLength: 4 }), async (count, some) => {
        const helpers = some.map(async ({ ready, fails, starts, pace }) => {
          await passed(ready);
          if (!starts) throw new Error('It did not start.');
          let done = 0;
          return async ({ id }: Job) => {
            await passed(pace);
            if (done++ === fails) throw new Error('It died.');
            return id;
          };
        });
        const results = await all(jobsOf(count), async ({ id }) => id, helpers);
        expect(results.toSorted((a, b) => a - b)).toEqual(jobsOf(count).map(({ id }) => id));
      }),
      { numRuns: 60 },
    );
  });

  test('while a helper is there the caller does nothing; without one it does all, in order', async () => {
    const own = vi.fn(async ({ id }: Job) => id);
    await all(jobsOf(5), own, [Promise.resolve(async ({ id }) => passed(2).then(() => id))]);
    expect(own).not.toHaveBeenCalled();
    expect(await all(jobsOf(5), own, [Promise.reject(new Error('None.'))])).toEqual([
      0, 1, 2, 3, 4,
    ]);
  });

  test('an error that is the job’s own fault ends the work with that error', async () => {
    const fails: Hand<Job, number> = async ({ id }) => {
      if (id === 2) throw new Error('no number');
      return id;
    };
    const helpers = [Promise.resolve(fails), Promise.resolve(fails)];
    await expect(all(jobsOf(5), fails, helpers)).rejects.toThrow('no number');
  });

  test('who leaves early gives no more jobs out', async () => {
    const seen: number[] = [];
    const hand = async ({ id }: Job) => {
      seen.push(id);
      await passed(1);
      return id;
    };
    for await (const _ of shareOut(jobsOf(9), hand, [Promise.resolve(hand)])) break;
    await passed(20);
    expect(seen.length).toBeLessThanOrEqual(2);
  });
});

test('batches have their places among all boxes, one progress, and times that add up to the whole', async () => {
  const boxes = Array.from({ length: 10 }, (_, x) => [x, 0, x + 1, 1] as const);
  const shares: number[] = [];
  const hand: Parameters<typeof classifyTogether>[2] = async ({ boxes: some, report }) => {
    report({ stage: 'download', within: 1, message: '' }); // a helper's models
    report({ stage: 'sharpen', within: 0.5, message: '' });
    await passed(10);
    report({ stage: 'sharpen', within: 1, message: '' });
    const classified = some.map(([x], index) => ({
      ...{ index, enlargement: 1, scores: Float32Array.of(x) },
    }));
    return { classified, cost: madeUpCost({ milliseconds: 1000 }) };
  };
  const start = performance.now();
  const helpers = [Promise.resolve(hand), Promise.resolve(hand)];
  const seen: [number, number | undefined][] = [];
  let milliseconds = 0;
  for await (const { classified, cost } of classifyTogether(boxes, 4, hand, helpers, (share) =>
    shares.push(share),
  )) {
    milliseconds += cost.milliseconds;
    for (const { index, scores } of classified) seen.push([index, scores[0]]);
  }
  expect(milliseconds).toBeLessThanOrEqual(performance.now() - start);
  expect(seen.toSorted(([a], [b]) => a - b)).toEqual(boxes.map(([x]) => [x, x]));
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBeCloseTo(1);
});

describe('Pace', () => {
  test('two helpers pay where side by side they get through more boxes than the one', async () => {
    for (const [milliseconds, pays] of [
      [60, true],
      [200, false],
    ] as const) {
      const pace = new Pace(2);
      for (let i = 0; i < 2; i++) await pace.ofOne('bicubic 1', 4, () => passed(70));
      const helper = async () => {
        for (let i = 0; i < 2; i++) {
          await pace.ofHelper('bicubic 1', 4, () => passed(milliseconds));
        }
      };
      await Promise.all([helper(), helper()]);
      expect(pace.helpersPay).toBe(pays);
    }
  });

  test('kinds of second looks are not held against each other, and failures tell nothing', async () => {
    const pace = new Pace(1);
    const fails = () => Promise.reject(new Error('no number'));
    await expect(pace.ofOne('bicubic 1', 4, fails)).rejects.toThrow('no number');
    for (let i = 0; i < 2; i++) {
      await pace.ofOne('bicubic 1', 4, () => passed(1));
      await pace.ofHelper('super-resolution 1', 4, () => passed(2));
      await expect(pace.ofHelper('bicubic 1', 4, fails)).rejects.toThrow('no number');
    }
    expect(pace.helpersPay).toBeUndefined();
  });
});

describe('Helpers', () => {
  const place = { url: 'http://localhost/models/household/manifest.json' };
  let log: string[] = [];
  afterEach(() => {
    log = [];
    vi.useRealTimers();
  });

  function spawn(backend: 'wasm' | 'cpu' = 'wasm'): Worker {
    const reply = async <T>(value: T): Promise<Reply<T>> => ({ ok: true, value });
    const api: Partial<WorkerApi> = {
      start: (_, { threads }) => {
        log.push(`start on ${threads}`);
        const about = { adapter: 'CPU', software: false, kernels: [], reason: '', tried: [] };
        return reply({ ...about, backend, threads: 1 });
      },
      model: () => reply(madeUpSummary({ name: 'model' })),
      classifyCuts: () => reply({ classified: [], cost: madeUpCost() }),
    };
    const { port1, port2 } = new MessageChannel();
    Comlink.expose(api, port2 as unknown as Comlink.Endpoint);
    port1.start();
    const terminate = () => {
      log.push('end');
      port1.close();
    };
    return Object.assign(port1, { terminate }) as unknown as Worker;
  }
  const make = (backend?: 'wasm' | 'cpu') =>
    new Helpers({ count: 2, threads: 3 }, 'auto', () => spawn(backend));
  const request = { upscaling: 'bicubic', cropFactor: 1, cuts: [] } as const;
  const { signal } = new AbortController();
  /** What the one engine does before helpers start. */
  async function workAlone({ pace }: Helpers): Promise<void> {
    for (let i = 0; i < 2; i++) await pace.ofOne(kindOf(request), 4, () => passed(2));
  }

  test('start when the pace of the one engine is known, are kept for the same model, and end with it', async () => {
    const helpers = make();
    const starting = helpers.take(place);
    await passed(5);
    expect(log).toEqual([]);
    await workAlone(helpers);
    const ready = await Promise.all(starting);
    expect(log).toEqual(['start on 3', 'start on 3']);
    expect((await ready[0]?.(request, () => {}, signal))?.classified).toEqual([]);
    await Promise.all(helpers.take(place));
    expect(log).toHaveLength(2);
    helpers.letGo({ url: place.url }); // another model
    expect(log).toHaveLength(2);
    await Promise.all(helpers.take({ url: place.url }));
    expect(log.filter((word) => word === 'end')).toHaveLength(2);
    helpers.letGo();
    expect(log.filter((word) => word === 'end')).toHaveLength(4);
  });

  test('that were let go before they started never do', async () => {
    const helpers = make();
    const starting = helpers.take(place);
    helpers.letGo();
    const again = helpers.take(place);
    await workAlone(helpers);
    const outcomes = await Promise.allSettled([...starting, ...again]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...['rejected', 'rejected'],
      ...['fulfilled', 'fulfilled'],
    ]);
    expect(log).toHaveLength(2);
    helpers.letGo();
  });

  test('get no more to do, and are let go for good, where together they are slower than the one', async () => {
    const helpers = make();
    const starting = helpers.take(place);
    await workAlone(helpers);
    const ready = await Promise.all(starting);
    for (let i = 0; i < 4; i++) {
      expect(helpers.pace.helpersPay).toBeUndefined();
      await helpers.pace.ofHelper(kindOf(request), 4, () => passed(20));
    }
    expect(helpers.pace.helpersPay).toBe(false);
    await expect(ready[0]?.(request, () => {}, signal)).rejects.toThrow('One engine alone');
    helpers.rest();
    expect(log.filter((word) => word === 'end')).toHaveLength(2);
    expect(helpers.take(place)).toEqual([]);
  });

  test('are let go when they have had nothing to do for a while', async () => {
    const helpers = make();
    await workAlone(helpers);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await Promise.all(helpers.take(place));
    helpers.rest();
    helpers.take(place);
    vi.advanceTimersByTime(300_000);
    expect(log).not.toContain('end');
    helpers.rest();
    vi.advanceTimersByTime(300_000);
    expect(log.filter((word) => word === 'end')).toHaveLength(2);
  });

  test('one that has no WebAssembly ends and is not waited for', async () => {
    const helpers = make('cpu');
    const starting = helpers.take(place);
    await workAlone(helpers);
    const outcomes = await Promise.allSettled(starting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(log.filter((word) => word === 'end')).toHaveLength(2);
  });
});

test('helpers share the cores that the detector has, where there is memory for them', () => {
  expect([1, 2, 4, 6, 8, 16].map(threadsFor)).toEqual([1, 2, 4, 4, 4, 8]);
  expect(helpersFor(1, 16)).toBeUndefined();
  expect(helpersFor(4, 2)).toBeUndefined();
  expect([2, 3].map((threads) => helpersFor(threads, 16))).toEqual([undefined, undefined]);
  expect(helpersFor(4, 4)).toEqual({ count: 2, threads: 2 });
  expect(helpersFor(4, 8)).toEqual({ count: 4, threads: 1 });
  for (const threads of [4, 5, 8, 32]) {
    const plan = helpersFor(threads, 8);
    expect((plan?.count ?? 0) * (plan?.threads ?? 0)).toBeLessThanOrEqual(threads);
  }
});
