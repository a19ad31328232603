/**
 * A model before its weights have arrived: tensors of the sizes that its manifest names, all zeros. A
 * network can be put together from them and gone through where only that matters, as for its shaders.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedModel } from './loader.ts';
import type { Manifest } from './manifest.ts';

/** @returns to be disposed of, as a model that was loaded */
export function outlineOf(manifest: Manifest): LoadedModel {
  const weights = new Map<string, tf.Tensor>();
  for (const { name, shape } of manifest.groups.flatMap((group) => group.weights)) {
    weights.set(name, tf.fill(shape, 0));
  }
  return {
    manifest,
    weights,
    dispose() {
      tf.dispose([...weights.values()]);
      weights.clear();
    },
  };
}
