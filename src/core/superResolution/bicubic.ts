/**
 * Bicubic interpolation as MATLAB's `imresize` does it, which the super-resolution literature
 * measures with: Keys' kernel with a = -0.5, stretched when shrinking (anti-aliased), edges
 * mirrored with the edge pixel twice, one axis after the other. tfjs has no kernel for it; here each
 * axis is a sum of a few shifted copies (a gather each), so memory grows with the picture, not with
 * its square, and every backend gives the same numbers. A backend that has a kernel for an axis sums
 * its taps in one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { runOnBackend } from '../kernels/backendKernel.ts';

/** One axis of a resize: for every tap, which input sample each output sample reads, and its weight. */
export interface BicubicTap {
  readonly indices: Int32Array;
  readonly weights: Float32Array;
}

/** Keys' cubic convolution kernel (1981), a = -0.5: 4 samples wide. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** How many input samples an output sample can reach to either side when enlarging. */
export const BICUBIC_RADIUS = 2;

/**
 * The taps of one axis, from `from` to `to` samples; those that weigh nothing are left out.
 */
export function bicubicTaps(from: number, to: number): BicubicTap[] {
  const scale = to / from;
  const stretch = Math.min(scale, 1);
  const width = 4 / stretch;
  const count = Math.ceil(width) + 2;
  const taps = Array.from({ length: count }, () => ({
    indices: new Int32Array(to),
    weights: new Float32Array(to),
  }));
  const column = new Float64Array(count);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) / scale - 0.5;
    const first = Math.floor(centre - width / 2);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      column[k] = cubic(stretch * (centre - first - k));
      sum += column[k] as number;
    }
    for (const [k, { indices, weights }] of taps.entries()) {
      indices[i] = mirrored(first + k, from);
      weights[i] = (column[k] as number) / sum;
    }
  }
  return taps.filter(({ weights }) => weights.some((weight) => weight !== 0));
}

/** A place beyond the edges, mirrored back: ... 1 0 | 0 1 ... n-1 | n-1 n-2 ... */
function mirrored(index: number, length: number): number {
  const around = ((index % (2 * length)) + 2 * length) % (2 * length);
  return around < length ? around : 2 * length - 1 - around;
}

function resizeAxis(x: tf.Tensor, axis: number, to: number): tf.Tensor {
  const from = x.shape[axis] as number;
  if (from === to) return tf.clone(x);
  const taps = bicubicTaps(from, to);
  return tapsInOne(x, axis, to, taps) ?? tapsInTurn(x, axis, to, taps);
}

/** By the backend's own kernel, where it has one. */
function tapsInOne(
  x: tf.Tensor,
  axis: number,
  to: number,
  taps: readonly BicubicTap[],
): tf.Tensor | undefined {
  const table = (of: keyof BicubicTap, dtype: 'int32' | 'float32') =>
    tf.tensor2d(
      taps.flatMap((tap) => [...tap[of]]),
      [taps.length, to],
      dtype,
    );
  const inputs = () => ({
    ...{ x, indices: table('indices', 'int32'), weights: table('weights', 'float32') },
  });
  return runOnBackend('LoupeBicubic', inputs, { axis });
}

function tapsInTurn(
  x: tf.Tensor,
  axis: number,
  to: number,
  taps: readonly BicubicTap[],
): tf.Tensor {
  const shape = x.shape.map((_, at) => (at === axis ? to : 1));
  let sum: tf.Tensor | undefined;
  for (const { indices, weights } of taps) {
    const next = tf.tidy(() => {
      const shifted = tf.gather(x, tf.tensor1d(indices, 'int32'), axis);
      const part = tf.mul(shifted, tf.reshape(tf.tensor1d(weights), shape));
      return sum ? tf.add(sum, part) : part;
    });
    sum?.dispose();
    sum = next;
  }
  return sum as tf.Tensor;
}

/**
 * Resizes pictures; values are not clipped, bicubic overshoots at edges.
 *
 * @param x `[height, width, channels]` or `[batch, height, width, channels]`
 * @param size the new height and width, in whole pixels; each axis has its own scale, new / old
 * @returns a tensor of the same rank, the caller's to dispose
 * @throws RangeError for a size that is no whole number above 0
 */
export function bicubicResize<T extends tf.Tensor3D | tf.Tensor4D>(
  x: T,
  [height, width]: readonly [height: number, width: number],
): T {
  if (![height, width].every((side) => Number.isInteger(side) && side > 0)) {
    throw new RangeError(`A picture cannot be resized to ${width} x ${height} pixels.`);
  }
  const [rows, columns] = [x.rank - 3, x.rank - 2];
  const shrinksMore = (height / (x.shape[rows] as number)) * (x.shape[columns] as number) <= width;
  return tf.tidy(() =>
    // The axis that shrinks more comes first: less is left for the other.
    shrinksMore
      ? resizeAxis(resizeAxis(x, rows, height), columns, width)
      : resizeAxis(resizeAxis(x, columns, width), rows, height),
  ) as T;
}
