/**
 * Fills the feature cache before a run, so that the run is all training: with a look at the disk
 * first, a bar, and an ear for Ctrl-C. What is there already is passed over.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tap } from '../../src/core/detection/vgg16.ts';
import { progressBar } from '../console.ts';
import { inOrder } from '../inOrder.ts';
import { lanesOf, startPool } from '../workers/pool.ts';
import { checkDiskSpace } from './checks.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto, TurnOrder } from './dataset.ts';
import { type FeatureCache, neededTaps } from './features.ts';
import { type View, viewName } from './viewGeometry.ts';
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

/** What the workers prepare themselves from, see workers/features.ts. */
export interface FeaturesSetup {
  /** the folder of all features */
  readonly cache: string;
  /** the trunk's model folder */
  readonly trunk: string;
}

/** Who else computes features. */
export interface FillWorkers extends Pick<FeaturesSetup, 'trunk'> {
  /** how many for so many views; 1 is the process itself */
  readonly count: (views: number) => number;
}

/**
 * Computes what the cache does not hold yet: the same files, whoever computes them.
 *
 * @param label what stands before the bar
 * @param workers left out, the process computes alone
 * @returns false when it was told to stop before the end; what was begun is then finished
 * @throws UserError as `FeatureCache.get`
 */
export async function fillCache(
  cache: FeatureCache,
  seen: readonly Seen[],
  shouldStop: () => boolean,
  label = 'Features',
  workers?: FillWorkers,
): Promise<boolean> {
  const missing = unique(seen).filter(({ photo, view, taps }) => {
    return cache.missingBytes(photo, view, taps) > 0;
  });
  if (missing.length === 0) return true;
  const count = workers?.count(missing.length) ?? 1;
  const pool = workers && count > 1 ? startWorkers(cache, workers.trunk, count) : undefined;
  const compute = async ({ photo, view, taps }: Seen) => {
    tf.dispose((await cache.get(photo, view, taps)) as tf.NamedTensorMap);
  };
  const progress = progressBar(missing.length, label);
  let stopped = false;
  try {
    const work = async (one: Seen) => {
      stopped ||= shouldStop();
      if (!stopped) await (pool?.run ?? compute)(one);
    };
    for await (const ended of inOrder(missing, lanesOf(count), work)) {
      if ('error' in ended) throw ended.error;
      if (!stopped) progress.tick();
    }
    return !stopped;
  } finally {
    progress.stop();
    await pool?.end();
  }
}

function startWorkers({ folder }: FeatureCache, trunk: string, count: number) {
  const setup: FeaturesSetup = { cache: folder, trunk };
  const script = new URL('../workers/features.ts', import.meta.url);
  return startPool<Seen, void>(script, setup, count);
}

/** Each view once. */
export function unique(seen: readonly Seen[]): Seen[] {
  const keyOf = ({ photo, view, taps }: Seen) => `${photo.key}@${viewName(view)} ${taps}`;
  return [...new Map(seen.map((one) => [keyOf(one), one])).values()];
}
