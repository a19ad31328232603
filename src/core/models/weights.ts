/**
 * The weights of a model: tensors by name ('conv1_1/kernel', 'conv1_1/bias', 'fc6/kernel', ...). Convolution kernels are
 * `[height, width, inputs, filters]`, dense kernels `[inputs, units]`, biases `[filters]`, all float32.
 */
import type * as tf from '@tensorflow/tfjs-core';

export type WeightMap = ReadonlyMap<string, tf.Tensor>;
