/** A worker that computes features of the frozen trunk and keeps them in the cache. */
import * as tf from '@tensorflow/tfjs-core';
import { loadModel } from '../../src/core/models/loader.ts';
import { FeatureCache } from '../detector/features.ts';
import type { FeaturesSetup, Seen } from '../detector/fillCache.ts';
import { createFileSource } from '../fileSource.ts';
import { member } from './member.ts';

export default member<FeaturesSetup, Seen, void>(async ({ cache: folder, trunk }) => {
  const cache = FeatureCache.of(folder, await loadModel(createFileSource(trunk)));
  return async ({ photo, view, taps }) => {
    tf.dispose((await cache.get(photo, view, taps)) as tf.NamedTensorMap);
  };
});
