/**
 * The client against made-up workers, photo by photo: whose results get through, what an abort does, and
 * what comes after the detections.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LoupeClient } from '../../src/worker/client.ts';
import type { Progress } from '../../src/worker/protocol.ts';
import { abortable, SharedTask } from '../../src/worker/sharedTask.ts';
import { BackendLost } from '../../src/worker/wire.ts';
import { gate, spawn, until, world } from './madeUpWorker.ts';

const file = (size = 10) => new Blob([new Uint8Array(size)]);
const SERVED = { url: 'http://localhost/model.json' };
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
