/**
 * A model of a visitor's own, as files: which of them are the model, where shared shards come from,
 * and what is said of a folder that is none. Own files are always read, never taken from the cache.
 */
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadModel } from '../../src/core/models/loader.ts';
import type { Manifest } from '../../src/core/models/manifest.ts';
import { type ModelPlace, openPlace } from '../../src/worker/modelPlaces.ts';
import { MemoryCache } from '../06-models/support.ts';
import { tinyDetectorFiles } from '../support/tinyDetector.ts';

type Files = Map<string, Uint8Array>;

/** The tiny detector's files below a folder, its shard in another folder where `shardIn` says so. */
function tinyFiles(folder = 'mine', shardIn?: string): Files {
  const files = tinyDetectorFiles();
  const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as Manifest;
  const shard = manifest.groups[0]?.shards[0] as { path: string };
  const bytes = files.get(shard.path) as Uint8Array;
  const at = shardIn ? `${shardIn}/${shard.path}` : `${folder}/${shard.path}`;
  if (shardIn) shard.path = `../${shardIn}/${shard.path}`;
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return new Map([
    [`${folder}/manifest.json`, json],
    [at, bytes],
  ]);
}

const place = (files: Files): ModelPlace => ({
  files: [...files].map(([path, bytes]) => ({ path, file: new Blob([new Uint8Array(bytes)]) })),
  served: 'http://here/models/household/manifest.json',
});

async function load(files: Files, cache = new MemoryCache()) {
  const opened = await openPlace(place(files), cache);
  const model = await loadModel(opened.source, opened.cache ? { cache: opened.cache } : {});
  model.dispose();
  return model.manifest.name;
}

/** Serves these files under the path of the page's models; everything else is not there. */
function serve(files: Files): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: URL) => {
    asked.push(url.pathname);
    const bytes = files.get(url.pathname);
    return new Response(bytes && new Uint8Array(bytes), { status: bytes ? 200 : 404 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe('a model of one\u2019s own', () => {
  test('is read from its files, without a request and without the cache', async () => {
    const asked = serve(new Map());
    const cache = new MemoryCache();
    expect(await load(tinyFiles(), cache)).toBe('tiny');
    expect(asked).toEqual([]);
    expect(cache.entries.size).toBe(0);
  });

  test('may lie in a folder of the one that was dropped, beside the trunk it shares', async () => {
    const files = tinyFiles('models/mine', 'models/trunk');
    const json = new TextDecoder().decode(files.get('models/mine/manifest.json'));
    files.set(
      'models/mine/manifest.json',
      new TextEncoder().encode(json.replace('../models/trunk/', '../trunk/')),
    );
    files.set('models/trunk/manifest.json', new TextEncoder().encode('{"kind":"trunk"}'));
    serve(new Map());
    expect(await load(files)).toBe('tiny');
  });

  test('takes shards it shares from the models that are served, and keeps those alone', async () => {
    const files = tinyFiles('mine', 'vgg16');
    const bytes = files.get('vgg16/tiny.bin') as Uint8Array;
    files.delete('vgg16/tiny.bin');
    const asked = serve(new Map([['/models/vgg16/tiny.bin', bytes]]));
    const cache = new MemoryCache();
    expect(await load(files, cache)).toBe('tiny');
    expect(asked).toEqual(['/models/vgg16/tiny.bin']);
    expect(cache.entries.size).toBe(1);
  });
});

describe('a folder is refused in one sentence', () => {
  test.each<[string, (files: Files) => void, RegExp]>([
    ['without a manifest', (files) => files.delete('mine/manifest.json'), /^There is no manifest/],
    [
      'with another file as manifest',
      put('mine/manifest.json', '{}'),
      /^manifest.json is not a model/,
    ],
    ['with a cut manifest', put('mine/manifest.json', '{"form'), /manifest.json is not JSON/],
    ['without a shard', (files) => files.delete('mine/tiny.bin'), /tiny.bin is not in the folder/],
    ['with a cut shard', put('mine/tiny.bin', 'short'), /tiny.bin is cut: only 5 of its/],
    ['with two detectors', two, /^This folder holds 2 detectors; choose the folder of one\.$/],
  ])('%s', async (_, breakIt, sentence) => {
    serve(new Map());
    const files = tinyFiles();
    breakIt(files);
    await expect(load(files)).rejects.toThrow(sentence);
  });

  test('with an altered shard, though the cache holds the right one', async () => {
    const files = tinyFiles();
    const bytes = files.get('mine/tiny.bin') as Uint8Array;
    const manifest = JSON.parse(new TextDecoder().decode(files.get('mine/manifest.json')));
    const cache = new MemoryCache();
    cache.entries.set(manifest.groups[0].shards[0].sha256, bytes);
    files.set(
      'mine/tiny.bin',
      bytes.map((value, index) => (index === 9 ? value ^ 1 : value)),
    );
    await expect(load(files, cache)).rejects.toThrow(/tiny.bin is altered: its SHA-256/);
  });

  test('with shared shards that nobody serves', async () => {
    serve(new Map());
    const files = tinyFiles('mine', 'vgg16');
    files.delete('vgg16/tiny.bin');
    await expect(load(files)).rejects.toThrow(/shares \.\.\/vgg16\/tiny\.bin, which is not served/);
  });
});

function put(path: string, text: string) {
  return (files: Files) => void files.set(path, new TextEncoder().encode(text));
}

function two(files: Files): void {
  for (const [path, bytes] of tinyFiles('another')) files.set(path, bytes);
}
