/**
 * What became of every detection at IoU 0.5, by COCO's rules: matched once, kept as plain JSON.
 * AP, intervals and precision-recall curves of a run are computed from this alone, long after its
 * boxes and photos are gone.
 *
 * A detection's place in its list is its rank: scores are rounded for the file and are only for
 * reading. Detections that COCO ignores (on crowds, on objects outside of the range, unmatched
 * and themselves outside of it, or behind the best 100 of their class and image) are left out.
 */
import { sortIntoCells } from './cells.ts';
import type { CocoGroundTruth, CocoResult, ImageId } from './cocoJson.ts';
import { IGNORED, matchCells, TRUE_POSITIVE } from './matching.ts';
import { type AreaRange, COCO_AREA_RANGES, COCO_PARAMS } from './params.ts';
import { meanOfDefined } from './vocAp.ts';
import { rankClass, type ScoredClass, weightedAp, weightedMeanAp } from './weightedAp.ts';

/** The detections of one class, best score first over all images, and what there was to find. */
export interface ClassOutcomes {
  readonly category_id: number;
  readonly name: string;
  /** `[images]`: objects that count */
  readonly objects: readonly number[];
  /** `[detections]`: the place of each one's image in `Outcomes.images` */
  readonly images: readonly number[];
  /** `[detections]`: in six digits; falling */
  readonly scores: readonly number[];
  /** `[detections]`: 1 for right, 0 for wrong */
  readonly right: readonly number[];
}

export interface Outcomes {
  readonly range: AreaRange;
  /** ids, rising */
  readonly images: readonly ImageId[];
  /** by rising id */
  readonly classes: readonly ClassOutcomes[];
}

const [ALL_AREAS] = COCO_AREA_RANGES as [AreaRange];

/**
 * Matches results with a ground truth at IoU 0.5, the best of each image and class.
 *
 * @param range counts only objects of this size; all when left out
 * @param maxDets how many of each image and class; COCO's 100 when left out
 * @throws RangeError when a range in shares of the image meets an image without a size
 */
export function outcomesOf(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  range: AreaRange = ALL_AREAS,
  maxDets = COCO_PARAMS.maxDets.at(-1) as number,
): Outcomes {
  const cells = sortIntoCells(truth, results, true);
  const { outcomes, ranks, positives } = matchCells(cells, {
    ...COCO_PARAMS,
    iouThresholds: [0.5],
    areaRanges: [range],
    maxDets: [maxDets],
  });
  const imageOf = new Map(cells.images.map(({ id }, index) => [id, index]));
  const names = new Map(truth.categories.map(({ id, name }) => [id, name]));
  const classes = cells.categoryIds.map((category_id, k): ClassOutcomes => {
    const images: number[] = [];
    const scores: number[] = [];
    const right: number[] = [];
    const { members, offsets } = cells.ranking;
    for (const row of members.subarray(offsets[k], offsets[k + 1])) {
      if ((ranks[row] as number) >= maxDets || outcomes[row] === IGNORED) continue;
      const { image_id, score } = cells.results[
        cells.detections.members[row] as number
      ] as CocoResult;
      images.push(imageOf.get(image_id) as number);
      scores.push(Number(score.toPrecision(6)));
      right.push(Number(outcomes[row] === TRUE_POSITIVE));
    }
    const first = k * cells.images.length;
    const objects = [...positives.subarray(first, first + cells.images.length)];
    return { category_id, name: names.get(category_id) as string, objects, images, scores, right };
  });
  return { range, images: cells.images.map(({ id }) => id), classes };
}

/** The classes of an evaluation, ready for `weightedMeanAp`. */
export function scoredClasses({ classes }: Outcomes): ScoredClass[] {
  return classes.map(({ objects, images, right }) => ({
    objects: Int32Array.from(objects),
    ranked: rankClass(images, right),
  }));
}

/** COCO's AP50 over all classes that have objects, in 0..1; -1 where none has. */
export function meanAp50(outcomes: Outcomes): number {
  return weightedMeanAp(scoredClasses(outcomes), once(outcomes));
}

/** COCO's AP50 of each class, in 0..1; -1 without objects. */
export function ap50PerClass(outcomes: Outcomes): number[] {
  const weights = once(outcomes);
  return scoredClasses(outcomes).map((scored) => weightedAp(scored, weights));
}

/** The share of objects found by the end, the mean over classes that have any; -1 where none has. */
export function meanRecall({ classes }: Outcomes): number {
  return meanOfDefined(
    classes.map(({ objects, right }) => {
      const positives = sumOf(objects);
      return positives === 0 ? -1 : sumOf(right) / positives;
    }),
  );
}

/** How many objects of all classes count. */
export function objectCount({ classes }: Outcomes): number {
  return sumOf(classes.map(({ objects }) => sumOf(objects)));
}

/** Every image counts once. */
function once({ images }: Outcomes): Int32Array {
  return new Int32Array(images.length).fill(1);
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
