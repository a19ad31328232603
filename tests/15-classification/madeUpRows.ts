/**
 * A training of the classifier's heads on made-up features, small enough to be run again and again.
 */
import type { HeadKind } from '../../src/core/classification/config.ts';
import { headInputs } from '../../src/core/classification/head.ts';
import {
  type ClassifierTraining,
  classifierTrainingSchema,
} from '../../training/classifier/config.ts';
import type { TrainingRows } from '../../training/classifier/rows.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';

/** Of the tiny detector's trunk, with its four channels. */
export const HEAD = { bins: { conv4_3: 2, conv5_3: 1 }, hidden: 8 };
export const INPUTS = headInputs(HEAD, 4);

export function tinyTraining(changes: object = {}): ClassifierTraining {
  return classifierTrainingSchema.parse({
    name: 'tiny',
    description: 'Made-up features.',
    detector: 'tiny',
    redNet: 'tiny-red-net',
    kinds: ['bicubic', 'super-resolution'],
    crop: { side: 32, context: 1.5, maxEnlargement: 4 },
    head: HEAD,
    merge: { rule: 'product' },
    data: [{ name: 'made-up', annotations: 'a.json', images: 'images', labels: ['cup'] }],
    sampling: { objects: 4, backgrounds: 4 },
    batch: 16,
    dropout: 0.2,
    iterations: 8,
    optimizer: { kind: 'adamw', learningRate: 1e-2 },
    schedule: { kind: 'cosine', warmup: 2 },
    ...changes,
  });
}

/** Each class is a direction of its own; two sets, of which the second labels the first class alone. */
export function madeUpRows(count = 60): TrainingRows {
  const random = seededRandom(3);
  const targets = Int32Array.from({ length: count }, (_, row) => row % 4);
  const features = (spread: number) => {
    const values = normalArray(count * INPUTS, spread, random);
    targets.forEach((target, row) => {
      for (let column = target; column < INPUTS; column += 4) {
        values[row * INPUTS + column] = (values[row * INPUTS + column] as number) + 40;
      }
    });
    return values;
  };
  return {
    count,
    inputs: INPUTS,
    features: new Map<HeadKind, Float32Array>([
      ['bicubic', features(10)],
      ['super-resolution', features(5)],
    ]),
    targets,
    sets: Int32Array.from(targets, (target, row) => Number(row % 8 >= 4 && target < 2)),
    labelled: [Float32Array.of(1, 1, 1, 1), Float32Array.of(1, 1, 0, 0)],
  };
}
