/**
 * Chapter 9: the whole way in small: thirty steps on two pictures, the model written and read again,
 * and the objects found by the detector that the app runs.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxAt, iou } from '../../src/core/boxes/box.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import type { DatasetConfig } from '../../training/detector/config.ts';
import { readDataset, TurnOrder } from '../../training/detector/dataset.ts';
import { exportDetector } from '../../training/detector/exportModel.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { type TrainingProgress, train } from '../../training/detector/trainer.ts';
import { TrainingWeights } from '../../training/detector/weights.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { readPicture } from '../../training/images.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

stopLeakCheck();

let folder: string;
beforeAll(async () => {
  await chooseEngine('wasm');
  await prepareTraining();
  folder = await makeTinyTraining(2);
});
afterAll(() => removeTinyTraining(folder));

test('Thirty steps on two pictures halve the loss, and the written model finds the objects', async () => {
  const config = tinyConfig(folder, {
    iterations: 30,
    flips: false,
    roiChannels: 32,
    fcUnits: 64,
    roisPerPicture: 32,
    schedule: { kind: 'steps', at: [0.9], warmup: 2 },
  });
  const trunk = await loadModel(createFileSource(config.trunk));
  const weights = new TrainingWeights(config, trunk.weights);
  const photos = readDataset(config.data[0] as DatasetConfig, config.classes);
  const progress: TrainingProgress[] = [];
  await train({
    config,
    weights,
    order: new TurnOrder([{ photos, repeat: 1 }], config.seed, config.flips),
    cache: FeatureCache.of(join(folder, 'features'), trunk),
    checkpoints: join(folder, 'run'),
    minutesBetweenCheckpoints: 60,
    stepsBetweenReports: 2,
    onProgress: (report) => progress.push(report),
    shouldStop: () => false,
  });
  // Each report is of both pictures.
  const loss = ({ losses }: TrainingProgress) =>
    Object.values(losses).reduce((sum, part) => sum + part, 0);
  const [first, last] = [progress[0], progress.at(-1)] as [TrainingProgress, TrainingProgress];
  expect(loss(last)).toBeLessThan(0.5 * loss(first));

  const out = join(folder, 'models/tiny');
  const trained = await weights.folded();
  exportDetector({ config, out, trained, steps: 30, hours: 0, engine: 'a test' });
  weights.dispose();
  trunk.dispose();

  const model = await loadModel(createFileSource(out));
  const detector = detectorFromModel(model);
  for (const photo of photos) {
    const { detections } = await detector.detect(await readPicture(photo.path));
    photo.labels.forEach((label, index) => {
      const name = config.classes[label]?.name;
      const best = detections.find(({ className }) => className === name);
      expect(best?.score, `${name} on ${photo.key}`).toBeGreaterThan(0.5);
      const object = boxAt(photo.boxes, index);
      expect(iou(best?.box ?? [0, 0, 0, 0], object), name).toBeGreaterThan(0.5);
    });
  }
  model.dispose();
});
