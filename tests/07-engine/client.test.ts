/**
 * The client against a worker made up for the purpose, at the other end of a real message channel:
 * whose results get through, what an abort does, and how it goes on after a crash or a device loss.
 */
import { MessageChannel } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelError } from '../../src/core/models/modelError.ts';
import type { BackendName } from '../../src/engine/info.ts';
import { LoupeClient } from '../../src/worker/client.ts';
import type { Progress } from '../../src/worker/protocol.ts';
import { abortable, SharedTask } from '../../src/worker/sharedTask.ts';
import {
  BackendLost,
  type Reply,
  type StartOptions,
  toWire,
  type WorkerApi,
} from '../../src/worker/wire.ts';
import { madeUpCost, NO_COST } from '../support/madeUpCost.ts';
import { madeUpSummary } from '../support/summary.ts';

/** What the made-up workers did, and how the next ones shall behave. */
const world = {
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
        return { scores: [{ className: 'cup', score: 0.5 }], enlargement: 2, crop };
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
function spawn(): Worker {
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

const file = (size = 10) => new Blob([new Uint8Array(size)]);
const SERVED = { url: 'http://localhost/model.json' };
const OWN = { files: [{ path: 'mine/manifest.json', file: file() }], served: SERVED.url };
let client: LoupeClient;

beforeEach(() => {
  for (const list of Object.values(world)) list.length = 0;
  client = new LoupeClient({ spawn, model: SERVED });
});
afterEach(() => client.dispose());

describe('one photo', () => {
  test('goes through start, download, compile and detection in one monotone progress', async () => {
    const progress: Progress[] = [];
    const photo = await client.open(file());
    const run = await client.detect(photo, { onProgress: (p) => progress.push(p) });
    expect(run).toMatchObject({
      width: photo.id,
      notes: ['A note.'],
      engine: { backend: 'webgpu' },
    });
    const fractions = progress.map((p) => p.fraction);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.every((f) => f >= 0 && f <= 1)).toBe(true);
    expect(new Set(progress.map((p) => p.stage))).toEqual(
      new Set(['start', 'download', 'compile', 'detect']),
    );
    expect(fractions.at(-1)).toBeGreaterThan(0.7);
  });

  test('downloads nothing again for a second one, whose progress is all its own', async () => {
    await client.detect(await client.open(file()));
    const progress: Progress[] = [];
    await client.detect(await client.open(file()), { onProgress: (p) => progress.push(p) });
    expect(progress.map((p) => [p.stage, p.fraction])).toEqual([['detect', 0.5]]);
    expect(world.log.filter((line) => line.startsWith('download'))).toHaveLength(1);
  });

  test('that cannot be decoded gives its sentence, and leaves the one before usable', async () => {
    const good = await client.open(file());
    await expect(client.open(file(0))).rejects.toMatchObject({
      name: 'PhotoError',
      message: 'It is empty.',
    });
    await expect(client.detect(good)).resolves.toMatchObject({ width: good.id });
    expect(world.workers).toHaveLength(1);
  });
});

describe('proposals with other anchors', () => {
  const set = { sizes: [16, 32], aspectRatios: [1] };

  test('come from the run that was made, and fetch a head with progress', async () => {
    const photo = await client.open(file());
    await client.detect(photo);
    const fractions: number[] = [];
    const onProgress = ({ fraction }: Progress) => fractions.push(fraction);
    const seen = await client.propose(photo, { head: SERVED, set, onProgress });
    expect(seen?.trained).toEqual(set);
    expect(fractions).toEqual([0.5]);
    expect(world.log.filter((line) => line.startsWith('detect'))).toHaveLength(1);
  });

  test('a head that does not fit is its sentence, and the worker stays', async () => {
    const photo = await client.open(file());
    world.detections.push(() => {
      throw Object.assign(new Error('Another trunk.'), { name: 'ModelError' });
    });
    await expect(client.propose(photo, { head: SERVED, set })).rejects.toThrow('Another trunk.');
    expect(world.workers).toHaveLength(1);
  });
});

describe('of two photos the newer wins', () => {
  test('while the older is being looked at', async () => {
    const older = await client.open(file(1));
    const finish = gate();
    world.detections.push(() => finish.passed);
    const dropped = client.detect(older);
    dropped.catch(() => {});
    await until(() => world.log.includes('detect 1 on webgpu'));
    const newer = await client.open(file(2));
    await expect(dropped).rejects.toMatchObject({ name: 'AbortError' });
    const run = client.detect(newer);
    finish.open();
    await expect(run).resolves.toMatchObject({ width: newer.id });
  });

  test('while the older is being decoded', async () => {
    const [older, newer] = [client.open(file(1)), client.open(file(2))];
    await expect(older).rejects.toMatchObject({ name: 'AbortError' });
    await expect(newer).resolves.toMatchObject({ width: 2 });
  });
});

describe('an abort', () => {
  test('rejects at once and tells the worker, though the worker has not answered', async () => {
    const photo = await client.open(file());
    world.detections.push(() => new Promise(() => {}));
    const abort = new AbortController();
    const run = client.detect(photo, { signal: abort.signal });
    run.catch(() => {});
    await until(() => world.log.some((line) => line.startsWith('detect')));
    abort.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => world.log.includes('cancel'));
    await expect(client.detect(photo)).resolves.toMatchObject({ width: photo.id });
  });

  test('aborts the download when nobody else waits for it', async () => {
    const photo = await client.open(file());
    world.downloads.push(() => new Promise(() => {}));
    const abort = new AbortController();
    const run = client.detect(photo, { signal: abort.signal });
    run.catch(() => {});
    await until(() => world.log.some((line) => line.startsWith('download')));
    abort.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => world.log.includes('cancel'));
    await expect(client.detect(photo)).resolves.toMatchObject({ width: photo.id });
    expect(world.log.filter((line) => line.startsWith('download'))).toHaveLength(2);
  });

  test('leaves work alone that somebody else waits for', async () => {
    const arrive = gate();
    const work = new SharedTask((_, signal) => abortable(arrive.passed, signal));
    const [staying, leaving] = [new AbortController(), new AbortController()];
    const waits = work.join(() => {}, staying.signal);
    const leaves = work.join(() => {}, leaving.signal);
    leaving.abort();
    await expect(leaves).rejects.toMatchObject({ name: 'AbortError' });
    arrive.open();
    await expect(waits).resolves.toBeUndefined();
  });
});

