/**
 * Average precision when images count more than once: what a bootstrap asks ten thousand times.
 * A class is prepared once, best score first. Only right detections raise the curve, and wrong
 * ones behind the last right one change nothing, so what is kept is a list of right detections
 * and, before each, how many wrong ones every image adds. With every image counting once this is
 * COCO's AP, to the last bit: the same thresholds, the same order of operations.
 */
import { linspace } from './params.ts';

/** One class, ready to be scored with any weights of the images. */
export interface RankedClass {
  /** `[right]`: the image of each right detection, best score first */
  readonly rightImages: Int32Array;
  /** `[right + 1]`: the wrong ones between the right ones r - 1 and r begin at `offsets[r]` */
  readonly offsets: Int32Array;
  /** images and numbers of wrong detections, an image once between two right ones */
  readonly wrongImages: Int32Array;
  readonly wrongCounts: Int32Array;
  /** `[right]`: scratch, right ones found up to each and the precision there */
  readonly found: Float64Array;
  readonly precision: Float64Array;
}

/** A class and, for every image, how many objects of it there are to find. */
export interface ScoredClass {
  readonly ranked: RankedClass;
  /** `[images]` */
  readonly objects: Int32Array;
}

/** COCO's recalls: 0, 0.01 ... 1. */
const RECALLS = linspace(0, 1, 101);

/**
 * Prepares a class.
 *
 * @param images the index of the image of each detection, best score first
 * @param right 1 for a right detection, 0 for a wrong one, in the same order
 */
export function rankClass(images: ArrayLike<number>, right: ArrayLike<number>): RankedClass {
  const rightImages: number[] = [];
  const offsets = [0];
  const wrongImages: number[] = [];
  const wrongCounts: number[] = [];
  let between = new Map<number, number>();
  for (let at = 0; at < right.length; at++) {
    const image = images[at] as number;
    if (!right[at]) {
      between.set(image, (between.get(image) ?? 0) + 1);
      continue;
    }
    wrongImages.push(...between.keys());
    wrongCounts.push(...between.values());
    between = new Map();
    rightImages.push(image);
    offsets.push(wrongImages.length);
  }
  return {
    rightImages: Int32Array.from(rightImages),
    offsets: Int32Array.from(offsets),
    wrongImages: Int32Array.from(wrongImages),
    wrongCounts: Int32Array.from(wrongCounts),
    found: new Float64Array(rightImages.length),
    precision: new Float64Array(rightImages.length),
  };
}

/**
 * Precision of one class at each recall, made to fall monotonically.
 *
 * @param weights `[images]`: how often each image counts, whole numbers of 0 or more
 * @param positives objects to find, each as often as its image counts; above 0
 * @param out as many numbers as there are `recalls`; written
 */
export function precisionAtRecalls(
  { rightImages, offsets, wrongImages, wrongCounts, found, precision }: RankedClass,
  weights: Int32Array,
  positives: number,
  out: Float64Array,
  recalls: readonly number[] = RECALLS,
): void {
  let right = 0;
  let wrong = 0;
  for (let r = 0; r < rightImages.length; r++) {
    const end = offsets[r + 1] as number;
    for (let w = offsets[r] as number; w < end; w++) {
      wrong += (weights[wrongImages[w] as number] as number) * (wrongCounts[w] as number);
    }
    right += weights[rightImages[r] as number] as number;
    found[r] = right;
    // numpy's spacing(1), as pycocotools adds it. The copies of a right detection count as one
    // step: among them precision only rises, so the curve's hull is the last one's.
    precision[r] = right / (right + wrong + Number.EPSILON);
  }
  let best = 0;
  let step = recalls.length - 1;
  for (let r = rightImages.length - 1; r >= 0; r--) {
    const recall = (found[r] as number) / positives;
    while (step >= 0 && (recalls[step] as number) > recall) out[step--] = best;
    best = Math.max(best, precision[r] as number);
  }
  while (step >= 0) out[step--] = best;
}

const row = new Float64Array(RECALLS.length);

/** COCO's AP of one class (mean precision over the 101 recalls); -1 without objects. */
export function weightedAp(scored: ScoredClass, weights: Int32Array): number {
  return weightedMeanAp([scored], weights);
}

/**
 * COCO's mean AP: over recalls and over the classes that have objects in the images that count;
 * -1 where none has.
 *
 * @param weights `[images]`: how often each image counts
 */
export function weightedMeanAp(classes: readonly ScoredClass[], weights: Int32Array): number {
  let sum = 0;
  let count = 0;
  for (const { ranked, objects } of classes) {
    let positives = 0;
    for (let image = 0; image < objects.length; image++) {
      positives += (objects[image] as number) * (weights[image] as number);
    }
    if (positives === 0) continue;
    precisionAtRecalls(ranked, weights, positives, row);
    for (let step = 0; step < row.length; step++) sum += row[step] as number;
    count += row.length;
  }
  return count === 0 ? -1 : sum / count;
}

/**
 * The paper's weighted average: the AP of each class that has objects, weighted by how many there are in
 * the images that count; -1 where none has.
 *
 * @param weights `[images]`: how often each image counts
 */
export function instanceWeightedAp(classes: readonly ScoredClass[], weights: Int32Array): number {
  let sum = 0;
  let total = 0;
  for (const one of classes) {
    const ap = weightedAp(one, weights);
    if (ap < 0) continue;
    const positives = one.objects.reduce((all, count, image) => {
      return all + count * (weights[image] as number);
    }, 0);
    sum += positives * ap;
    total += positives;
  }
  return total === 0 ? -1 : sum / total;
}
