/** Convolutions of awkward shapes, and what they should come to by tfjs's cpu backend. */
import * as tf from '@tensorflow/tfjs-core';
import type { OwnKernel } from '../../src/engine/kernels/candidates.ts';
import { waves } from '../../src/engine/kernels/waves.ts';

/** Largest error, as a part of the largest output, of sums over up to 64 channels, in float32 or of halves. */
export const BOUNDS: Readonly<Record<OwnKernel, number>> = {
  'direct-large': 1e-6,
  'direct-small': 1e-6,
  tiled: 1e-6,
  'winograd-2-large': 2e-6,
  'winograd-2-small': 2e-6,
  'winograd-2-halves': 1e-3,
  'winograd-4-large': 2e-5,
  'winograd-4-small': 2e-5,
  'winograd-4-tfjs': 2e-5,
};

export interface Case {
  readonly x: [number, number, number, number];
  readonly filters: number;
  readonly pad?: 'same' | 'valid' | number;
  readonly bias?: boolean;
  readonly activation?: 'relu' | 'linear';
}

export const AWKWARD: Record<string, Case> = {
  'one pixel': { x: [1, 1, 1, 8], filters: 8 },
  'one row': { x: [1, 1, 23, 5], filters: 4 },
  'one column': { x: [1, 19, 1, 4], filters: 12 },
  'odd sides, three channels': { x: [1, 13, 7, 3], filters: 20 },
  'channels not a multiple of four': { x: [1, 6, 9, 37], filters: 4 },
  'more filters than a workgroup has threads': { x: [1, 5, 6, 6], filters: 132 },
  'several pictures': { x: [3, 7, 5, 8], filters: 8 },
  'no padding, no bias': { x: [1, 9, 10, 8], filters: 8, pad: 'valid', bias: false },
  'two pixels of padding, no ReLU': { x: [1, 5, 6, 8], filters: 8, pad: 2, activation: 'linear' },
  'sixty-four channels': { x: [1, 9, 11, 64], filters: 64 },
};

/** A convolution of waves. */
export function convolve({
  x,
  filters,
  pad = 'same',
  bias = true,
  activation = 'relu',
}: Case): tf.Tensor {
  const inputs = x[3];
  return tf.tidy(() =>
    tf.fused.conv2d({
      x: waves(x, 1, 1) as tf.Tensor4D,
      filter: waves([3, 3, inputs, filters], 2, Math.sqrt(2 / 9 / inputs)) as tf.Tensor4D,
      ...(bias && { bias: waves([filters], 3, 0.1) as tf.Tensor1D }),
      ...{ strides: 1, pad, activation },
    }),
  );
}

/** What tfjs's cpu backend computes; `back` is the current one afterwards. */
export async function onCpu(compute: () => tf.Tensor, back: string): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const result = compute();
  const values = (await result.data()) as Float32Array;
  result.dispose();
  await tf.setBackend(back);
  return values;
}

/** The largest absolute value; infinite where one is NaN. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values)
    most = Math.max(most, Number.isNaN(value) ? Infinity : Math.abs(value));
  return most;
}
