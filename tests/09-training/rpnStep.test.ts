/**
 * Chapter 9: the step of an RPN that is trained alone, which runs its head only where anchors were drawn.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TapFeatures } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { rpnStep } from '../../training/detector/rpnStep.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { backends } from '../support/backends.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';
import { expectSameStep, photoOf, type Stepped, stepOn } from '../support/trainingSteps.ts';

stopLeakCheck();

describe.each(backends)('the step of the RPN alone, on %s', (backend) => {
  let folder: string;
  let trunk: LoadedModel;
  let seen: TapFeatures;
  beforeAll(async () => {
    await tf.setBackend(backend);
    folder = await makeTinyTraining(1);
    trunk = await loadModel(createFileSource('public/models/vgg16'));
    const cache = FeatureCache.of(join(folder, 'features'), trunk);
    const view = { longSide: 64, flip: false };
    const photo = photoOf(tinyConfig(folder));
    seen = await cache.get(photo, view, ['conv3_3', 'conv4_3', 'conv5_3']);
  });
  afterAll(() => {
    tf.dispose(seen as tf.NamedTensorMap);
    trunk.dispose();
    removeTinyTraining(folder);
  });

  // The taps differ in nothing that depends on the backend, and early ones take long on slow ones.
  const taps = ['wasm', 'tensorflow'].includes(backend)
    ? ['conv3_3', 'conv4_3', 'conv5_3', 'fused']
    : ['conv5_3'];
  test.each(taps)("has the joint step's losses and gradients of the RPN (on %s)", async (tap) => {
    const { detector } = tinyConfig(folder);
    const changes = { detector: { ...detector, rpn: { ...detector.rpn, tap } } };
    const config = tinyConfig(folder, changes);
    const alone = tinyConfig(folder, { ...changes, trainRoiHeads: false });
    const before = tf.memory().numTensors;
    const joint = await stepOn(config, trunk, photoOf(config), seen);
    const actual = await stepOn(alone, trunk, photoOf(alone), seen, rpnStep);
    const { objectness, anchorDeltas } = joint.losses;
    const expected: Stepped = {
      losses: { objectness, anchorDeltas, classes: 0, boxDeltas: 0 },
      gradients: new Map([...joint.gradients].filter(([name]) => name.startsWith('rpn'))),
    };
    expect(expected.gradients.size).toBe(6);
    expectSameStep(actual, expected, 1e-4);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('needs only the tap that it slides over, which is computed where it is not kept', async () => {
    const photo = photoOf(tinyConfig(folder));
    const cache = FeatureCache.of(join(folder, 'other features'), trunk);
    const before = tf.memory().numTensors;
    const alone = await cache.get(photo, { longSide: 64, flip: false }, ['conv5_3']);
    expect(Object.keys(alone)).toEqual(['conv5_3']);
    expect(tf.memory().numTensors).toBe(before + 1);
    const [actual, expected] = await Promise.all(
      [alone, seen].map(({ conv5_3 }) => (conv5_3 as tf.Tensor4D).data()),
    );
    expect(actual).toEqual(expected);
    tf.dispose(alone as tf.NamedTensorMap);
  });

  test('learns nothing from a photo that is one crowd', async () => {
    const config = tinyConfig(folder, { trainRoiHeads: false });
    const boxes = { boxes: new Float32Array(), labels: new Int32Array() };
    const crowd = photoOf(config, { ...boxes, ignored: Float32Array.of(-200, -200, 300, 300) });
    const { losses, gradients } = await stepOn(config, trunk, crowd, seen, rpnStep);
    expect(losses).toEqual({ objectness: 0, anchorDeltas: 0, classes: 0, boxDeltas: 0 });
    expect(gradients.size).toBe(0);
  });
});
