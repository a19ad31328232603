/**
 * Everything that `loupe train classifier` needs, in small: the coloured rectangles, the tiny detector
 * with its random weights as a model folder, a tiny RED-Net, and a config that names them.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type ClassifierTraining,
  classifierTrainingSchema,
} from '../../training/classifier/config.ts';
import { exportRedNet } from '../../training/superResolution/exportModel.ts';
import { numbersOf } from '../../training/variables.ts';
import { tinyDetectorFiles } from './tinyDetector.ts';
import { TINY_RED_NET, tinyRedNetWeights } from './tinyRedNet.ts';
import { tinySrConfig } from './tinySuperResolution.ts';
import { makeTinyTraining } from './tinyTraining.ts';

/** A folder with `detector`, `red-net`, `images`, `annotations.json` and `classifier.json`. */
export async function makeTinyClassifierTraining(photos = 4): Promise<string> {
  const folder = await makeTinyTraining(photos);
  // Its rectangles are of two of the tiny detector's classes here.
  const path = join(folder, 'annotations.json');
  const coco = JSON.parse(readFileSync(path, 'utf8'));
  coco.categories = [
    { id: 1, name: 'cup' },
    { id: 2, name: 'bottle' },
  ];
  writeFileSync(path, JSON.stringify(coco));
  writeTinyDetector(join(folder, 'detector'));
  await writeTinyRedNet(join(folder, 'red-net'));
  writeFileSync(join(folder, 'classifier.json'), JSON.stringify(tinyClassifierTraining(folder)));
  return folder;
}

function writeTinyDetector(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of tinyDetectorFiles()) writeFileSync(join(folder, name), bytes);
}

/** A RED-Net with random weights as a model folder; a tfjs backend must be set. */
export async function writeTinyRedNet(folder: string): Promise<void> {
  const weights = tinyRedNetWeights();
  exportRedNet({
    config: tinySrConfig(mkdtempSync(join(tmpdir(), 'loupe-none-')), {
      network: TINY_RED_NET,
      patch: 24,
    }),
    out: folder,
    weights: await numbersOf(weights),
    steps: 0,
    hours: 0,
    engine: 'none',
    validation: [],
  });
  tf.dispose([...weights.values()]);
}

export function tinyClassifierTraining(folder: string, changes: object = {}): ClassifierTraining {
  return classifierTrainingSchema.parse({
    name: 'tiny-classifier',
    description: 'Tells rectangles apart.',
    detector: join(folder, 'detector'),
    redNet: join(folder, 'red-net'),
    kinds: ['bicubic', 'super-resolution'],
    crop: { side: 32, context: 1.5, maxEnlargement: 4 },
    head: { bins: { conv4_3: 2, conv5_3: 1 }, hidden: 8 },
    merge: { rule: 'mean', weight: 0.5 },
    data: [
      {
        name: 'rectangles',
        annotations: join(folder, 'annotations.json'),
        images: join(folder, 'images'),
        labels: ['cup', 'bottle'],
      },
    ],
    sampling: { objects: 4, backgrounds: 4 },
    batch: 16,
    iterations: 6,
    optimizer: { kind: 'adamw', learningRate: 1e-2 },
    schedule: { kind: 'cosine', warmup: 2 },
    ...changes,
  });
}
