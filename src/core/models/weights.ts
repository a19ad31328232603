/**
 * The weights of a model: tensors by name, `conv1_1/kernel`, `conv1_1/bias`, `rpn_conv/kernel` and
 * so on. Networks here are functions of such a bag, so the same code runs on weights that were
 * loaded, are being trained (variables), or were made up by a test.
 */
import type * as tf from '@tensorflow/tfjs-core';

export type WeightMap = ReadonlyMap<string, tf.Tensor>;

/** The tensor of that name; an Error that says which one is missing otherwise. */
export function requireWeight(weights: WeightMap, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (!tensor) {
    throw new Error(`The model has no weights named "${name}"; convert or train it again.`);
  }
  return tensor;
}
