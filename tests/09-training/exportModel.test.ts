/**
 * Chapter 9: the model folder that training writes is a model: it loads, computes what the training
 * weights compute, and shares the frozen trunk.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { fuseFeatures, roiHead } from '../../src/core/detection/roiHeads.ts';
import { rpnHead } from '../../src/core/detection/rpn.ts';
import { rpnFromModel } from '../../src/core/detection/rpnModel.ts';
import { requireTrunk } from '../../src/core/detection/trunk.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import { checkModelFolder, exportDetector } from '../../training/detector/exportModel.ts';
import { exportRpn } from '../../training/detector/exportRpn.ts';
import { seededRandom } from '../../training/detector/random.ts';
import { conv5, roiFeatures } from '../../training/detector/step.ts';
import { TrainingWeights } from '../../training/detector/weights.ts';
import { chooseEngine } from '../../training/engine.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { largestError } from '../support/fixture.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

const METRICS = {
  test: {
    rectangles: {
      images: 2,
      AP50: 0.5,
      AP: 0.25,
      voc: 0.5,
      perClass: [{ name: 'red', AP50: 0.5, AP: 0.25 }],
    },
  },
};

let folder: string;
let trunk: LoadedModel;
beforeAll(async () => {
  await chooseEngine('wasm');
  folder = await makeTinyTraining(1);
  trunk = await loadModel(createFileSource('public/models/vgg16'));
});
afterAll(() => {
  trunk.dispose();
  removeTinyTraining(folder);
});

async function exported(config: TrainingConfig, weights: TrainingWeights, name: string) {
  const out = join(folder, 'models', name);
  const manifest = exportDetector({
    config,
    out,
    trained: await weights.folded(),
    steps: 5,
    hours: 0.25,
    engine: 'a test',
    metrics: METRICS,
  });
  return { out, manifest };
}

/** Scales of three orders of magnitude, as VGG16's channels have. */
function setScales(weights: TrainingWeights): void {
  const random = seededRandom(4);
  for (const name of ['rpn_scale', 'conv4_3_scale', 'conv5_3_scale'] as const) {
    weights.setScale(
      name,
      Float32Array.from({ length: 512 }, () => 10 ** (6 * random())),
    );
  }
}

/** Batch-norm that is not the identity any more. */
function setBatchNorm(weights: TrainingWeights): void {
  const random = seededRandom(8);
  const drawn = (from: number, to: number) =>
    Float32Array.from({ length: 512 }, () => from + (to - from) * random());
  weights.setMoments(drawn(-5, 5), drawn(30, 60));
  (weights.trained.get('bn5/gamma') as tf.Variable).assign(tf.tensor1d(drawn(0.5, 1.5)));
  (weights.trained.get('bn5/beta') as tf.Variable).assign(tf.tensor1d(drawn(-0.5, 0.5)));
}

async function relativeError(actual: tf.Tensor, expected: tf.Tensor): Promise<number> {
  const values = (await expected.data()) as Float32Array;
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return largestError(await actual.data(), values) / largest;
}

