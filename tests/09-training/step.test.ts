/**
 * Chapter 9: one training step on the real trunk: what its gradients are, and what it leaves behind.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TapFeatures } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import { costOf } from '../../training/detector/cost.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { backends } from '../support/backends.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';
import { expectSameStep, photoOf, type Stepped, stepOn } from '../support/trainingSteps.ts';

stopLeakCheck();

/** A third opinion: TensorFlow itself where it is installed, plain JavaScript (slow) elsewhere. */
const REFERENCE = backends.includes('tensorflow') ? 'tensorflow' : 'cpu';

let folder: string;
beforeAll(async () => {
  folder = await makeTinyTraining(1);
});
afterAll(() => removeTinyTraining(folder));

/** The gradients of what the class "blue", which is not labelled, has of its own. */
function ofBlue(config: TrainingConfig, gradients: Stepped['gradients']) {
  const outputs = config.classes.length + 1;
  const columnsOf = (name: string, columns: number, first: number, count: number) =>
    [...(gradients.get(name) ?? [])].filter((_, index) => {
      const column = index % columns;
      return column >= first && column < first + count;
    });
  const blue = outputs - 1;
  return {
    kernel: columnsOf('cls_score/kernel', outputs, blue, 1),
    bias: columnsOf('cls_score/bias', outputs, blue, 1),
    deltas: columnsOf('bbox_pred/kernel', 4 * outputs, 4 * blue, 4),
  };
}

type Kernel = Awaited<ReturnType<typeof tf.profile>>['kernels'][number];

/**
 * What a kernel of the wasm backend computes: its convolutions of stride 1 and its matrix products.
 * Gradients of convolutions, and products of transposed matrices, are made of those.
 */
function gflopOf({ name, inputShapes, outputShapes }: Kernel): number {
  const [first = [], second = []] = inputShapes as number[][];
  const [out = []] = outputShapes as number[][];
  const isConvolution = ['Conv2D', 'FusedConv2D'].includes(name);
  const isProduct =
    ['BatchMatMul', '_FusedMatMul'].includes(name) && first.at(-1) === second.at(-2);
  if (!isConvolution && !isProduct) return 0;
  // Each number of the output is a sum over all of a filter's cells, or over a row.
  const terms = isConvolution ? second.slice(0, 3) : first.slice(-1);
  return (2 * tf.util.sizeFromShape(out) * tf.util.sizeFromShape(terms)) / 1e9;
}

