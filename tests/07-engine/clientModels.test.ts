/**
 * The client against made-up workers, when another model is chosen, and when something goes wrong: in the
 * download, with the device, in the worker itself.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelError } from '../../src/core/models/modelError.ts';
import { LoupeClient } from '../../src/worker/client.ts';
import { BackendLost } from '../../src/worker/wire.ts';
import { gate, spawn, until, world } from './madeUpWorker.ts';

const file = (size = 10) => new Blob([new Uint8Array(size)]);
const SERVED = { url: 'http://localhost/model.json' };
const OWN = { files: [{ path: 'mine/manifest.json', file: file() }], served: SERVED.url };
let client: LoupeClient;

beforeEach(() => {
  for (const list of Object.values(world)) list.length = 0;
  client = new LoupeClient({ spawn, model: SERVED });
});
afterEach(() => client.dispose());

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
