/**
 * Chapter 9: the wasm engine's own kernels for the gradients of gathers and matrix products, against the
 * cpu backend's, at awkward shapes. (Convolutions: convolutionGradients.test.ts.)
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { backends } from '../support/backends.ts';
import { expectAsOnCpu, numbers } from './likeCpu.ts';

describe.skipIf(!backends.includes('wasm') || !backends.includes('cpu'))(
  'Gradients on wasm',
  () => {
    afterAll(() => tf.setBackend('cpu'));

    test.each([
      { rows: [5, 3], indices: [4, 0, 0, 0, 2], axis: 0 },
      { rows: [2, 3, 5], indices: [1, 1, 0, 1], axis: 0 },
      { rows: [3, 4, 2], indices: [3, 3, 0], axis: 1 },
      { rows: [1], indices: [0, 0], axis: 0 },
    ])(
      'of a gather add up what was taken twice: $rows, axis $axis',
      async ({ rows, indices, axis }) => {
        await expectAsOnCpu('wasm', () =>
          tf.grad((x: tf.Tensor) => {
            const taken = tf.gather(x, tf.tensor1d(indices, 'int32'), axis);
            return tf.sum(tf.mul(taken, numbers(taken.shape, 1)));
          })(numbers(rows, 2)),
        );
      },
    );

    test('segments outside of the range count nowhere', async () => {
      await tf.setBackend('wasm');
      const sums = tf.tidy(() =>
        tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4, 8]), tf.tensor1d([1, -1, 5, 1], 'int32'), 3),
      );
      expect([...(await sums.data())]).toEqual([0, 9, 0]);
      sums.dispose();
    });

    test.each([
      [
        [3, 5],
        [5, 7],
      ],
      [
        [1, 1],
        [1, 1],
      ],
      [
        [13, 2],
        [2, 9],
      ],
      [
        [2, 3, 5],
        [2, 5, 4],
      ],
    ])('of a matrix product %j by %j equal those of the cpu backend', async (a, b) => {
      const product = (x: tf.Tensor, y: tf.Tensor) => {
        const result = tf.matMul(x, y);
        return tf.sum(tf.mul(result, numbers(result.shape, 3)));
      };
      await expectAsOnCpu(
        'wasm',
        () => tf.grads(product)([numbers(a, 1), numbers(b, 2)])[0] as tf.Tensor,
      );
      await expectAsOnCpu(
        'wasm',
        () => tf.grads(product)([numbers(a, 1), numbers(b, 2)])[1] as tf.Tensor,
      );
      const turned = (x: tf.Tensor) => tf.transpose(x, x.rank === 2 ? [1, 0] : [0, 2, 1]);
      await expectAsOnCpu('wasm', () =>
        tf.matMul(turned(numbers(a, 1)), turned(numbers(b, 2)), true, true),
      );
    });
  },
);
