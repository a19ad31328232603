/**
 * Chapter 15: training the heads, on made-up features: they learn, a stopped run goes on exactly, what
 * a set does not label is never background, and the model folder computes the same.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifierFromModel } from '../../src/core/classification/fromModel.ts';
import { classifierHead } from '../../src/core/classification/head.ts';
import { reclassify } from '../../src/core/classification/reclassify.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { RedNet } from '../../src/core/superResolution/redNet.ts';
import type { ClassifierTraining } from '../../training/classifier/config.ts';
import { exportClassifier } from '../../training/classifier/exportModel.ts';
import {
  type ClassifierLosses,
  classifierStep,
  trainClassifier,
} from '../../training/classifier/trainer.ts';
import { ClassifierWeights } from '../../training/classifier/weights.ts';
import { readCheckpoint } from '../../training/detector/checkpoint.ts';
import { createFileSource } from '../../training/fileSource.ts';
import type { Progress } from '../../training/trainingLoop.ts';
import { numbersOf } from '../../training/variables.ts';
import { backends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { TINY_RED_NET, tinyRedNetWeights } from '../support/tinyRedNet.ts';
import { INPUTS, madeUpRows, tinyTraining } from './madeUpRows.ts';

stopLeakCheck();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loupe-classifier-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const engines = backends.filter((name) => name === 'wasm' || name === 'tensorflow');

describe.each(engines)('Training the heads [%s]', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  const rows = madeUpRows();

  async function session(config: ClassifierTraining, run: string, stopAt?: number) {
    const weights = new ClassifierWeights(config, INPUTS, 4);
    const progress: Progress<ClassifierLosses>[] = [];
    const outcome = await trainClassifier({
      config,
      weights,
      rows,
      checkpoints: join(folder, backend, run),
      minutesBetweenCheckpoints: 60,
      stepsBetweenReports: 1,
      onProgress: (report) => progress.push(report),
      shouldStop: () => stopAt !== undefined && progress.at(-1)?.step === stopAt,
    });
    return { outcome, progress, weights };
  }

  test('lowers the loss of both kinds, and keeps no tensors', async () => {
    const before = tf.memory().numTensors;
    const { progress, weights } = await session(tinyTraining({ iterations: 120 }), 'falls');
    const [first, last] = [progress[0], progress.at(-1)];
    for (const kind of ['bicubic', 'super-resolution'] as const) {
      expect(last?.losses[kind]).toBeLessThan(0.4 * (first?.losses[kind] as number));
    }
    weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('goes on, after a stop, to exactly the weights of a run in one go', async () => {
    const config = tinyTraining();
    const runs = [
      await session(config, 'whole'),
      await session(config, 'halves', 3),
      await session(config, 'halves'),
    ];
    expect(runs.map(({ outcome }) => outcome.step)).toEqual([8, 3, 8]);
    const [one, two] = ['whole', 'halves'].map((run) =>
      readCheckpoint<ClassifierTraining, ClassifierLosses>(join(folder, backend, run), config),
    );
    expect([...(two?.tensors ?? [])]).toEqual([...(one?.tensors ?? [])]);
    for (const { weights } of runs) weights.dispose();
  });

  test('gives no gradient to a class from the background of a set that does not label it', async () => {
    const config = tinyTraining({ kinds: ['bicubic'], dropout: 0 });
    const weights = new ClassifierWeights(config, INPUTS, 4);
    const ofSecond = [...rows.targets.keys()].filter(
      (row) => rows.sets[row] === 1 && rows.targets[row] === 0,
    );
    const { gradients } = await classifierStep(config, weights, rows, ofSecond, 0);
    const byName = new Map(
      [...weights.trained].map(([name, variable]) => [name, gradients[variable.name]] as const),
    );
    const bias = await (byName.get('bicubic_cls_score/bias') as tf.Tensor).data();
    expect(Math.abs(bias[0] as number)).toBeGreaterThan(0.1);
    expect(Math.abs(bias[1] as number)).toBeGreaterThan(0.1);
    expect([bias[2], bias[3]]).toEqual([0, 0]);
    tf.dispose(gradients);
    weights.dispose();
  });

  test('writes heads into which what was measured is folded', async () => {
    const { weights } = await session(tinyTraining({ dropout: 0 }), 'folded');
    const exported = weights.exported();
    const kind = 'super-resolution';
    const features = rows.features.get(kind) as Float32Array;
    const [inside, outside] = tf.tidy(() => {
      const all = tf.tensor2d(features, [rows.count, INPUTS]);
      const seen = weights.standardised(all, kind);
      return [classifierHead(seen, weights.trained, kind), classifierHead(all, exported, kind)];
    }) as [tf.Tensor, tf.Tensor];
    expect(largestError(await outside.data(), await inside.data())).toBeLessThan(1e-3);
    tf.dispose([inside, outside, ...exported.values()]);
    weights.dispose();
  });

  test('ends in a model folder that reclassifies for its own detector alone', async () => {
    const before = tf.memory().numTensors;
    const config = tinyTraining();
    const { weights } = await session(config, 'exported');
    const exported = weights.exported();
    const detectorModel = await loadModel(tinyDetectorSource());
    const detector = detectorFromModel(detectorModel);
    const out = join(folder, backend, 'classifier');
    const manifest = exportClassifier({
      config,
      out,
      weights: await numbersOf(exported),
      classes: detector.classes,
      inputs: INPUTS,
      trunkHashes: trunkHashes(detectorModel.manifest),
      steps: 8,
      hours: 0,
      engine: backend,
    });
    expect(manifest.groups.map(({ name }) => name)).toEqual(['bicubic', 'super-resolution']);
    const model = await loadModel(createFileSource(out));
    const own = { network: detector, manifest: detectorModel.manifest };
    const redNetWeights = tinyRedNetWeights();
    const redNet = RedNet.build(TINY_RED_NET, redNetWeights);
    const classifier = classifierFromModel(model, own, redNet);
    expect(classifier.kinds).toEqual(['bicubic', 'super-resolution']);
    expect(classifier.config.merge).toEqual({ rule: 'product', weight: 0.5 });

    const box = (x: number) => [x, 5, x + 12, 20] as const;
    const proposals = [3, 20, 40].map((x) => ({ box: box(x), anchor: box(x), objectness: 0.5 }));
    const detections = [0, 1, 2].map((proposal) => {
      const [score, label] = [0.9 - proposal / 5, proposal];
      return { box: box(5 + 17 * proposal), score, label, className: '', proposal };
    });
    const batches = [];
    const picture = noisePicture(64, 48);
    const options = { upscaling: 'super-resolution', proposals: 2, batchSize: 1 } as const;
    for await (const batch of reclassify(classifier, picture, { proposals, detections }, options)) {
      batches.push(batch);
    }
    expect(batches.map(({ done, total }) => [done, total])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(batches.flatMap(({ classified }) => classified.map(({ index }) => index))).toEqual([
      0, 1,
    ]);
    const last = batches.at(-1)?.detections ?? [];
    expect(last.find(({ proposal }) => proposal === 2)?.score).toBeCloseTo(0.5);
    const [seen] = batches[0]?.classified ?? [];
    expect(last.find(({ proposal }) => proposal === 0)?.score).toBeCloseTo(
      Math.sqrt(0.9 * (seen?.scores[1] as number)),
    );

    const other = { ...detectorModel.manifest, name: 'other', groups: [] };
    expect(() => classifierFromModel(model, { network: detector, manifest: other })).toThrow(
      'The classifier classifier was trained on the trunk of tiny, and other has another one; choose tiny to use it.',
    );
    expect(() => classifierFromModel(detectorModel, own)).toThrow(
      /is not a proposal classifier this version/,
    );
    redNet.dispose();
    model.dispose();
    detectorModel.dispose();
    weights.dispose();
    tf.dispose([...exported.values(), ...redNetWeights.values()]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
