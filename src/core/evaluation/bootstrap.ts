/**
 * How sure a figure is: the bootstrap over images. A test set is one draw of photos; drawing as
 * many from it again and again, with replacement, shows how far mAP50 would have come out
 * elsewhere. Two systems are compared on the same draws (paired), so that a hard photo is hard for
 * both and cancels. Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13:
 * the percentile interval.
 *
 * Seeds of one system are averaged inside of each draw, data sets are drawn each for itself and
 * averaged. Images are what is drawn; the spread between seeds is not part of the interval.
 *
 * A draw holds photos twice, and copies of a right detection lift the curve's hull: with few
 * objects and many wrong detections the interval of one mAP50 leans upwards. In a difference most
 * of that cancels.
 */
import type { Outcomes } from './outcomes.ts';
import { scoredClasses } from './outcomes.ts';
import { instanceWeightedAp, type ScoredClass, weightedMeanAp } from './weightedAp.ts';

/** Shares of 1. */
export interface Interval {
  /** on the images as they are */
  readonly estimate: number;
  /** the 2.5th and 97.5th percentile of the resamples */
  readonly low: number;
  readonly high: number;
}

export interface Difference extends Interval {
  /** the share of resamples in which the system is no better than the baseline */
  readonly atOrBelowZero: number;
}

/** Two systems on one data set, each with the outcomes of all its seeds. */
export interface Pair {
  readonly system: readonly Outcomes[];
  readonly baseline: readonly Outcomes[];
}

/** How the APs of the classes become one figure: all alike, or by their objects (the paper's Table II). */
const AVERAGES = { classes: weightedMeanAp, instances: instanceWeightedAp } as const;
export type Average = keyof typeof AVERAGES;

export const RESAMPLES = 10_000;
/** Any seed will do, but one and the same for everyone who asks. */
export const BOOTSTRAP_SEED = 1;

/**
 * mAP50 with its 95 % interval.
 *
 * @param sets for each data set the outcomes of every seed; the sets' figures are averaged
 * @param random uniform numbers in [0, 1); seed it, and the interval can be had again
 * @throws RangeError when there is nothing to score, or seeds are of different images
 */
export function bootstrapInterval(
  sets: readonly (readonly Outcomes[])[],
  random: () => number,
  resamples = RESAMPLES,
): Interval {
  return intervalOf(
    resample(
      sets.map((seeds) => prepare(seeds)),
      ([mean = 0]) => mean,
      random,
      resamples,
    ),
  );
}

/**
 * mAP50 of a system less that of a baseline, on the same draws, with its 95 % interval. An
 * interval above 0 is what "better" may be claimed on.
 *
 * @param sets one pair for each data set; the sets' differences are averaged
 * @param random uniform numbers in [0, 1)
 * @throws RangeError when there is nothing to score, or systems are of different images
 */
export function bootstrapDifference(
  sets: readonly Pair[],
  random: () => number,
  resamples = RESAMPLES,
): Difference {
  const prepared = sets.map(({ system, baseline }) => prepare(system, baseline));
  const difference = ([system = 0, baseline = 0]: readonly number[]) => system - baseline;
  return withShareBelow(resample(prepared, difference, random, resamples));
}

/** A figure on the images as they are, and on every draw. */
export interface Drawn {
  readonly estimate: number;
  /** `[resamples]` */
  readonly values: Float64Array;
}

/**
 * mAP50 of one system on one data set, draw by draw, the mean over its seeds. What is asked of many
 * systems is computed once for each: with the same random numbers the draws of a data set are the
 * same, and differences are paired.
 *
 * @param average over the classes
 * @throws RangeError when there is nothing to score, or seeds are of different images
 */
export function bootstrapDraws(
  seeds: readonly Outcomes[],
  random: () => number,
  resamples = RESAMPLES,
  average: Average = 'classes',
): Drawn {
  return resample([prepare(seeds)], ([mean = 0]) => mean, random, resamples, AVERAGES[average]);
}

/**
 * The difference of two systems from their draws, the mean over data sets.
 *
 * @param sets for each data set both systems' draws, made with the same random numbers
 */
