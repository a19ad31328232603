/**
 * Training steps for tests: one step on features that are the same on every backend, and the comparison of two.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import type { TapFeatures } from '../../src/core/detection/vgg16.ts';
import type { LoadedModel } from '../../src/core/models/loader.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import { readDataset, type TrainingPhoto } from '../../training/detector/dataset.ts';
import { seededRandom } from '../../training/detector/random.ts';
import { type StepResult, trainingStep } from '../../training/detector/step.ts';
import { TrainingWeights } from '../../training/detector/weights.ts';
import { largestError } from './fixture.ts';

/** Features like conv4_3's, the same on every backend. */
function features(): tf.Tensor4D {
  const shape: [number, number, number, number] = [1, 6, 8, 512];
  const random = seededRandom(3);
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
    return Math.max(0, random() - 0.5);
  });
  return tf.tensor4d(values, shape);
}

export interface Stepped {
  readonly losses: StepResult['losses'];
  /** by the weight's name */
  readonly gradients: Map<string, Float32Array>;
}

/** Takes one step on the backend that is set; everything it made is disposed of. */
export async function stepOn(
  config: TrainingConfig,
  trunk: LoadedModel,
  photo: TrainingPhoto,
  given?: TapFeatures,
  step = trainingStep,
): Promise<Stepped> {
  const weights = new TrainingWeights(config, trunk.weights);
  const { rpn } = config.detector;
  const anchors = new AnchorGenerator(
    { sizes: rpn.anchorSizes, aspectRatios: rpn.aspectRatios },
    RPN_STRIDES[rpn.tap],
  );
  const seen: TapFeatures = given ?? { conv4_3: features() };
  const view = { longSide: 64, flip: false };
  const random = seededRandom(9);
  const result = await step(config, weights, anchors, photo, view, seen, random);
  const gradients = new Map<string, Float32Array>();
  for (const [name, variable] of weights.trained) {
    const gradient = result.gradients[variable.name];
    if (gradient) gradients.set(name, (await gradient.data()) as Float32Array);
  }
  weights.dispose();
  tf.dispose(result.gradients);
  if (!given) seen.conv4_3?.dispose();
  return { losses: result.losses, gradients };
}

/** @param tolerance of the losses, and of each gradient as a share of its largest value */
export function expectSameStep(actual: Stepped, expected: Stepped, tolerance: number): void {
  for (const [name, loss] of Object.entries(expected.losses)) {
    const error = Math.abs(actual.losses[name as keyof StepResult['losses']] - loss);
    expect(error, name).toBeLessThan(tolerance);
  }
  expect([...actual.gradients.keys()]).toEqual([...expected.gradients.keys()]);
  for (const [name, values] of expected.gradients) {
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-12);
    const error = largestError(actual.gradients.get(name) as Float32Array, values);
    expect(error / largest, name).toBeLessThan(tolerance);
  }
}

/** The first photo of a config's data. */
export function photoOf(
  config: TrainingConfig,
  changes: Partial<TrainingPhoto> = {},
): TrainingPhoto {
  const [set] = config.data;
  if (!set) throw new Error('no data');
  return { ...(readDataset(set, config.classes)[0] as TrainingPhoto), ...changes };
}
