/** The loader: good shards become weights, bad ones are named, and nothing is fetched twice. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import { loadModel, type ModelSource, type ShardCache } from '../../src/core/models/loader.ts';
import { ModelError } from '../../src/core/models/modelError.ts';
import { outlineOf } from '../../src/core/models/outline.ts';
import { MemoryCache, narrowFolder, narrowWeights } from './support.ts';

beforeAll(() => tf.setBackend('cpu'));

const page = Buffer.from('\n <!DOCTYPE html><html><title>Loupe</title></html>');
const flip = (bytes: Uint8Array) => bytes.fill((bytes[5] as number) ^ 1, 5, 6);
const cut = (bytes: Uint8Array) => bytes.subarray(0, -2);
const html = () => new Uint8Array(page);

async function failure(loading: Promise<unknown>): Promise<ModelError> {
  const error = await loading.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
}

test('the weights are those that were stored, rounded to float16', async () => {
  const { folder } = narrowFolder();
  const { weights, manifest, dispose } = await loadModel(folder);
  const expected = narrowWeights();
  expect([...weights.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, { shape, data }] of expected) {
    const tensor = weights.get(name) as tf.Tensor;
    expect(tensor.shape).toEqual(shape);
    expect(await tensor.data()).toEqual(fromFloat16(toFloat16(data)));
  }
  expect(manifest.name).toBe('narrow');
  dispose();
});

test('dispose releases every tensor, once', async () => {
  const before = tf.memory().numTensors;
  const model = await loadModel(narrowFolder().folder);
  expect(tf.memory().numTensors).toBe(before + model.weights.size);
  model.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('progress is in bytes, never goes back, and ends at the total, also after a second try', async () => {
  const { folder, shards } = narrowFolder();
  const total = shards.reduce((sum, path) => sum + (folder.files.get(path)?.length ?? 0), 0);
  const good = folder.files.get(shards[3] as string) as Uint8Array;
  folder.change(shards[3] as string, cut);
  const delayed: ModelSource = {
    read: (path, onBytes) => folder.read(path, onBytes),
    delay: async () => void folder.files.set(shards[3] as string, good),
  };
  const seen: number[] = [];
  const model = await loadModel(delayed, {
    onProgress: (done, of) => {
      expect(of).toBe(total);
      seen.push(done);
    },
  });
  model.dispose();
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(total);
  expect(folder.reads.filter((path) => path === shards[3])).toHaveLength(2);
});

describe('a bad shard is named, with what is wrong with it', () => {
  test.each([
    ['cut', cut, 'cut'],
    ['altered', flip, 'SHA-256'],
    ['altered', (bytes: Uint8Array) => new Uint8Array([...bytes, 0, 0]), 'instead of'],
    ['html', html, 'HTML page'],
  ] as const)('%s', async (fault, edit, words) => {
    const { folder, shards } = narrowFolder();
    folder.change(shards[7] as string, edit);
    const before = tf.memory().numTensors;
    const error = await failure(loadModel(folder));
    expect(error.fault).toBe(fault);
    expect(error.message).toContain(shards[7]);
    expect(error.message).toContain(words);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('missing', async () => {
    const { folder, shards } = narrowFolder();
    folder.files.delete(shards[0] as string);
    folder.files.delete(shards[1] as string);
    const error = await failure(loadModel(folder));
    expect(error).toMatchObject({ fault: 'missing', path: shards[0] });
    expect(error.message).toContain('(And one more shard failed too.)');
  });

  test('out of reach, after one more try', async () => {
    const { folder, shards } = narrowFolder();
    let tries = 0;
    const offline: ModelSource = {
      read: async (path, onBytes) => {
        if (path !== shards[2]) return folder.read(path, onBytes);
        tries++;
        throw new ModelError('network', `${path} could not be fetched`, path);
      },
    };
    expect((await failure(loadModel(offline))).fault).toBe('network');
    expect(tries).toBe(2);
  });
});

test('a retry fetches only the shard that was bad', async () => {
  const { folder, shards } = narrowFolder();
  const cache = new MemoryCache();
  const good = folder.files.get(shards[5] as string) as Uint8Array;
  folder.change(shards[5] as string, html);
  await failure(loadModel(folder, { cache }));
  folder.files.set(shards[5] as string, good);
  folder.reads.length = 0;
  (await loadModel(folder, { cache })).dispose();
  expect(folder.reads).toEqual(['manifest.json', shards[5]]);
  folder.reads.length = 0;
  (await loadModel(folder, { cache })).dispose();
  expect(folder.reads).toEqual(['manifest.json']);
});

test('a shard that went bad in the cache is fetched again and replaced', async () => {
  const { folder, shards } = narrowFolder();
  const cache = new MemoryCache();
  (await loadModel(folder, { cache })).dispose();
  const [key, bytes] = [...cache.entries][4] as [string, Uint8Array];
  cache.entries.set(key, flip(bytes.slice()));
  folder.reads.length = 0;
  (await loadModel(folder, { cache })).dispose();
  expect(folder.reads).toEqual(['manifest.json', shards[4]]);
  expect(cache.entries.get(key)).toEqual(bytes);
});

test('a storage that fails at everything only costs the download', async () => {
  const full = () => Promise.reject(new Error('QuotaExceededError'));
  const cache: ShardCache = { get: full, put: full, delete: full };
  const model = await loadModel(narrowFolder().folder, { cache });
  expect(model.weights.size).toBe(26);
  model.dispose();
});

test('an abort stops loading, leaves no tensor, and keeps what had arrived', async () => {
  const { folder } = narrowFolder();
  const controller = new AbortController();
  const cache = new MemoryCache();
  const before = tf.memory().numTensors;
  const loading = loadModel(folder, {
    cache,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  expect(tf.memory().numTensors).toBe(before);
  expect(folder.reads.length).toBeLessThan(10);
});

describe('a bad manifest is refused in one sentence', () => {
  const edited = (change: (manifest: Record<string, never>) => void) => () => {
    const manifest = JSON.parse(
      Buffer.from(narrowFolder().folder.files.get('manifest.json') as Uint8Array).toString(),
    );
    change(manifest);
    return Buffer.from(JSON.stringify(manifest));
  };
  // biome-ignore lint/suspicious/noExplicitAny: the tests break the manifest on purpose
  const group = (manifest: any) => manifest.groups[0];

  test.each([
    ['a page', () => page, 'HTML page'],
    ['cut', () => Buffer.from('{"formatVersion": 1, "na'), 'not JSON'],
    ['no manifest', () => Buffer.from('[]'), 'is not a model manifest'],
    ['escape', edited((m) => (group(m).shards[0].path = '../../secret')), 'sibling'],
    ['absolute', edited((m) => (group(m).shards[0].path = '/etc/passwd')), 'sibling'],
    ['elsewhere', edited((m) => (group(m).shards[0].path = 'https://x.org/a')), 'sibling'],
    ['lengths', edited((m) => (group(m).shards[0].bytes += 2)), 'do not add up'],
    ['hash', edited((m) => (group(m).shards[0].sha256 = 'abc')), '64 hexadecimal digits'],
    ['twice', edited((m) => (group(m).weights[0].name = 'conv3_1/bias')), 'listed twice'],
  ])('%s', async (_, manifest, words) => {
    const { folder } = narrowFolder();
    folder.files.set('manifest.json', manifest());
    const error = await failure(loadModel(folder));
    expect(error.message).toContain('manifest.json');
    expect(error.message).toContain(words);
    expect(folder.reads).toHaveLength(1);
  });
});

test('the manifest is told before any shard; shards come meanwhile, tensors are made in turn', async () => {
  const { folder } = narrowFolder();
  const events: string[] = [];
  const read: ModelSource['read'] = (path, onBytes) => {
    events.push(path === 'manifest.json' ? 'manifest read' : 'shard read');
    return folder.read(path, onBytes);
  };
  let open: () => void = () => {};
  const busy = new Promise<void>((resolve) => {
    open = resolve;
  });
  const before = tf.memory().numTensors;
  const loading = loadModel(
    { read },
    {
      onManifest: ({ name }) => events.push(`it is ${name}`),
      inTurn: (work) => busy.then(work),
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events.slice(0, 2)).toEqual(['manifest read', 'it is narrow']);
  const shards = [...folder.files.keys()].filter((name) => name.endsWith('.bin'));
  expect(shards.length).toBeGreaterThan(6); // more than are read at once
  expect(events.slice(2)).toEqual(shards.map(() => 'shard read'));
  expect(tf.memory().numTensors).toBe(before);
  open();
  const model = await loading;
  expect(tf.memory().numTensors).toBe(before + model.weights.size);
  model.dispose();
});

test('an outline has the weights of its manifest, all zeros, and disposes of them', async () => {
  const before = tf.memory().numTensors;
  const model = await loadModel(narrowFolder().folder);
  const outline = outlineOf(model.manifest);
  expect([...outline.weights.keys()].sort()).toEqual([...model.weights.keys()].sort());
  for (const [name, tensor] of outline.weights) {
    expect(tensor.shape).toEqual(model.weights.get(name)?.shape);
    expect(new Set(await tensor.data())).toEqual(new Set([0]));
  }
  outline.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