describe('a second look', () => {
  const region = { left: 0, top: 0, width: 3, height: 2 };
  const request = { region, scale: 2, method: 'redNet' } as const;

  test('needs no detector, and a download is a word at the beginning of its progress', async () => {
    const photo = await client.open(file());
    const progress: Progress[] = [];
    const onProgress = (one: Progress) => progress.push(one);
    const pixels = await client.enlarge(photo, request, { onProgress });
    expect(pixels).toMatchObject({ width: 6, height: 4 });
    expect(progress.map(({ message, fraction }) => [message, fraction])).toEqual([
      ['Downloading', 0],
      ['Sharpening', 1],
    ]);
    expect(world.log.filter((line) => line.startsWith('download'))).toEqual([]);
  });

  test('goes on in another worker when the device is lost', async () => {
    const photo = await client.open(file());
    await client.detect(photo);
    world.enlargements.push(async () => {
      throw new BackendLost('WebGPU stopped working (unplugged).');
    });
    await client.enlarge(photo, request);
    expect(world.log).toContain(`enlarge in ${photo.id} on webgl`);
  });

  test('gives out batches as they come, and none after an abort', async () => {
    const photo = await client.open(file());
    const look = { upscaling: 'bicubic', cropFactor: 1, proposals: 4 } as const;
    const done: number[] = [];
    await client.reclassify(photo, look, { onBatch: (batch) => done.push(batch.done) });
    expect(done).toEqual([1, 2, 3, 4]);
    const stop = new AbortController();
    const few: number[] = [];
    const stopped = client.reclassify(photo, look, {
      signal: stop.signal,
      onBatch(batch) {
        few.push(batch.done);
        if (batch.done === 2) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(few).toEqual([1, 2]);
  });

  test('into a run that is gone is refused in a sentence, and the worker stays', async () => {
    const photo = await client.open(file());
    const detection = {
      box: [0, 0, 1, 1],
      score: 1,
      label: 0,
      className: 'cup',
      proposal: 0,
    } as const;
    await expect(client.explain(photo, detection)).rejects.toMatchObject({ name: 'EngineError' });
    await expect(
      client.classify(photo, { box: detection.box, upscaling: 'bicubic', cropFactor: 1 }),
    ).resolves.toMatchObject({ enlargement: 2 });
    expect(world.workers).toHaveLength(1);
  });
});

describe('another model', () => {
  test('takes the place of the one in use once it is loaded, and only then', async () => {
    const photo = await client.open(file());
    await client.detect(photo);
    const arrive = gate();
    world.downloads.push(() => arrive.passed);
    const progress: number[] = [];
    const chosen = client.useModel(OWN, ({ fraction }) => progress.push(fraction));
    await until(() => world.log.includes('download mine/manifest.json'));
    expect((await client.detect(photo)).model.name).toBe('model 1');
    expect(world.log).not.toContain('release 1');
    arrive.open();
    await expect(chosen).resolves.toMatchObject({ name: 'model 2' });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect((await client.detect(photo, { quality: 'fine' })).model.name).toBe('model 2');
    expect(world.log).toContain('release 1');
  });

  test('that is broken gives its sentence, and the one before stays in use', async () => {
    const photo = await client.open(file());
    await client.detect(photo);
    world.downloads.push(async () => {
      throw new ModelError('altered', 'x.bin is altered.', 'x.bin');
    });
    await expect(client.useModel(OWN)).rejects.toMatchObject({ message: 'x.bin is altered.' });
    expect((await client.detect(photo)).model.name).toBe('model 1');
    expect(world.log.filter((line) => line.startsWith('release'))).toEqual([]);
    expect(world.workers).toHaveLength(1);
  });

  test('gives way to a newer choice', async () => {
    world.downloads.push(() => new Promise(() => {}));
    const older = client.useModel(OWN);
    older.catch(() => {});
    await until(() => world.log.includes('download mine/manifest.json'));
    await expect(client.useModel(SERVED)).resolves.toMatchObject({ name: 'model 3' });
    await expect(older).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('drops what the model before was looking at, and follows to another backend', async () => {
    const photo = await client.open(file());
    await client.detect(photo);
    world.detections.push(() => new Promise(() => {}));
    const dropped = client.detect(photo);
    dropped.catch(() => {});
    await client.useModel(OWN);
    await expect(dropped).rejects.toMatchObject({ name: 'AbortError' });
    world.detections.push(async () => {
      throw new BackendLost('WebGPU stopped working (unplugged).');
    });
    await client.detect(photo);
    expect(world.log.filter((line) => line.startsWith('download'))).toEqual([
      `download ${SERVED.url}`,
      'download mine/manifest.json',
      'download mine/manifest.json',
    ]);
  });

  test('can be described without being loaded', async () => {
    await expect(client.describe(SERVED)).resolves.toMatchObject({ name: 'described' });
    expect(world.log.filter((line) => line.startsWith('download'))).toEqual([]);
  });
});

describe('what goes wrong', () => {
  test('in the download keeps its kind and its file, and the next call tries again', async () => {
    world.downloads.push(async () => {
      throw new ModelError('cut', 'x.bin is cut.', 'x.bin');
    });
    const photo = await client.open(file());
    await expect(client.detect(photo)).rejects.toEqual(
      new ModelError('cut', 'x.bin is cut.', 'x.bin'),
    );
    await expect(client.detect(photo)).resolves.toMatchObject({ width: photo.id });
    expect(world.workers).toHaveLength(1);
  });

  test('with the device makes the same photo go on on the next backend, with a note', async () => {
    const photo = await client.open(file());
    const lose = async () => {
      throw new BackendLost('WebGPU stopped working (unplugged).');
    };
    world.detections.push(lose);
    const run = await client.detect(photo);
    expect(run).toMatchObject({ width: photo.id, engine: { backend: 'webgl' } });
    expect(run.notes).toContain('WebGPU stopped working (unplugged). WebGL took over.');
    expect(world.starts[1]?.exclude).toEqual({ webgpu: 'WebGPU stopped working (unplugged).' });
    expect(world.log.filter((line) => line === `open ${photo.id}`)).toHaveLength(2);
  });

  test('with every device ends in one sentence, not in a loop', async () => {
    const photo = await client.open(file());
    for (let i = 0; i < 9; i++) {
      world.detections.push(async () => {
        throw new BackendLost('It stopped working (again).');
      });
    }
    await expect(client.detect(photo)).rejects.toMatchObject({ name: 'EngineError' });
    expect(world.workers.length).toBeLessThan(7);
  });

  test('in the worker itself rejects with one sentence, and the next photo restarts it', async () => {
    const photo = await client.open(file());
    world.detections.push(() => new Promise(() => {}));
    const run = client.detect(photo);
    run.catch(() => {});
    await until(() => world.log.some((line) => line.startsWith('detect')));
    world.workers[0]?.dispatchEvent(
      Object.assign(new Event('error'), { message: 'out of memory' }),
    );
    await expect(run).rejects.toMatchObject({
      name: 'EngineError',
      message: expect.stringMatching(/^The detector stopped unexpectedly \(out of memory\);/),
    });
    const next = await client.open(file());
    await expect(client.detect(next)).resolves.toMatchObject({ width: next.id });
    expect(world.workers).toHaveLength(2);
  });

  test('unforeseen while detecting replaces the worker, whose memory cannot be trusted', async () => {
    const photo = await client.open(file());
    world.detections.push(async () => {
      throw new RangeError('memory access out of bounds');
    });
    await expect(client.detect(photo)).rejects.toMatchObject({ name: 'EngineError' });
    await expect(client.detect(photo)).resolves.toMatchObject({ width: photo.id });
    expect(world.workers).toHaveLength(2);
  });

  test('when the client is closed is an abort', async () => {
    const photo = await client.open(file());
    world.detections.push(() => new Promise(() => {}));
    const run = client.detect(photo);
    run.catch(() => {});
    client.dispose();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await expect(client.start()).rejects.toMatchObject({ name: 'EngineError' });
  });
});

function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
