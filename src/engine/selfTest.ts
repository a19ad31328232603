/**
 * The start-up self-test: a tiny net of the operations Loupe lives on (3x3 convolutions with ReLU,
 * max-pooling, gather, matrix product, softmax) whose outputs are known in advance, and a chain of
 * larger convolutions that is timed. A driver can be buggy or silently compute in half precision;
 * then its numbers miss the stored ones and the next backend is taken. The stored numbers were
 * computed in float64 by plain loops (tests/07-engine/selfTest.test.ts computes them again).
 */
import * as tf from '@tensorflow/tfjs-core';
import { EXPECTED } from './selfTestExpected.ts';

/** Sizes odd enough to reach the edges of a backend's tiles: 10 x 6 pixels, 3 -> 16 -> 16 -> 5. */
export const NET = {
  height: 10,
  width: 6,
  channels: [3, 16, 16] as const,
  rows: [14, 0, 7, 7, 3, 11],
  outputs: 5,
};

/** Largest allowed difference, as a part of the largest stored value. Half precision misses it. */
export const TOLERANCE = 5e-5;

/**
 * Test data: the i-th of a series of multiples of 1/32 in [-1, 1), exact in float32.
 * @param seed tells one series from another
 */
export function series(length: number, seed: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => ((i * 37 + (i >> 3) * 11 + seed * 29) % 64) / 32 - 1,
  );
}

/**
 * Runs the tiny net on the current backend.
 * @returns the six chosen rows, each with its 5 logits and then their softmax: 60 numbers
 */
export async function runTinyNet(): Promise<Float32Array> {
  const output = tf.tidy(() => {
    const [c0, c1, c2] = NET.channels;
    const x = tf.tensor4d(series(NET.height * NET.width * c0, 1), [1, NET.height, NET.width, c0]);
    const k1 = tf.tensor4d(series(9 * c0 * c1, 2), [3, 3, c0, c1]);
    const b1 = tf.tensor1d(series(c1, 3));
    const k2 = tf.tensor4d(series(9 * c1 * c2, 4), [3, 3, c1, c2]);
    const dense = tf.tensor2d(series(c2 * NET.outputs, 5), [c2, NET.outputs]);
    const h1 = tf.relu(tf.add<tf.Tensor4D>(tf.conv2d(x, k1, 1, 'same'), b1));
    const h2 = tf.relu(tf.conv2d(h1, k2, 1, 'same'));
    const pooled = tf.reshape(tf.maxPool(h2, 2, 2, 'valid'), [-1, c2]);
    const rows = tf.gather(pooled, tf.tensor1d(NET.rows, 'int32'));
    // Brought to the order of one, so that the softmax is not all zeros and ones.
    const logits = tf.mul(tf.matMul(rows, dense), 1 / 64);
    return tf.concat([logits, tf.softmax(logits)], 1);
  });
  try {
    return (await output.data()) as Float32Array;
  } finally {
    output.dispose();
  }
}

/** Largest difference to the stored outputs, as a part of the largest stored value; NaN counts as 1. */
export function errorOf(output: ArrayLike<number>): number {
  let worst = output.length === EXPECTED.length ? 0 : 1;
  let largest = 0;
  EXPECTED.forEach((expected, i) => {
    const difference = Math.abs((output[i] ?? Number.NaN) - expected);
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    largest = Math.max(largest, Math.abs(expected));
  });
  return Math.min(1, worst / largest);
}

/** Multiply-adds counted as two operations: one 3x3 convolution, 64 -> 64 channels, 32 x 32. */
const CONV_FLOP = 2 * 32 * 32 * 9 * 64 * 64;
const CHAIN = 6;
const SLOW_MS = 80;

export interface Speed {
  /** Milliseconds of the whole chain of convolutions without the cost of one readback. */
  readonly milliseconds: number;
  readonly gigaflops: number;
}

/**
 * Times a chain of convolutions on the current backend. The time of a chain of one is taken off that
 * of a longer chain: so what is measured is computing, not the fixed price of handing data back,
 * which is high on GPUs and says nothing of their speed.
 */
export async function timeConvolutions(): Promise<Speed> {
  const x = tf.tensor4d(series(32 * 32 * 64, 1), [1, 32, 32, 64]);
  const kernel: tf.Tensor4D = tf.tidy(() =>
    tf.mul(tf.tensor4d(series(9 * 64 * 64, 2), [3, 3, 64, 64]), 1 / 24),
  );
  const run = async (length: number) => {
    const start = performance.now();
    const last = tf.tidy(() => {
      let y = x;
      for (let i = 0; i < length; i++) y = tf.relu(tf.conv2d(y, kernel, 1, 'same'));
      return tf.max(y);
    });
    await last.data();
    last.dispose();
    return performance.now() - start;
  };
  try {
    await run(1); // compiles shaders
    let milliseconds = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 2; i++) {
      const one = await run(1);
      // So slow that the readback does not matter: no need to make the visitor wait for more.
      const chain = one > SLOW_MS ? one * CHAIN : (await run(1 + CHAIN)) - one;
      milliseconds = Math.min(milliseconds, Math.max(0.01, chain));
      if (one > SLOW_MS) break;
    }
    return { milliseconds, gigaflops: (CHAIN * CONV_FLOP) / milliseconds / 1e6 };
  } finally {
    tf.dispose([x, kernel]);
  }
}
