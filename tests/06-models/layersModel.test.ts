/** model.json is a standard tf.LayersModel: tfjs itself loads it, over HTTP, and computes the reference features. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import { sha256Hex } from '../../src/core/models/integrity.ts';
import type { LayerDescription } from '../../src/core/models/layersModel.ts';
import { weightShapes } from '../../src/core/models/layersModel.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { MAX_SHARD_BYTES } from '../../src/core/models/manifest.ts';
import { vgg16LayerDescriptions } from '../../src/core/models/vgg16Model.ts';
import { createHttpSource } from '../../src/engine/httpSource.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { writeModel } from '../../training/modelFolder.ts';
import {
  FACTS,
  madeUpWeights,
  NARROW_TRUNK,
  narrowGroups,
  narrowWeights,
  serve,
  temporaryFolder,
} from './support.ts';

const MODELS = fileURLToPath(new URL('../../public/models', import.meta.url));

interface Case {
  rgb_shape: [number, number, number];
  rgb: number[];
  after_relu: Record<
    string,
    { shape: number[]; max: number; sample_index: number[]; sample_value: number[] }
  >;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../fixtures/vgg16/cases.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

beforeAll(async () => {
  await tf.setBackend('wasm');
});

/** BGR minus mean, as the manifest says. */
function preprocess({ rgb, rgb_shape: [height, width] }: Case): tf.Tensor4D {
  const mean = [103.939, 116.779, 123.68] as const;
  const bgr = rgb.map(
    (_, i) => (rgb[i - (i % 3) + 2 - (i % 3)] as number) - (mean[i % 3] as number),
  );
  return tf.tensor4d(bgr, [1, height, width, 3]);
}

describe('the ImageNet trunk that ships', () => {
  test('its shards are as the manifest says, at most 4 MiB, each named after its content', async () => {
    const { manifest, weights, dispose } = await loadModel(createFileSource(join(MODELS, 'vgg16')));
    const groups = manifest.groups;
    expect(groups.map((group) => group.name)).toEqual(['conv1-4', 'conv5']);
    for (const { path, bytes, sha256 } of groups.flatMap((group) => group.shards)) {
      const content = readFileSync(join(MODELS, 'vgg16', path));
      expect([content.length, sha256Hex(content)]).toEqual([bytes, sha256]);
      expect(bytes).toBeLessThanOrEqual(MAX_SHARD_BYTES);
      expect(path).toContain(sha256.slice(0, 10));
    }
    expect(weights.size).toBe(26);
    dispose();
  });

  test('tf.loadLayersModel computes the reference features of every layer', async () => {
    const { url } = await serve(MODELS);
    const model = await tf.loadLayersModel(`${url}/vgg16/model.json`);
    const names = VGG16_LAYERS.map((layer) => layer.name);
    const tapped = tf.model({
      inputs: model.inputs,
      outputs: names.map((name) => model.getLayer(name).output as tf.SymbolicTensor),
    });
    for (const example of cases) {
      const features = tf.tidy(() => tapped.predict(preprocess(example)) as tf.Tensor[]);
      for (const [index, name] of names.entries()) {
        const expected = example.after_relu[name] as Case['after_relu'][string];
        const tensor = features[index] as tf.Tensor;
        expect(tensor.shape).toEqual(expected.shape);
        const values = await tensor.data();
        const errors = expected.sample_index.map((at, i) =>
          Math.abs((values[at] as number) - (expected.sample_value[i] as number)),
        );
        expect(Math.max(...errors) / expected.max, name).toBeLessThan(1e-4);
      }
      tf.dispose(features);
    }
    model.dispose();
  }, 120_000);
});

