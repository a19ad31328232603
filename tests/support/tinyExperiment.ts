/** An experiment of seconds: two anchor sets and two seeds on the coloured rectangles. */
import { join } from 'node:path';
import { type Experiment, experimentSchema } from '../../training/experiment/schema.ts';
import { tinyConfig } from './tinyTraining.ts';

/**
 * @param folder made by `makeTinyTraining`
 * @param changes replace parts of the experiment
 */
export function tinyExperiment(folder: string, changes: object = {}): Experiment {
  const { name, description, classes, data, seed, ...base } = tinyConfig(folder, {
    iterations: 5,
    flips: false,
  });
  const annotations = join(folder, 'annotations.json');
  return experimentSchema.parse({
    name: 'tiny',
    description,
    base,
    variants: [
      { name: 'small', anchorSizes: [16] },
      { name: 'two', anchorSizes: [16, 24], tap: 'conv5_3' },
    ],
    sets: [
      {
        name: 'rectangles',
        images: join(folder, 'images'),
        annotations: { train: annotations, val: annotations, test: annotations },
        classes: classes.slice(0, 2),
      },
    ],
    seeds: [1, 2],
    splits: { choose: 'val', report: 'test' },
    measure: { proposals: [1, 5, 20], outcomesAt: 5, preNmsTopN: 100, scoreThreshold: 0.01 },
    ...changes,
  });
}
