/**
 * Chapter 9: the losses, against PyTorch's numbers, and where they could overflow.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { classLoss, objectnessLoss, smoothL1Sum } from '../../training/detector/losses.ts';
import { describeOnBackends } from '../support/backends.ts';
import { readFixture } from '../support/fixture.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';

interface LossFixture {
  readonly smoothL1: { predictions: number[]; targets: number[]; expected: number };
  readonly objectness: { logits: number[]; targets: number[]; expected: number };
  readonly classes: { logits: number[]; targets: number[]; labelled: number[]; expected: number };
}

const { smoothL1, objectness, classes } = readFixture<LossFixture>('reference/losses.json');

/** The number an expression of tensors comes to; its tensors are gone afterwards. */
async function numberOf(compute: () => tf.Tensor): Promise<number> {
  const scalar = tf.tidy(compute);
  const [value = Number.NaN] = await scalar.data();
  scalar.dispose();
  return value;
}

describeOnBackends('Losses', (backend) => {
  if (backend === 'wasm') beforeAll(stopLeakCheck);

  test("equal PyTorch's", async () => {
    const { predictions, targets, expected } = smoothL1;
    const boxes = () => smoothL1Sum(tf.tensor1d(predictions), tf.tensor1d(targets));
    expect(Math.abs((await numberOf(boxes)) / expected - 1)).toBeLessThan(1e-5);

    const anchors = () =>
      objectnessLoss(tf.tensor1d(objectness.logits), tf.tensor1d(objectness.targets));
    expect(Math.abs((await numberOf(anchors)) / objectness.expected - 1)).toBeLessThan(1e-5);

    const rois = () =>
      classLoss(
        tf.tensor2d(classes.logits, [classes.targets.length, classes.labelled.length]),
        tf.tensor1d(classes.targets, 'int32'),
        Float32Array.from(classes.labelled),
      );
    expect(Math.abs((await numberOf(rois)) / classes.expected - 1)).toBeLessThan(1e-5);
  });

  test('stay finite for extreme logits', async () => {
    const sure = () => objectnessLoss(tf.tensor1d([500, -500, 500]), tf.tensor1d([1, 0, 0]));
    expect(await numberOf(sure)).toBeCloseTo(500 / 3, 3);
    const labelled = Float32Array.of(1, 1, 1);
    const wrong = () =>
      classLoss(tf.tensor2d([[900, -900, 0]]), tf.tensor1d([1], 'int32'), labelled);
    expect(await numberOf(wrong)).toBeCloseTo(1800, 1);
  });

  test('neither ask nor teach anything of a class that is not labelled', async () => {
    const labelled = Float32Array.of(1, 1, 0);
    const targets = () => tf.tensor1d([1, 0], 'int32');
    const loss = (unknown: number) =>
      numberOf(() =>
        classLoss(
          tf.tensor2d([
            [0.3, 1.2, unknown],
            [2, -1, unknown],
          ]),
          targets(),
          labelled,
        ),
      );
    expect(await loss(50)).toBe(await loss(-50));
    const gradient = tf.tidy(() =>
      tf.grad((logits: tf.Tensor) => classLoss(logits as tf.Tensor2D, targets(), labelled))(
        tf.tensor2d([
          [0.3, 1.2, 9],
          [2, -1, 9],
        ]),
      ),
    );
    const values = await gradient.data();
    gradient.dispose();
    expect([values[2], values[5]].map(Math.abs as (value?: number) => number)).toEqual([0, 0]);
    expect(values[0]).not.toBe(0);
  });
});
