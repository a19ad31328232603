/**
 * A detector with four channels a layer and random weights: it finds nothing sensible, but it goes
 * through every step of the real one in milliseconds, on any backend. Made here as the files of a
 * model folder, in memory, for tests of what is around the network: worker, loading, leaks, readbacks.
 */
import { VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import { missingFile, sha256Hex } from '../../src/core/models/integrity.ts';
import type { ModelSource } from '../../src/core/models/loader.ts';
import { type Manifest, parseManifest } from '../../src/core/models/manifest.ts';

/** Of every layer of its trunk. */
export const TINY_CHANNELS = 4;
const CLASSES = ['cup', 'bottle', 'mouse'];
const ANCHOR_SIZES = [16, 32, 64];
const ASPECT_RATIOS = [0.5, 1, 2];
const BINS = 7;

export interface TinyOptions {
  /** Pixels of the long side of what the network sees. */
  readonly workingSize?: number;
}

/** The files of the model's folder by name: manifest.json and one shard. */
export function tinyDetectorFiles({
  workingSize = 128,
}: TinyOptions = {}): Map<string, Uint8Array> {
  const { group, path, bytes } = randomGroup(layerShapes(), 'tiny.bin');
  const manifest: Manifest = parseManifest({
    formatVersion: 1,
    name: 'tiny',
    description: 'A tiny detector with random weights',
    kind: 'detector',
    architecture: {
      workingSize,
      rpn: { tap: 'conv4_3', anchorSizes: ANCHOR_SIZES, aspectRatios: ASPECT_RATIOS },
      roiHeads: { outputSize: BINS, samplingRatio: 2 },
    },
    classes: CLASSES.map((name, id) => ({ id: id + 1, name, shown: true })),
    preprocessing: { channelOrder: 'BGR', mean: [103.939, 116.779, 123.68], range: '0..255' },
    groups: [group],
    licence: 'MIT',
    attribution: 'Made by a test',
    provenance: { source: 'random numbers', tool: 'tests/support/tinyDetector.ts' },
  });
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return new Map([
    ['manifest.json', json],
    [path, bytes],
  ]);
}

/** The same as a source for the loader. */
export const tinyDetectorSource = (options?: TinyOptions): ModelSource =>
  sourceOf(tinyDetectorFiles(options));

/** Files in memory as a model folder. */
export function sourceOf(files: ReadonlyMap<string, Uint8Array>): ModelSource {
  return {
    async read(path) {
      const bytes = files.get(path);
      if (!bytes) throw missingFile(path);
      return { bytes };
    },
  };
}

/** Weights for kernels of these shapes, and biases, in one shard. */
export function randomGroup(shapes: ReadonlyMap<string, number[]>, path: string) {
  const weights = [...shapes].flatMap(([layer, kernel]) => [
    { name: `${layer}/kernel`, shape: kernel, dtype: 'float32' as const },
    { name: `${layer}/bias`, shape: kernel.slice(-1), dtype: 'float32' as const },
  ]);
  const random = randomNumbers(7);
  const values = weights.flatMap(({ shape }) => {
    const inputs = shape.slice(0, -1).reduce((product, side) => product * side, 1);
    const spread = shape.length > 1 ? Math.sqrt(6 / inputs) : 0.1;
    const length = inputs * (shape.at(-1) as number);
    return Array.from({ length }, () => (random() * 2 - 1) * spread);
  });
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const shards = [{ path, bytes: bytes.length, sha256: sha256Hex(bytes) }];
  return { group: { name: 'all', weights, shards }, path, bytes };
}

/** Kernel shapes by layer, as the core asks for them. */
function layerShapes(): Map<string, number[]> {
  const anchors = ANCHOR_SIZES.length * ASPECT_RATIOS.length;
  const outputs = CLASSES.length + 1;
  return new Map([
    ...VGG16_LAYERS.map(({ name, inputs }): [string, number[]] => [
      name,
      [3, 3, inputs === 3 ? 3 : TINY_CHANNELS, TINY_CHANNELS],
    ]),
    ['rpn_conv', [3, 3, TINY_CHANNELS, TINY_CHANNELS]],
    ['rpn_cls_logits', [1, 1, TINY_CHANNELS, anchors]],
    ['rpn_bbox_pred', [1, 1, TINY_CHANNELS, 4 * anchors]],
    ['roi_lateral4', [1, 1, TINY_CHANNELS, TINY_CHANNELS]],
    ['roi_lateral5', [1, 1, TINY_CHANNELS, TINY_CHANNELS]],
    ['fc6', [BINS * BINS * TINY_CHANNELS, 16]],
    ['fc7', [16, 16]],
    ['cls_score', [16, outputs]],
    ['bbox_pred', [16, 4 * outputs]],
  ]);
}

/** mulberry32: the same numbers on every machine. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
