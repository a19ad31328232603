/**
 * Numbers to try kernels with: without a pattern that an index gone wrong would not disturb.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A tensor of numbers between -scale and scale; the seed tells one from another. */
export function waves(shape: number[], seed: number, scale: number): tf.Tensor {
  const length = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length }, (_, i) => scale * Math.sin(i * i * 0.37 + i * seed));
  return tf.tensor(values, shape);
}
