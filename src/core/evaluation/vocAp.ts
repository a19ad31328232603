/**
 * VOC average precision at IoU 0.5, the paper's metric, by the rules of the VOC devkit's
 * `VOCevaldet`: along one class, best score first over all images, each detection belongs to the
 * object it overlaps most; the first one to reach IoU 0.5 with an object is right, every further
 * one is wrong, and one that belongs to an object marked difficult is neither.
 *
 * Two differences, both for COCO's kind of data. Boxes are continuous (a box from 0 to 10 is 10
 * wide), not the devkit's inclusive whole pixels (11 wide). And VOC has no crowds: here a
 * detection that misses every object but lies at least half inside a crowd's box is neither
 * right nor wrong.
 */
import { type Cells, sortIntoCells } from './cells.ts';
import type { CocoAnnotation, CocoGroundTruth, CocoResult } from './cocoJson.ts';
import { overlap } from './overlap.ts';

export interface VocCategoryAp {
  readonly category_id: number;
  /** area under the curve (VOC 2010 and later); -1 without ground truth */
  readonly AP50: number;
  /** mean precision at recalls 0, 0.1 ... 1 (VOC 2007); -1 without ground truth */
  readonly AP50_11point: number;
}

export interface VocEvaluation {
  /** means over the classes that have ground truth; -1 when none has */
  readonly mAP50: number;
  readonly mAP50_11point: number;
  readonly perCategory: readonly VocCategoryAp[];
}

/** Recall and precision after each detection that counts, best score first; recall never falls. */
export interface PrecisionRecall {
  readonly recall: readonly number[];
  readonly precision: readonly number[];
}

/**
 * VOC AP of every class and their mean. Detections of classes or images that the ground truth
 * does not list are ignored; equal scores are taken in the order of the images' ids.
 *
 * @param iouThreshold in 0..1; the names of the results assume 0.5
 */
export function evaluateVoc(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  iouThreshold = 0.5,
): VocEvaluation {
  const cells = sortIntoCells(truth, results, true);
  const perCategory = cells.categoryIds.map((category_id, k): VocCategoryAp => {
    const curve = curveOfClass(cells, k, iouThreshold);
    if (!curve) return { category_id, AP50: -1, AP50_11point: -1 };
    return { category_id, AP50: areaUnder(curve), AP50_11point: elevenPoint(curve) };
  });
  return {
    mAP50: meanOfDefined(perCategory.map(({ AP50 }) => AP50)),
    mAP50_11point: meanOfDefined(perCategory.map(({ AP50_11point }) => AP50_11point)),
    perCategory,
  };
}

/** The curve of class number `k`, or undefined when it has nothing to find. */
function curveOfClass(cells: Cells, k: number, threshold: number): PrecisionRecall | undefined {
  const { truths, detections, ranking, annotations, images } = cells;
  const [first, end] = [k * images.length, (k + 1) * images.length];
  const objects = truths.members.subarray(truths.offsets[first], truths.offsets[end]);
  const isIgnored = (index: number) => {
    const { difficult, iscrowd } = annotations[index] as CocoAnnotation;
    return difficult || iscrowd;
  };
  const positives = objects.filter((index) => !isIgnored(index)).length;
  if (positives === 0) return undefined;

  const firstRow = detections.offsets[first] as number;
  const owners = new Int32Array((detections.offsets[end] as number) - firstRow);
  for (let cell = first; cell < end; cell++) findOwners(cells, cell, threshold, firstRow, owners);

  const found = new Set<number>();
  const recall: number[] = [];
  const precision: number[] = [];
  for (const row of ranking.members.subarray(ranking.offsets[k], ranking.offsets[k + 1])) {
    const owner = owners[row - firstRow] as number;
    if (owner !== NONE && isIgnored(owner)) continue;
    // A set: the second detection of an object adds to the false positives alone.
    if (owner !== NONE) found.add(owner);
    recall.push(found.size / positives);
    precision.push(found.size / (precision.length + 1));
  }
  return { recall, precision };
}

const NONE = -1;

/** For every detection of a cell, the index of the annotation it belongs to, or `NONE`. */
function findOwners(
  { truths, detections, annotations, results }: Cells,
  cell: number,
  threshold: number,
  firstRow: number,
  owners: Int32Array,
): void {
  const there = truths.members.subarray(truths.offsets[cell], truths.offsets[cell + 1]);
  const end = detections.offsets[cell + 1] as number;
  for (let row = detections.offsets[cell] as number; row < end; row++) {
    const { bbox } = results[detections.members[row] as number] as CocoResult;
    let owner = NONE;
    let most = 0;
    let crowd = NONE;
    for (const index of there) {
      const object = annotations[index] as CocoAnnotation;
      const share = overlap(bbox, object.bbox, object.iscrowd);
      if (object.iscrowd) {
        if (share >= threshold) crowd = index;
      } else if (share > most) {
        most = share;
        owner = index;
      }
    }
    owners[row - firstRow] = owner !== NONE && most >= threshold ? owner : crowd;
  }
}

/**
 * The devkit's `VOCap`: the area under the curve after precision is made to fall monotonically.
 */
export function areaUnder({ recall, precision }: PrecisionRecall): number {
  let area = 0;
  let best = 0;
  for (let i = recall.length - 1; i >= 0; i--) {
    best = Math.max(best, precision[i] as number);
    area += best * ((recall[i] as number) - (i > 0 ? (recall[i - 1] as number) : 0));
  }
  return area;
}

/** VOC 2007: the mean, over the recalls 0, 0.1 ... 1, of the best precision at or beyond each. */
export function elevenPoint({ recall, precision }: PrecisionRecall): number {
  let sum = 0;
  for (let step = 0; step <= 10; step++) {
    let best = 0;
    for (let i = recall.length - 1; i >= 0 && (recall[i] as number) >= step / 10; i--) {
      best = Math.max(best, precision[i] as number);
    }
    sum += best;
  }
  return sum / 11;
}

/** The mean of what is defined (0 or more); -1 where nothing is. */
export function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => value >= 0);
  if (defined.length === 0) return -1;
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
