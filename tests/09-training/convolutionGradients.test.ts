/**
 * Chapter 9: our kernels for the gradients of convolutions on wasm and on WebGPU, against the cpu backend's, at
 * awkward shapes.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, test } from 'vitest';
import { backends } from '../support/backends.ts';
import { expectAsOnCpu, numbers } from './likeCpu.ts';

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
  [[2, 9, 11, 64], [3, 3, 64, 68], 'same'],
  [[1, 5, 6, 1], [3, 3, 1, 132], 'same'],
];

describe
  .skipIf(!backends.includes('cpu'))
  .each((['wasm', 'webgpu'] as const).filter((name) => backends.includes(name)))(
  'Gradients of convolutions on %s',
  (backend) => {
    afterAll(() => tf.setBackend('cpu'));

    test.each(CONVOLUTIONS)(
      'equal those of the cpu backend: %j by %j, %s',
      async (shape, filterShape, pad) => {
        const convolve = (x: tf.Tensor, filter: tf.Tensor) => {
          const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad);
          return tf.sum(tf.mul(y, numbers(y.shape, 3)));
        };
        const gradients = () => tf.grads(convolve)([numbers(shape, 1), numbers(filterShape, 2)]);
        await expectAsOnCpu(backend, () => gradients()[0] as tf.Tensor);
        await expectAsOnCpu(backend, () => gradients()[1] as tf.Tensor);
      },
    );

    test('are refused, in words, for strided and explicitly padded convolutions', async () => {
      await tf.setBackend(backend);
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
      await tf.setBackend(backend);
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
