/**
 * Tensors by name to numbers that a checkpoint or a model folder can hold, and back.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorData } from './readers/safetensors.ts';

/** Their numbers. */
export async function numbersOf(
  tensors: Iterable<readonly [name: string, tensor: tf.Tensor]>,
): Promise<Map<string, TensorData>> {
  const numbers = new Map<string, TensorData>();
  for (const [name, tensor] of tensors) {
    numbers.set(name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array });
  }
  return numbers;
}

/**
 * A tensor of a checkpoint, the caller's to dispose.
 * @throws Error when it is not there
 */
export function tensorFrom(state: ReadonlyMap<string, TensorData>, name: string): tf.Tensor {
  const entry = state.get(name);
  if (!entry) throw new Error(`The checkpoint holds no "${name}"; it is of another config.`);
  return tf.tensor(entry.data, [...entry.shape]);
}

/**
 * Gives variables the values that a checkpoint holds under their names.
 * @throws Error where one is missing or of another shape
 */
export function restoreVariables(
  variables: Iterable<readonly [name: string, variable: tf.Variable]>,
  state: ReadonlyMap<string, TensorData>,
): void {
  for (const [name, variable] of variables) {
    const value = tensorFrom(state, name);
    variable.assign(value);
    value.dispose();
  }
}