describe('a detector that shares the trunk of its sibling folder', () => {
  /** Faster R-CNN's graph in the small: RPN heads on conv4_3, RoI heads behind an input of their own. */
  const layers: LayerDescription[] = [
    ...vgg16LayerDescriptions(NARROW_TRUNK),
    {
      name: 'rpn_conv',
      type: 'conv2d',
      filters: 5,
      kernelSize: 3,
      activation: 'relu',
      input: 'conv4_3',
    },
    { name: 'rpn_cls_logits', type: 'conv2d', filters: 3, kernelSize: 1, activation: 'linear' },
    {
      name: 'rpn_bbox_pred',
      type: 'conv2d',
      filters: 12,
      kernelSize: 1,
      activation: 'linear',
      input: 'rpn_conv',
    },
    { name: 'roi_features', type: 'input', shape: [7, 7, 4] },
    { name: 'flatten', type: 'flatten' },
    { name: 'fc6', type: 'dense', units: 6, activation: 'relu' },
    { name: 'cls_score', type: 'dense', units: 3, activation: 'linear' },
    { name: 'bbox_pred', type: 'dense', units: 8, activation: 'linear', input: 'fc6' },
  ];
  const heads = ['rpn_conv', 'rpn_cls_logits', 'rpn_bbox_pred', 'fc6', 'cls_score', 'bbox_pred'];

  function writeBoth(): string {
    const root = temporaryFolder();
    const trunk = vgg16LayerDescriptions(NARROW_TRUNK);
    const [frozen] = narrowGroups();
    writeModel(join(root, 'vgg16'), {
      layers: trunk,
      weights: narrowWeights(),
      groups: narrowGroups(),
      manifest: FACTS,
    });
    writeModel(join(root, 'household'), {
      layers,
      weights: madeUpWeights(weightShapes(layers)),
      groups: [
        { folder: '../vgg16', name: frozen?.name as string },
        { name: 'conv5', layers: ['conv5_1', 'conv5_2', 'conv5_3'] },
        { name: 'heads', layers: heads, dtype: 'float32' },
      ],
      manifest: { ...FACTS, name: 'household', kind: 'detector' },
    });
    return root;
  }

  test('tf.loadLayersModel and our loader read the same weights, from both folders', async () => {
    const { url, requests } = await serve(writeBoth());
    const theirs = await tf.loadLayersModel(`${url}/household/model.json`);
    const ours = await loadModel(createHttpSource(`${url}/household/model.json`));
    expect(requests.filter((path) => path.startsWith('/vgg16/conv1-4.0-'))).toHaveLength(2);
    expect(ours.weights.size).toBe(theirs.weights.length);
    for (const weight of theirs.weights) {
      const tensor = ours.weights.get(weight.originalName) as tf.Tensor;
      expect(tensor.shape).toEqual(weight.shape);
      expect(await tensor.data()).toEqual(await weight.read().data());
    }
    expect(theirs.outputNames.sort()).toEqual(
      ['bbox_pred', 'cls_score', 'conv5_3', 'rpn_bbox_pred', 'rpn_cls_logits'].sort(),
    );
    ours.dispose();
    theirs.dispose();
  });

  test('over HTTP, a page in place of a shard is told as such', async () => {
    const root = writeBoth();
    const [path] = shardPaths(root).slice(-1);
    const { url } = await serve(root);
    rmSync(join(root, 'household', path as string));
    await expect(loadModel(createHttpSource(`${url}/household/model.json`))).rejects.toThrow(
      `An HTML page came in place of the model's file ${path}`,
    );
  });

  test('a weight that is in no group is named', () => {
    const weights = madeUpWeights(weightShapes(layers));
    const write = () =>
      writeModel(join(temporaryFolder(), 'x'), {
        layers,
        weights,
        groups: [{ name: 'heads', layers: heads }],
        manifest: FACTS,
      });
    expect(write).toThrow('The weight "conv1_1/kernel" of the network is in no weight group.');
  });
});

function shardPaths(root: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'household', 'manifest.json'), 'utf8')) as {
    groups: { shards: { path: string }[] }[];
  };
  return manifest.groups.flatMap((group) => group.shards.map((shard) => shard.path));
}
