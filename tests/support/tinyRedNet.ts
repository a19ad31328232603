/**
 * A RED-Net with random weights and few channels, as a model folder would hold them.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type RedNetConfig, redNetLayers } from '../../src/core/superResolution/redNet.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';

export const TINY_RED_NET: RedNetConfig = {
  network: 'red-net',
  depth: 6,
  channels: 4,
  scales: [2, 3, 4],
};

/** Kernels in the stored layout; the caller's to dispose. */
export function tinyRedNetWeights(config = TINY_RED_NET, seed = 5): Map<string, tf.Tensor> {
  const weights = new Map<string, tf.Tensor>();
  const random = seededRandom(seed);
  for (const { name, inputs, filters, transposed } of redNetLayers(config)) {
    const sides = transposed ? [filters, inputs] : [inputs, filters];
    const kernel = normalArray(9 * inputs * filters, Math.sqrt(1 / (9 * inputs)), random);
    weights.set(`${name}/kernel`, tf.tensor(kernel, [3, 3, ...sides]));
    weights.set(`${name}/bias`, tf.tensor1d(normalArray(filters, 2, random)));
  }
  return weights;
}
