/**
 * What the tests of model files share: a VGG16 of a few channels with made-up weights, a model folder held in memory that
 * counts what is read from it, and a web server for a folder.
 */
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { missingFile } from '../../src/core/models/integrity.ts';
import { weightShapes } from '../../src/core/models/layersModel.ts';
import type { ModelSource, ShardCache } from '../../src/core/models/loader.ts';
import { type ManifestFacts, valueCount } from '../../src/core/models/manifest.ts';
import { makeModelFiles, type WeightData } from '../../src/core/models/modelFiles.ts';
import {
  VGG16_PREPROCESSING,
  vgg16Groups,
  vgg16LayerDescriptions,
} from '../../src/core/models/vgg16Model.ts';

/** VGG16 in the small: the same thirteen layers, four channels. */
export const NARROW_TRUNK = [
  'conv1_1 conv1_2',
  'conv2_1 conv2_2',
  'conv3_1 conv3_2 conv3_3',
  'conv4_1 conv4_2 conv4_3',
  'conv5_1 conv5_2 conv5_3',
].flatMap((block, index) =>
  block.split(' ').map((name, i) => ({ name, filters: 4, pool: index > 0 && i === 0 })),
);

/** Weights of the given shapes: small numbers, the same each time. */
export function madeUpWeights(shapes: ReadonlyMap<string, readonly number[]>) {
  return new Map(
    [...shapes].map(([name, shape], seed): [string, WeightData] => [
      name,
      {
        shape,
        data: Float32Array.from({ length: valueCount(shape) }, (_, i) => Math.sin(seed + i) / 4),
      },
    ]),
  );
}

export const narrowWeights = () =>
  madeUpWeights(weightShapes(vgg16LayerDescriptions(NARROW_TRUNK)));

export const FACTS: ManifestFacts = {
  name: 'narrow',
  description: 'A trunk for tests.',
  kind: 'trunk',
  architecture: {},
  classes: [],
  preprocessing: VGG16_PREPROCESSING,
  licence: 'CC0-1.0',
  attribution: 'nobody',
  provenance: { source: 'made up', tool: 'a test' },
};

/** A model folder in memory. Change `files` to break it; `reads` lists what was asked for. */
export class MemoryFolder implements ModelSource {
  readonly files = new Map<string, Uint8Array>();
  readonly reads: string[] = [];

  async read(path: string, onBytes?: (count: number) => void) {
    this.reads.push(path);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const bytes = this.files.get(path);
    if (!bytes) throw missingFile(path);
    // In two parts, as a network would.
    onBytes?.(bytes.length >> 1);
    onBytes?.(bytes.length - (bytes.length >> 1));
    return { bytes };
  }

  /** Changes one file's bytes. */
  change(path: string, edit: (bytes: Uint8Array) => Uint8Array): void {
    this.files.set(path, edit((this.files.get(path) as Uint8Array).slice()));
  }
}

/** The narrow trunk as a folder in memory, with one group, and so one shard, for each of its layers. */
export function narrowFolder(): { folder: MemoryFolder; shards: string[] } {
  const folder = new MemoryFolder();
  const { manifest, modelJson, shards } = makeModelFiles({
    layers: vgg16LayerDescriptions(NARROW_TRUNK),
    weights: narrowWeights(),
    groups: NARROW_TRUNK.map(({ name }) => ({ name, layers: [name] })),
    manifest: FACTS,
  });
  for (const { path, bytes } of shards) folder.files.set(path, bytes);
  folder.files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  folder.files.set('model.json', Buffer.from(JSON.stringify(modelJson)));
  return { folder, shards: shards.map((shard) => shard.path) };
}

export const narrowGroups = () => vgg16Groups(NARROW_TRUNK);

/** A shard cache in memory. */
export class MemoryCache implements ShardCache {
  readonly entries = new Map<string, Uint8Array>();
  async get(key: string) {
    return this.entries.get(key);
  }
  async put(key: string, bytes: Uint8Array) {
    this.entries.set(key, bytes);
  }
  async delete(key: string) {
    this.entries.delete(key);
  }
}

/** A folder that is gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loupe-models-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Serves a folder over HTTP until the test ends. An unknown path gets a page, as from many a host. */
export async function serve(root: string): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    requests.push(path);
    const file = join(root, path);
    if (existsSync(file)) return createReadStream(file).pipe(response);
    response.setHeader('Content-Type', 'text/html');
    return response.end('<!doctype html><title>app</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
