/**
 * Chapter 9: the losses, against PyTorch's numbers, and where they could overflow.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  classLosses,
  focalLossSum,
  objectnessLoss,
  smoothL1,
} from '../../training/detector/losses.ts';
import { describeOnBackends } from '../support/backends.ts';
import { readFixture } from '../support/fixture.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';

interface LossFixture {
  readonly smoothL1: { predictions: number[]; targets: number[]; expected: number };
  readonly objectness: { logits: number[]; targets: number[]; expected: number };
  readonly focal: { logits: number[]; targets: number[]; expected: number };
  readonly classes: { logits: number[]; targets: number[]; labelled: number[]; expected: number };
}

const reference = readFixture<LossFixture>('reference/losses.json');
const { objectness, focal, classes } = reference;

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
    const { predictions, targets, expected } = reference.smoothL1;
    const boxes = () => tf.sum(smoothL1(tf.tensor1d(predictions), tf.tensor1d(targets)));
    expect(Math.abs((await numberOf(boxes)) / expected - 1)).toBeLessThan(1e-5);

    const anchors = () =>
      objectnessLoss(tf.tensor1d(objectness.logits), tf.tensor1d(objectness.targets));
    expect(Math.abs((await numberOf(anchors)) / objectness.expected - 1)).toBeLessThan(1e-5);

    const everyAnchor = () => focalLossSum(tf.tensor1d(focal.logits), tf.tensor1d(focal.targets));
    expect(Math.abs((await numberOf(everyAnchor)) / focal.expected - 1)).toBeLessThan(1e-5);

    const rois = () =>
      tf.mean(
        classLosses(
          tf.tensor2d(classes.logits, [classes.targets.length, classes.labelled.length]),
          Int32Array.from(classes.targets),
          Float32Array.from(classes.labelled),
          false,
        ),
      );
    expect(Math.abs((await numberOf(rois)) / classes.expected - 1)).toBeLessThan(1e-5);
  });

  test('stay finite for extreme logits', async () => {
    const sure = () => objectnessLoss(tf.tensor1d([500, -500, 500]), tf.tensor1d([1, 0, 0]));
    expect(await numberOf(sure)).toBeCloseTo(500 / 3, 3);
    const certain = () => focalLossSum(tf.tensor1d([500, -500, 500]), tf.tensor1d([1, 0, 0]));
    expect(await numberOf(certain)).toBeCloseTo(0.75 * 500, 3);
    const labelled = Float32Array.of(1, 1, 1);
    const wrong = () =>
      classLosses(tf.tensor2d([[900, -900, 0]]), Int32Array.of(1), labelled, true);
    expect(await numberOf(wrong)).toBeCloseTo(1800, 1);
  });

  /** The loss of an object (row 0) and of background (row 1), where the last class is not labelled. */
  const partly = (logits: tf.Tensor, positivesOverAll: boolean) =>
    tf.mean(
      classLosses(
        logits as tf.Tensor2D,
        Int32Array.of(1, 0),
        Float32Array.of(1, 1, 0),
        positivesOverAll,
      ),
    );
  const logitsWith = (unknown: number) =>
    tf.tensor2d([
      [0.3, 1.2, unknown],
      [2, -1, unknown],
    ]);

  test.each([true, false])(
    'teach background nothing of a class that is not labelled, and objects only if told to (%s)',
    async (positivesOverAll) => {
      const gradient = tf.tidy(() =>
        tf.grad((logits: tf.Tensor) => partly(logits, positivesOverAll))(logitsWith(1)),
      );
      const values = Array.from(await gradient.data());
      gradient.dispose();
      expect(values[5] === 0).toBe(true);
      expect((values[2] as number) > 0).toBe(positivesOverAll);
      expect(values[0]).not.toBe(0);
    },
  );

  test('do not depend on what is said of a class that nobody labels', async () => {
    const loss = (unknown: number) => numberOf(() => partly(logitsWith(unknown), false));
    expect(await loss(50)).toBe(await loss(-50));
  });
});