export function differenceOfDraws(
  sets: readonly { readonly system: Drawn; readonly baseline: Drawn }[],
): Difference {
  const overSets = (of: (drawn: Drawn) => number) =>
    sets.reduce((sum, { system, baseline }) => sum + (of(system) - of(baseline)), 0) / sets.length;
  const length = Math.min(...sets.map(({ system }) => system.values.length));
  const values = new Float64Array(length).map((_, draw) =>
    overSets((drawn) => drawn.values[draw] as number),
  );
  return withShareBelow({ estimate: overSets(({ estimate }) => estimate), values });
}

function withShareBelow(drawn: Drawn): Difference {
  const below = drawn.values.reduce((count, value) => count + Number(value <= 0), 0);
  return { ...intervalOf(drawn), atOrBelowZero: below / drawn.values.length };
}

/** One data set: its images, and for each system the classes of every seed. */
interface PreparedSet {
  readonly images: number;
  /** `[images]`: objects of all classes */
  readonly objects: Int32Array;
  readonly systems: readonly (readonly (readonly ScoredClass[])[])[];
}

function prepare(...systems: (readonly Outcomes[])[]): PreparedSet {
  const [first, ...others] = systems.flat();
  if (!first || systems.some((seeds) => seeds.length === 0)) {
    throw new RangeError('A bootstrap needs the outcomes of at least one run for each system.');
  }
  if (others.some((other) => truthOf(other) !== truthOf(first))) {
    throw new RangeError(
      'A paired bootstrap needs outcomes of the same images and objects; these differ.',
    );
  }
  const objects = new Int32Array(first.images.length);
  for (const one of first.classes) {
    one.objects.forEach((count, image) => {
      (objects[image] as number) += count;
    });
  }
  if (objects.every((count) => count === 0)) {
    throw new RangeError('A bootstrap needs objects to find; the data set has none.');
  }
  return {
    images: first.images.length,
    objects,
    systems: systems.map((seeds) => seeds.map(scoredClasses)),
  };
}

/** What outcomes say of their ground truth, comparable. */
function truthOf({ images, classes, range }: Outcomes): string {
  const objects = classes.map((one) => [one.category_id, one.objects]);
  return JSON.stringify([images, objects, range]);
}

/** @param figure of one set, from the mean over seeds of each system's mAP50 */
function resample(
  sets: readonly PreparedSet[],
  figure: (means: readonly number[]) => number,
  random: () => number,
  resamples: number,
  average: (classes: readonly ScoredClass[], weights: Int32Array) => number = weightedMeanAp,
): Drawn {
  if (sets.length === 0) throw new RangeError('A bootstrap needs at least one data set.');
  const ofSet = ({ systems }: PreparedSet, weights: Int32Array) =>
    figure(
      systems.map((seeds) => {
        let sum = 0;
        for (const classes of seeds) sum += average(classes, weights);
        return sum / seeds.length;
      }),
    );
  const weights = sets.map(({ images }) => new Int32Array(images).fill(1));
  const overSets = () =>
    sets.reduce((sum, set, at) => sum + ofSet(set, weights[at] as Int32Array), 0) / sets.length;
  const estimate = overSets();
  const values = new Float64Array(resamples);
  for (let draw = 0; draw < resamples; draw++) {
    sets.forEach((set, at) => {
      drawImages(set, random, weights[at] as Int32Array);
    });
    values[draw] = overSets();
  }
  return { estimate, values };
}

/**
 * As many images as there are, with replacement; once more if none has an object to find.
 *
 * @param random uniform numbers in [0, 1)
 * @param weights `[images]`, filled with how often each image is drawn
 */
export function drawImages(
  { images, objects }: Pick<PreparedSet, 'images' | 'objects'>,
  random: () => number,
  weights: Int32Array,
): void {
  let positives = 0;
  while (positives === 0) {
    weights.fill(0);
    for (let i = 0; i < images; i++) {
      const image = Math.floor(random() * images);
      (weights[image] as number)++;
      positives += objects[image] as number;
    }
  }
}

/** The 95 % interval of a figure from its draws. */
export function intervalOf({ estimate, values }: Drawn): Interval {
  const sorted = values.toSorted();
  return { estimate, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/** Between two values in proportion, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