describe('One training step [wasm]', () => {
  let trunk: LoadedModel;
  beforeAll(async () => {
    await tf.setBackend('wasm');
    trunk = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => trunk.dispose());

  test('has a gradient for every weight that learns, and none for what an unlabelled class owns', async () => {
    const config = tinyConfig(folder, { positivesOverAll: false });
    const { losses, gradients } = await stepOn(config, trunk, photoOf(config));
    for (const loss of Object.values(losses)) expect(loss).toBeGreaterThan(0);
    for (const [name, values] of gradients) {
      expect(
        values.some((value) => value !== 0),
        name,
      ).toBe(true);
    }
    expect([...gradients.keys()].filter((name) => name.startsWith('conv'))).toEqual([]);
    const { kernel, bias, deltas } = ofBlue(config, gradients);
    expect(kernel.length).toBe(config.fcUnits);
    expect([...kernel, ...bias, ...deltas].every((value) => value === 0)).toBe(true);
  });

  test.each(['fused', 'conv4_3', 'conv5_3'] as const)(
    'costs the arithmetic that is told of it: RPN on %s',
    async (tap) => {
      // Wide enough that no part is lost beside conv5.
      const wide = { rpnChannels: 256, roiChannels: 256 };
      const tiny = tinyConfig(folder, { trainConv5: true, ...wide });
      const { rpn } = tiny.detector;
      const config = { ...tiny, detector: { ...tiny.detector, rpn: { ...rpn, tap } } };
      const { kernels } = await tf.profile(async () => {
        await stepOn(config, trunk, photoOf(config));
        return [];
      });
      const done = kernels.reduce((sum, kernel) => sum + gflopOf(kernel), 0);
      const { step } = costOf(config, { step: 64 * 48, photo: 0 }, 0);
      expect(Math.abs(step / done - 1)).toBeLessThan(0.02);
    },
  );

  test('teaches objects, but not background, that they are none of an unlabelled class', async () => {
    const config = tinyConfig(folder, { positivesOverAll: true });
    const some = await stepOn(config, trunk, photoOf(config));
    expect(ofBlue(config, some.gradients).bias[0]).toBeGreaterThan(0);
    const empty = { boxes: new Float32Array(), labels: new Int32Array() };
    const none = await stepOn(config, trunk, photoOf(config, empty));
    expect(ofBlue(config, none.gradients).kernel.every((value) => value === 0)).toBe(true);
  });

  test('works with the RPN on conv5_3 and conv5 trained, as in the paper', async () => {
    const config = tinyConfig(folder, {
      trainConv5: true,
      detector: {
        workingSize: 64,
        rpn: { tap: 'conv5_3', anchorSizes: [16, 32], aspectRatios: [1] },
        roiHeads: { outputSize: 3, samplingRatio: 2 },
      },
    });
    const { gradients } = await stepOn(config, trunk, photoOf(config));
    expect(gradients.get('conv5_1/kernel')?.some((value) => value !== 0)).toBe(true);
  });

  test('works with the RPN on the fused map, focal loss and batch-norm, as the household model', async () => {
    const { detector } = tinyConfig(folder);
    const config = tinyConfig(folder, {
      trainConv5: true,
      batchNorm: true,
      rpnLoss: 'focal',
      detector: { ...detector, rpn: { ...detector.rpn, tap: 'fused' } },
    });
    const before = tf.memory().numTensors;
    const { losses, gradients } = await stepOn(config, trunk, photoOf(config));
    for (const loss of Object.values(losses)) expect(loss).toBeGreaterThan(0);
    for (const name of ['conv5_1/kernel', 'bn5/gamma', 'bn5/beta', 'roi_lateral5/kernel']) {
      expect(
        gradients.get(name)?.some((value) => value !== 0),
        name,
      ).toBe(true);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(['conv4_3', 'fused'])(
    'learns from the RoIs that its heads are most wrong about, and so loses more (RPN on %s)',
    async (tap) => {
      const { detector } = tinyConfig(folder);
      const sampling = (roiSampling: string) =>
        tinyConfig(folder, {
          trainConv5: tap === 'conv4_3',
          roiSampling,
          roisPerPicture: 8,
          detector: { ...detector, rpn: { ...detector.rpn, tap } },
        });
      const before = tf.memory().numTensors;
      const [random, hard] = [sampling('random'), sampling('hard')];
      const drawn = await stepOn(random, trunk, photoOf(random));
      const mined = await stepOn(hard, trunk, photoOf(hard));
      const ofRois = ({ losses }: Stepped) => losses.classes + losses.boxDeltas;
      expect(ofRois(mined)).toBeGreaterThan(ofRois(drawn));
      expect(mined.losses.objectness).toBe(drawn.losses.objectness);
      expect([...mined.gradients.keys()]).toEqual([...drawn.gradients.keys()]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  describe('on features of the frozen trunk', () => {
    let seen: TapFeatures;
    beforeAll(async () => {
      const config = tinyConfig(folder);
      const cache = FeatureCache.of(join(folder, 'features'), trunk);
      const view = { longSide: 64, flip: false };
      seen = await cache.get(photoOf(config), view, ['conv3_3', 'conv4_3', 'conv5_3']);
    });
    afterAll(() => tf.dispose(seen as tf.NamedTensorMap));

    const withTap = (tap: string) => {
      const { detector } = tinyConfig(folder);
      return tinyConfig(folder, { detector: { ...detector, rpn: { ...detector.rpn, tap } } });
    };

    test.each(['conv4_3', 'conv5_3', 'fused'])(
      'is the step that runs conv5 itself, to half precision (RPN on %s)',
      async (tap) => {
        const config = withTap(tap);
        const { conv4_3 } = seen;
        const expected = await stepOn(config, trunk, photoOf(config), { conv4_3 });
        const actual = await stepOn(config, trunk, photoOf(config), seen);
        expectSameStep(actual, expected, 2e-3);
      },
    );

    test('has gradients for an RPN on conv3_3', async () => {
      const config = withTap('conv3_3');
      const { losses, gradients } = await stepOn(config, trunk, photoOf(config), seen);
      for (const loss of Object.values(losses)) expect(loss).toBeGreaterThan(0);
      const kernel = gradients.get('rpn_conv/kernel') as Float32Array;
      expect(kernel).toHaveLength(9 * 256 * config.rpnChannels);
      expect(kernel.some((value) => value !== 0)).toBe(true);
    });
  });

  test('learns from a photo without objects that all is background', async () => {
    const config = tinyConfig(folder);
    const empty = { boxes: new Float32Array(), labels: new Int32Array() };
    const { losses, gradients } = await stepOn(config, trunk, photoOf(config, empty));
    expect(losses).toMatchObject({ anchorDeltas: 0, boxDeltas: 0 });
    expect(losses.objectness).toBeGreaterThan(0);
    expect(gradients.has('cls_score/kernel')).toBe(true);
    expect(gradients.get('rpn_bbox_pred/kernel')?.some((value) => value !== 0) ?? false).toBe(
      false,
    );
  });

  test('learns nothing from a photo that is one crowd', async () => {
    const config = tinyConfig(folder);
    const { losses, gradients } = await stepOn(
      config,
      trunk,
      photoOf(config, {
        boxes: new Float32Array(),
        labels: new Int32Array(),
        ignored: Float32Array.of(-200, -200, 300, 300),
      }),
    );
    expect(losses).toEqual({ objectness: 0, anchorDeltas: 0, classes: 0, boxDeltas: 0 });
    expect(gradients.size).toBe(0);
  });

  test('leaves no tensor behind', async () => {
    const config = tinyConfig(folder);
    const before = tf.memory().numTensors;
    await stepOn(config, trunk, photoOf(config));
    expect(tf.memory().numTensors).toBe(before);
  });
});

test(`A step's gradients on wasm are those on ${REFERENCE}`, async () => {
  const config = tinyConfig(folder, { trainConv5: REFERENCE === 'tensorflow' });
  const on = async (backend: string) => {
    await tf.setBackend(backend);
    const trunk = await loadModel(createFileSource('public/models/vgg16'));
    const stepped = await stepOn(config, trunk, photoOf(config));
    trunk.dispose();
    return stepped;
  };
  const expected = await on(REFERENCE);
  const actual = await on('wasm');
  expectSameStep(actual, expected, 1e-4);
});
