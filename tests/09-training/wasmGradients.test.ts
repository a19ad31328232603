/**
 * Chapter 9: the wasm engine's own gradient kernels, against the cpu backend's, at awkward shapes.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { backends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';

type Pad = 'same' | 'valid';

/** Odd sides, single pixels, channels that fill no vector register, kernels of one cell or even size. */
const CONVOLUTIONS: [x: [number, number, number, number], filter: number[], pad: Pad][] = [
  [[1, 7, 5, 3], [3, 3, 3, 5], 'same'],
  [[1, 7, 5, 3], [3, 3, 3, 5], 'valid'],
  [[1, 1, 1, 1], [3, 3, 1, 1], 'same'],
  [[1, 6, 9, 7], [1, 1, 7, 2], 'same'],
  [[2, 5, 4, 6], [3, 3, 6, 9], 'same'],
  [[3, 5, 6, 1], [2, 2, 1, 3], 'same'],
  [[1, 8, 3, 2], [5, 3, 2, 13], 'valid'],
  [[1, 4, 11, 5], [1, 4, 5, 1], 'same'],
  [[1, 13, 17, 33], [3, 3, 33, 18], 'same'],
];

/** The same numbers at every call. */
function numbers(shape: readonly number[], phase: number): tf.Tensor {
  const size = tf.util.sizeFromShape([...shape]);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * i + phase)),
    [...shape],
  );
}

/** What an expression of tensors gives on a backend, as plain numbers. */
async function on(
  backend: string,
  compute: () => tf.Tensor,
): Promise<{ shape: number[]; values: Float32Array }> {
  await tf.setBackend(backend);
  const result = tf.tidy(compute);
  const values = (await result.data()) as Float32Array;
  const { shape } = result;
  result.dispose();
  return { shape, values };
}

async function expectEqual(compute: () => tf.Tensor): Promise<void> {
  const expected = await on('cpu', compute);
  const actual = await on('wasm', compute);
  expect(actual.shape).toEqual(expected.shape);
  const largest = expected.values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  expect(largestError(actual.values, expected.values) / largest).toBeLessThan(1e-5);
}

describe.skipIf(!backends.includes('wasm') || !backends.includes('cpu'))(
  'Gradients on wasm',
  () => {
    afterAll(() => tf.setBackend('cpu'));

    test.each(CONVOLUTIONS)(
      'of a convolution equal those of the cpu backend: %j by %j, %s',
      async (shape, filterShape, pad) => {
        const convolve = (x: tf.Tensor, filter: tf.Tensor) => {
          const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad);
          return tf.sum(tf.mul(y, numbers(y.shape, 3)));
        };
        const gradients = () => tf.grads(convolve)([numbers(shape, 1), numbers(filterShape, 2)]);
        await expectEqual(() => gradients()[0] as tf.Tensor);
        await expectEqual(() => gradients()[1] as tf.Tensor);
      },
    );

    test.each([
      { rows: [5, 3], indices: [4, 0, 0, 0, 2], axis: 0 },
      { rows: [2, 3, 5], indices: [1, 1, 0, 1], axis: 0 },
      { rows: [3, 4, 2], indices: [3, 3, 0], axis: 1 },
      { rows: [1], indices: [0, 0], axis: 0 },
    ])(
      'of a gather add up what was taken twice: $rows, axis $axis',
      async ({ rows, indices, axis }) => {
        await expectEqual(() =>
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
      await expectEqual(() => tf.grads(product)([numbers(a, 1), numbers(b, 2)])[0] as tf.Tensor);
      await expectEqual(() => tf.grads(product)([numbers(a, 1), numbers(b, 2)])[1] as tf.Tensor);
      const turned = (x: tf.Tensor) => tf.transpose(x, x.rank === 2 ? [1, 0] : [0, 2, 1]);
      await expectEqual(() => tf.matMul(turned(numbers(a, 1)), turned(numbers(b, 2)), true, true));
    });

    test('are refused, in words, for strided and explicitly padded convolutions', async () => {
      await tf.setBackend('wasm');
      const gradient = (strides: number, pad: Pad | number) => () =>
        tf.tidy(() =>
          tf.grad((x: tf.Tensor) =>
            tf.conv2d(x as tf.Tensor4D, numbers([3, 3, 1, 1], 1) as tf.Tensor4D, strides, pad),
          )(numbers([1, 8, 8, 1], 2)),
        );
      expect(gradient(2, 'same')).toThrow('only convolutions of stride 1');
      expect(gradient(1, 1)).toThrow('padded "same" or "valid"');
    });

    test('leave no tensor behind', async () => {
      await tf.setBackend('wasm');
      const run = () =>
        tf.dispose(
          tf.grads((x: tf.Tensor, filter: tf.Tensor) =>
            tf.sum(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')),
          )([numbers([1, 5, 5, 2], 1), numbers([3, 3, 2, 3], 2)]),
        );
      tf.tidy(run);
      const before = { ...tf.memory() };
      tf.tidy(run);
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    });
  },
);
