/**
 * Workers made up for the tests of the client, each at the other end of a real message channel: they do
 * what the real one would, without a network, write down what they were asked, and wait where they are told.
 */
import { MessageChannel } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { BackendName } from '../../src/engine/info.ts';
import { type Reply, type StartOptions, toWire, type WorkerApi } from '../../src/worker/wire.ts';
import { madeUpCost, NO_COST } from '../support/madeUpCost.ts';
import { madeUpSummary } from '../support/summary.ts';

/** What the made-up workers did, and how the next ones shall behave. */
export const world = {
  workers: [] as EventTarget[],
  starts: [] as StartOptions[],
  log: [] as string[],
  downloads: [] as (() => Promise<void>)[],
  enlargements: [] as (() => Promise<void>)[],
  detections: [] as ((photo: number) => Promise<void>)[],
};

const order: BackendName[] = ['webgpu', 'webgl', 'wasm'];

function madeUpApi(): WorkerApi {
  let backend: BackendName = 'cpu';
  const cancelled = new Set<number>();
  const reply = async <T>(call: number, work: () => Promise<T>): Promise<Reply<T>> => {
    try {
      const value = await work();
      if (cancelled.has(call)) throw new DOMException('cancelled', 'AbortError');
      await new Promise((resolve) => setTimeout(resolve, 30)); // reports have a channel of their own
      const transfers = Object.values(value as object).filter(
        (v) => typeof v?.close === 'function',
      );
      return Comlink.transfer({ ok: true, value }, transfers);
    } catch (error) {
      return { ok: false, error: toWire(error) };
    }
  };
  const engine = () => ({
    backend,
    adapter: '',
    software: false,
    threads: 1,
    kernels: [],
    reason: '',
    tried: [],
  });
  return {
    start: (call, options, report) =>
      reply(call, async () => {
        world.starts.push(structuredClone(options));
        backend = order.find((name) => !options.exclude[name]) ?? 'cpu';
        report({ stage: 'start', within: 1, message: '' });
        return engine();
      }),
    model: (call, id, place, report) =>
      reply(call, async () => {
        world.log.push(`download ${'url' in place ? place.url : place.files[0]?.path}`);
        for (const within of [0, 0.5, 1]) report({ stage: 'download', within, message: '' });
        await world.downloads.shift()?.();
        report({ stage: 'compile', within: 1, message: '' });
        return madeUpSummary({ name: `model ${id}` });
      }),
    describe: (call) => reply(call, async () => madeUpSummary({ name: 'described' })),
    open: (call, photo, file) =>
      reply(call, async () => {
        world.log.push(`open ${photo}`);
        if (file.size === 0) throw Object.assign(new Error('It is empty.'), { name: 'PhotoError' });
        // Node has no bitmaps; a port can be transferred and closed like one.
        const bitmap = new MessageChannel().port1 as unknown as ImageBitmap;
        return { width: file.size, height: 1, bitmap, notes: ['A note.'] };
      }),
    detect: (call, { photo, model, quality }, report) =>
      reply(call, async () => {
        world.log.push(`detect ${photo} on ${backend}`);
        report({ stage: 'detect', within: 0.5, message: '' });
        await world.detections.shift()?.(photo);
        const result = { detections: [], proposals: [], stages: [], notes: [] };
        const summary = madeUpSummary({ name: `model ${model}` });
        const look = { quality, look: summary.looks[quality], tiles: 0, model: summary };
        return { ...result, ...look, width: photo, height: 1, ...NO_COST, engine: engine() };
      }),
    propose: (call, { photo, head, set }, report) =>
      reply(call, async () => {
        world.log.push(`propose ${photo}`);
        if (head) report({ stage: 'download', within: 0.5, message: '' });
        await world.detections.shift()?.(photo);
        const list = { boxes: new Float32Array(4), objectness: new Float32Array(1) };
        const grid = { width: 64, height: 48, scale: 1, rows: 3, columns: 4, stride: 16 };
        const answering = set.sizes.map((_, index) => index);
        return { ...grid, trained: set, answering, asTrained: list, tuned: list };
      }),
    enlarge: (call, { photo, region, scale }, report) =>
      reply(call, async () => {
        world.log.push(`enlarge in ${photo} on ${backend}`);
        report({ stage: 'download', within: 0.5, message: 'Downloading' });
        report({ stage: 'sharpen', within: 1, message: 'Sharpening' });
        await world.enlargements.shift()?.();
        const [width, height] = [scale * region.width, scale * region.height];
        return { width, height, data: new Uint8ClampedArray(4 * width * height) };
      }),
    classify: (call) =>
      reply(call, async () => {
        const crop = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
        return {
          scores: [{ className: 'cup', score: 0.5 }],
          enlargement: 2,
          sharpened: true,
          crop,
        };
      }),
    reclassify: (call, { proposals }, _, onBatch) =>
      reply(call, async () => {
        for (let done = 1; done <= proposals; done++) {
          onBatch({ detections: [], decided: [], done, total: proposals, cost: madeUpCost() });
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        return proposals;
      }),
    classifyCuts: (call) => reply(call, async () => ({ classified: [], cost: madeUpCost() })),
    explain: (call) =>
      reply(call, async () => {
        throw Object.assign(new Error('Not in memory.'), { name: 'EngineError' });
      }),
    cancel: (call) => {
      world.log.push('cancel');
      cancelled.add(call);
    },
    release: (id) => void world.log.push(`release ${id}`),
  };
}

/** A Worker as far as the client uses one. */
export function spawn(): Worker {
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(madeUpApi(), port2 as unknown as Comlink.Endpoint);
  const worker = port1 as unknown as EventTarget & { terminate(): void };
  worker.terminate = () => {
    world.log.push('terminate');
    port1.close();
  };
  (port1 as unknown as MessagePort).start();
  world.workers.push(worker);
  return worker as unknown as Worker;
}

/** A promise, and what ends the wait for it. */
export function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

/** Waits for what a worker writes down. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
