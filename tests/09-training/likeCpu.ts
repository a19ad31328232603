/** What an engine computes beside the cpu backend, for this chapter's kernels. */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { largestError } from '../support/fixture.ts';

/** The same numbers at every call. */
export function numbers(shape: readonly number[], phase: number): tf.Tensor {
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

/** Fails unless a backend computes what the cpu backend does, to rounding. */
export async function expectAsOnCpu(backend: string, compute: () => tf.Tensor): Promise<void> {
  const expected = await on('cpu', compute);
  const actual = await on(backend, compute);
  expect(actual.shape).toEqual(expected.shape);
  const largest = expected.values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
  expect(largestError(actual.values, expected.values) / largest).toBeLessThan(1e-5);
}
