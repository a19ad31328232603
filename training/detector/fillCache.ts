/**
 * Fills the feature cache before a run, so that the run is all training: with a look at the disk
 * first, a bar, and an ear for Ctrl-C. What is there already is passed over.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tap } from '../../src/core/detection/vgg16.ts';
import { progressBar } from '../console.ts';
import { checkDiskSpace } from './checks.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto, TurnOrder } from './dataset.ts';
import { type FeatureCache, neededTaps } from './features.ts';
import type { View } from './viewGeometry.ts';
import { chooseView } from './views.ts';

/** A photo as it will be seen, and the taps that are wanted of it. */
export interface Seen {
  readonly photo: TrainingPhoto;
  readonly view: View;
  readonly taps: readonly Tap[];
}

/** Everything that a training will look at, in the order of its turns. */
export function viewsOfRun(config: TrainingConfig, order: TurnOrder): Seen[] {
  // A photo without a view of its own is mirrored every other epoch: two epochs see all.
  const epochs = config.flips && !config.views ? 2 : 1;
  const turns = Math.min(epochs * order.turnsPerEpoch, config.iterations);
  const taps = neededTaps(config);
  return Array.from({ length: turns }, (_, step) => {
    const turn = order.turn(step);
    return { photo: turn.photo, view: chooseView(turn, config), taps };
  });
}

/** Whole photos as a detector sees them when it is scored. */
export function wholePhotos(photos: readonly TrainingPhoto[], config: TrainingConfig): Seen[] {
  const view = { longSide: config.detector.workingSize, flip: false };
  const taps = neededTaps(config);
  return photos.map((photo) => ({ photo, view, taps }));
}

/**
 * Whether the disk can hold what is not cached yet.
 * @param what to call it in the refusal, such as "The features of table-1"
 * @throws UserError
 */
export function checkCacheSpace(cache: FeatureCache, seen: readonly Seen[], what: string): void {
  const bytes = seen.reduce(
    (sum, { photo, view, taps }) => sum + cache.missingBytes(photo, view, taps),
    0,
  );
  checkDiskSpace(cache.folder, bytes, what);
}

/**
 * Computes what the cache does not hold yet.
 *
 * @param label what stands before the bar
 * @returns false when it was told to stop before the end
 * @throws UserError as `FeatureCache.get`
 */
export async function fillCache(
  cache: FeatureCache,
  seen: readonly Seen[],
  shouldStop: () => boolean,
  label = 'Features',
): Promise<boolean> {
  const missing = seen.filter(({ photo, view, taps }) => {
    return cache.missingBytes(photo, view, taps) > 0;
  });
  if (missing.length === 0) return true;
  const progress = progressBar(missing.length, label);
  try {
    for (const { photo, view, taps } of missing) {
      if (shouldStop()) return false;
      tf.dispose((await cache.get(photo, view, taps)) as tf.NamedTensorMap);
      progress.tick();
    }
    return true;
  } finally {
    progress.stop();
  }
}
