/**
 * Choosing the sizes of an anchor set for a data set, in three ways: from the paper's theory, by
 * k-means, and by maximising best possible recall. Each gives as many sizes as were asked for; every
 * size has anchors in all the aspect ratios.
 */
import { kMeansSizes } from './kMeans.ts';
import { type PlacedBoxes, sideAt, thinned } from './placement.ts';
import { bestRecallSizes } from './recallFit.ts';
import { square } from './shapes.ts';
import { withoutRepeats } from './sizeGaps.ts';
import { both, largestAnchor, smallestMatchable, smallestShare } from './theory.ts';

export const FIT_METHODS = ['theory', 'k-means', 'recall'] as const;
export type FitMethod = (typeof FIT_METHODS)[number];

export interface FitOptions {
  readonly method: FitMethod;
  /** how many sizes */
  readonly count: number;
  /** height over width */
  readonly aspectRatios: readonly number[];
  /** IoU that a match needs */
  readonly threshold: number;
}

/** More objects than this tell nothing new about sizes, and take longer: the page and the command line alike. */
export const MOST_FITTED = 20_000;

/** Sizes that differ by less would be the same anchor twice. */
const LEAST_STEP = 1.02;

/**
 * Sizes of anchors for these objects.
 *
 * @param placed objects; of more than MOST_FITTED that many, evenly picked
 * @returns `count` sizes in pixels, rising and no two the same, to a tenth (by recall finer where a
 *   tenth would lose an object)
 * @throws RangeError when there are no objects, or no whole number of sizes above 0 is asked for
 */
export function fitSizes(placed: PlacedBoxes, options: FitOptions): number[] {
  const { method, count, aspectRatios, threshold } = options;
  if (placed.count === 0) throw new RangeError('There are no objects to fit anchors to.');
  if (!(Number.isInteger(count) && count > 0)) {
    throw new RangeError(`Anchors have a whole number of sizes above 0, not ${count}.`);
  }
  if (!(threshold > 0 && threshold < 1)) {
    throw new RangeError(`The IoU of a match is between 0 and 1, not ${threshold}.`);
  }
  const some = thinned(placed, MOST_FITTED);
  const theory = () => withoutRepeats(theorySizes(some, count, threshold).map(tenth));
  if (method === 'theory') return theory();
  const means = withoutRepeats(kMeansSizes(some, count, aspectRatios).map(tenth));
  if (method === 'k-means') return means;
  const best = bestRecallSizes(some, count, aspectRatios, threshold, [means, theory()]);
  return best.length > 0 ? withoutRepeats(best) : means;
}

/** Where the histogram's bulk begins and ends: a stray box is no reason for an anchor. */
const [FIRST, LAST] = [0.05, 0.95];

/**
 * The paper's way (section 3.1): the first anchor is the largest that the smallest objects can be
 * matched with (equation 2), each next one is larger by the factor that equation 2 bounds, so that
 * no size of object falls between two of them.
 *
 * The smallest objects are those where the histogram of sizes begins (its 5th percentile), but none
 * smaller than any anchor can reach at a quarter of a stride, which is the mean distance to a centre.
 * Where the asked number of sizes would go beyond the histogram, they stand closer together.
 *
 * @returns sizes in pixels, rising
 */
export function theorySizes(placed: PlacedBoxes, count: number, threshold: number): number[] {
  const sides = Float64Array.from({ length: placed.count }, (_, i) => sideAt(placed, i)).sort();
  const quantile = (share: number) => sides[Math.floor(share * (sides.length - 1))] as number;
  const reachable = smallestMatchable(both(placed.stride / 4), threshold);
  const smallest = Math.max(quantile(FIRST), reachable);
  const share = smallestShare(threshold);
  const first = largestAnchor(square(smallest), both(0), threshold) as number;
  // The smallest anchor that the largest objects can be matched with: the bound from the other side.
  const last = quantile(LAST) * share;
  const needed = count > 1 ? (last / first) ** (1 / (count - 1)) : 1;
  const factor = Math.max(LEAST_STEP, Math.min(needed, 1 / share));
  return Array.from({ length: count }, (_, k) => first * factor ** k);
}

/** A size of a tenth at the least: none is no anchor. */
const tenth = (size: number) => Math.max(1, Math.round(10 * size)) / 10;
