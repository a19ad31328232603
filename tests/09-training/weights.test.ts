/**
 * Chapter 9: the weights that a run begins with.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { TrainingWeights } from '../../training/detector/weights.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { backends } from '../support/backends.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

stopLeakCheck();

describe.each(backends)('the weights of a run, on %s', (backend) => {
  let folder: string;
  let trunk: LoadedModel;
  beforeAll(async () => {
    await tf.setBackend(backend);
    folder = await makeTinyTraining(1);
    trunk = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => {
    trunk.dispose();
    removeTinyTraining(folder);
  });

  test('classes that the other model knows go on from its scores and deltas, others begin afresh', async () => {
    const config = tinyConfig(folder);
    const names = config.classes.map(({ name }) => name);
    // It knows them the other way round, but for one, and has one of its own in front.
    const known = ['ours alone', ...names.slice(1).reverse()].map((name) => ({ name }));
    const outputs = known.length + 1;
    const filled = (width: number) =>
      tf.tidy(() => {
        const each = tf.add(tf.reshape(tf.range(0, outputs), [1, outputs, 1]), 100);
        return tf.reshape(tf.tile(each, [config.fcUnits, 1, width]), [config.fcUnits, -1]);
      });
    const start = new Map([
      ['cls_score/kernel', filled(1)],
      ['bbox_pred/kernel', filled(4)],
    ]);
    const weights = new TrainingWeights(config, trunk.weights);
    const fresh = new TrainingWeights(config, trunk.weights);
    weights.startHeads({ weights: start, classes: known });
    for (const [name, width] of [
      ['cls_score/kernel', 1],
      ['bbox_pred/kernel', 4],
    ] as const) {
      const [row, freshRow] = (await Promise.all(
        [weights, fresh].map((one) => (one.all.get(name) as tf.Tensor).data()),
      )) as [Float32Array, Float32Array];
      const expected = [
        0,
        ...names.map((one) => 1 + known.findIndex(({ name: other }) => other === one)),
      ];
      expect(expected).toContain(0);
      expected.forEach((theirs, own) => {
        for (let k = 0; k < width; k++) {
          const at = own * width + k;
          const wanted = theirs > 0 || own === 0 ? 100 + theirs : freshRow[at];
          expect(row[at], `${name}, output ${own}`).toBe(wanted);
        }
      });
    }
    weights.dispose();
    fresh.dispose();
    tf.dispose([...start.values()]);
  });
});