describe('The written model', () => {
  test('computes what the training weights compute, with scales and batch-norm folded in', async () => {
    const config = tinyConfig(folder, { trainConv5: true, batchNorm: true });
    const weights = new TrainingWeights(config, trunk.weights);
    setScales(weights);
    setBatchNorm(weights);
    const { out } = await exported(config, weights, 'tiny');
    const model = await loadModel(createFileSource(out));
    const detector = detectorFromModel(model);
    expect(detector.classes.map(({ name }) => name)).toEqual(['red', 'green', 'blue']);
    expect(detector.workingSize).toBe(64);
    expect(detector.rpn.anchorGenerator.perLocation).toBe(4);

    const random = seededRandom(6);
    const values = Float32Array.from({ length: 6 * 8 * 512 }, () =>
      Math.max(0, 500 * random() - 250),
    );
    const conv4 = tf.tensor4d(values, [1, 6, 8, 512]);
    const rpn = tf.mul<tf.Tensor4D>(conv4, weights.all.get('rpn_scale') as tf.Tensor);
    const roi = roiFeatures(weights, conv4, conv5(weights, conv4));
    const conv5_3 = detector.backbone.forward(conv4, {
      from: 'conv4_3',
      taps: ['conv5_3'],
    }).conv5_3;
    const own = { conv4_3: conv4, conv5_3: conv5_3 as tf.Tensor4D };

    const expected = rpnHead(rpn, weights.all);
    const actual = rpnHead(conv4, model.weights);
    expect(await relativeError(actual.objectness, expected.objectness)).toBeLessThan(2e-3);
    expect(await relativeError(actual.deltas, expected.deltas)).toBeLessThan(2e-3);
    const fused = fuseFeatures(own, model.weights);
    expect(await relativeError(fused, fuseFeatures(roi, weights.all))).toBeLessThan(2e-3);

    const data = new Uint8Array(3 * 64 * 48).fill(128);
    const found = await detector.detect(
      { width: 64, height: 48, channels: 3, data },
      { scoreThreshold: 0 },
    );
    expect(found.proposals.length).toBeGreaterThan(0);
    expect(found.detections.length).toBeGreaterThan(0);
    model.dispose();
  });

  test('with context computes what the training weights compute, and says so in its manifest', async () => {
    const { detector } = tinyConfig(folder);
    const roiHeads = { ...detector.roiHeads, context: 1.5 };
    const config = tinyConfig(folder, { detector: { ...detector, roiHeads } });
    const weights = new TrainingWeights(config, trunk.weights);
    const { out, manifest } = await exported(config, weights, 'context');
    expect(manifest.architecture).toMatchObject({ roiHeads: { context: 1.5 } });
    const model = await loadModel(createFileSource(out));
    const read = detectorFromModel(model);
    const random = seededRandom(6);
    const fused = tf.tensor4d(Float32Array.from({ length: 6 * 8 * 16 }, random), [1, 6, 8, 16]);
    const boxes = Float32Array.of(4, 4, 20, 24, 30, 10, 60, 40);
    const expected = roiHead(fused, boxes, weights.all, config.detector.roiHeads);
    const actual = roiHead(fused, boxes, model.weights, read.roiHeads.config);
    expect(await relativeError(actual.logits, expected.logits)).toBeLessThan(2e-3);
    expect(await relativeError(actual.deltas, expected.deltas)).toBeLessThan(2e-3);
    const without = weights.all.get('fc6/kernel')?.shape[0];
    expect(without).toBe(2 * 3 * 3 * 16);
    model.dispose();
  });

  test('points at the frozen trunk next door instead of repeating it, and says how it was trained', async () => {
    const config = tinyConfig(folder);
    const weights = new TrainingWeights(config, trunk.weights);
    const { out, manifest } = await exported(config, weights, 'frozen');
    const shards = Object.fromEntries(
      manifest.groups.map(({ name, shards: parts }) => [name, parts.map(({ path }) => path)]),
    );
    for (const group of trunk.manifest.groups) {
      expect(shards[group.name]).toEqual(group.shards.map(({ path }) => `../vgg16/${path}`));
    }
    const files = readdirSync(out);
    expect(files.filter((name) => name.startsWith('conv'))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['manifest.json', 'model.json']));
    expect(manifest.training).toMatchObject({
      data: [{ name: 'rectangles', labels: ['red', 'green'], repeat: 1 }],
      recipe: { steps: 5, hours: 0.25, engine: 'a test' },
      seed: 1,
      metrics: METRICS,
    });
  });

  test('of an RPN that was trained alone is that RPN and nothing else, for this trunk alone', async () => {
    const { detector } = tinyConfig(folder);
    const rpn = { ...detector.rpn, tap: 'conv5_3' };
    const config = tinyConfig(folder, { trainRoiHeads: false, detector: { ...detector, rpn } });
    const weights = new TrainingWeights(config, trunk.weights);
    setScales(weights);
    const out = join(folder, 'models/rpn-tiny');
    const facts = { steps: 5, hours: 0.25, engine: 'a test' };
    exportRpn({ config, out, trained: await weights.folded(), ...facts });
    expect(readdirSync(out).filter((name) => name.endsWith('.bin'))).toHaveLength(1);
    const model = await loadModel(createFileSource(out));
    const head = rpnFromModel(model);
    expect(head.config).toMatchObject({ workingSize: 64, trunk: { name: 'vgg16' } });
    expect(() =>
      requireTrunk('The head rpn-tiny', head.config.trunk, trunk.manifest),
    ).not.toThrow();
    const random = seededRandom(6);
    const values = Float32Array.from({ length: 3 * 4 * 512 }, () => 100 * random());
    const conv5_3 = tf.tensor4d(values, [1, 3, 4, 512]);
    const scaled = tf.mul<tf.Tensor4D>(conv5_3, weights.all.get('rpn_scale') as tf.Tensor);
    const expected = rpnHead(scaled, weights.all);
    const actual = rpnHead(conv5_3, model.weights);
    expect(await relativeError(actual.objectness, expected.objectness)).toBeLessThan(2e-3);
    expect(await relativeError(actual.deltas, expected.deltas)).toBeLessThan(2e-3);
    model.dispose();

    const fused = { ...detector, rpn: { ...rpn, tap: 'fused' } };
    const other = tinyConfig(folder, { trainRoiHeads: false, detector: fused });
    expect(() => exportRpn({ config: other, out, trained: new Map(), ...facts })).toThrow(
      /^An RPN on the fused map is no model of its own/,
    );
  });

  test('must lie beside its trunk, in a folder of its own', () => {
    const trunk = join(folder, 'models/vgg16');
    const config = tinyConfig(folder);
    expect(() => checkModelFolder(join(folder, 'elsewhere'), config)).toThrow(
      /^The model needs a folder of its own beside its trunk, in .*models, not .*elsewhere\.$/,
    );
    expect(() => checkModelFolder(trunk, config)).toThrow(/a folder of its own/);
    expect(() => checkModelFolder(join(folder, 'models/new'), config)).not.toThrow();
  });

  test('takes the place of the detector that its heads went on from, and leaves conv5 there', async () => {
    const first = tinyConfig(folder, { trainConv5: true });
    const weights = new TrainingWeights(first, trunk.weights);
    const { out, manifest: before } = await exported(first, weights, 'onward');
    const onward = tinyConfig(folder, { trunk: out, startFrom: out, trainConv5: false, seed: 9 });
    expect(() => checkModelFolder(out, { ...onward, trainConv5: true })).toThrow(/of its own/);
    const start = await loadModel(createFileSource(out));
    const other = new TrainingWeights(onward, start.weights);
    const { manifest: after } = await exported(onward, other, 'onward');
    const shardsOf = (manifest: typeof before, name: string) =>
      manifest.groups.find((group) => group.name === name)?.shards;
    for (const name of ['conv1-4', 'conv5']) {
      expect(shardsOf(after, name)).toEqual(shardsOf(before, name));
    }
    expect(shardsOf(after, 'roi-heads')).not.toEqual(shardsOf(before, 'roi-heads'));
    const model = await loadModel(createFileSource(out));
    expect(detectorFromModel(model).classes).toHaveLength(3);
    const named = after.groups.flatMap((group) => group.shards.map(({ path }) => path));
    const own = named.filter((path) => !path.startsWith('../'));
    expect(readdirSync(out).filter((file) => file.endsWith('.bin'))).toEqual(own.sort());
    for (const loaded of [start, model]) loaded.dispose();
  });
});
