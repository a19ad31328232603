/**
 * Where AP is lost: TIDE's six types of error (Bolya et al., ECCV 2020), each weighed by dAP, the
 * AP50 that mending all errors of that type alone would add (section 2.3), and the dAP of all
 * false positives and of all false negatives.
 *
 * The rules are those of the reference implementation, tidecv 1.0.1, which differ from COCO's:
 * 100 detections of an image count over all classes, and a class without objects counts as AP 0
 * as long as something is detected of it. So `ap` here can differ from COCO's AP50.
 *
 * Differences from tidecv are in ties only. Equal scores keep one order, by image, then class id;
 * tidecv goes by the file's order and, once errors are mended, puts wrong detections first, so
 * that there mending nothing changes AP. Matching is COCO's (`matching.ts`): of two objects with
 * equal IoU the later, and a crowd counts from an IoU of 0.5 on, not above it. Detections of
 * classes that the ground truth does not list are left out, as everywhere in Loupe. Where mending
 * leaves no class at all tidecv divides by zero; here dAP is 0.
 */
import type { CocoAnnotation, CocoGroundTruth, CocoResult } from './cocoJson.ts';
import {
  type Point,
  TIDE_TYPES,
  type TideType,
  type TypedErrors,
  typeErrors,
} from './tideTypes.ts';
import { precisionAtRecalls, rankClass } from './weightedAp.ts';

export interface TideError {
  readonly type: TideType;
  /** detections with this error; of "missed", objects */
  readonly count: number;
  /** in 0..1 */
  readonly dAP: number;
}

export interface TideErrors {
  /** AP50 by tidecv's rules, in 0..1; -1 when there are neither objects nor detections */
  readonly ap: number;
  /** one for each of `TIDE_TYPES`, in their order */
  readonly errors: readonly TideError[];
  /** dAP with every wrong detection scored below every right one; in 0..1 */
  readonly falsePositives: number;
  /** dAP with every object that was not found taken away; in -1..1 */
  readonly falseNegatives: number;
}

/**
 * TIDE's errors of a detector at IoU 0.5 (background: 0.1).
 *
 * Detections of classes or images the ground truth does not list are ignored.
 */
export function tideErrors(truth: CocoGroundTruth, results: readonly CocoResult[]): TideErrors {
  const typed = typeErrors(truth, results);
  const { detections, objects, unfound, missed } = typed;
  const asTheyAre = mended(typed, undefined);
  const ap = meanAp(asTheyAre, objects);
  const errors = TIDE_TYPES.map((type): TideError => {
    const toFind = type === 'missed' ? without(objects, missed) : objects;
    return {
      type,
      count:
        type === 'missed'
          ? missed.length
          : detections.filter((detection) => detection.type === type).length,
      // As in tidecv: what falls below 0 comes of the 101 steps, or of a class that fell out.
      dAP: Math.max(0, meanAp(mended(typed, type), toFind) - ap),
    };
  });
  const certain = asTheyAre.map((point) => ({ ...point, score: Number(point.right) }));
  return {
    ap: detections.length + objects.length === 0 ? -1 : ap,
    errors,
    falsePositives: meanAp(certain, objects) - ap,
    falseNegatives: meanAp(asTheyAre, without(objects, unfound)) - ap,
  };
}

/** All detections that count, with the errors of one type mended. */
function mended({ detections }: TypedErrors, type: TideType | undefined): Point[] {
  return detections
    .map((detection) => (type && detection.type === type ? detection.mended : detection.was))
    .filter((point) => point !== undefined);
}

function without(objects: readonly CocoAnnotation[], gone: readonly CocoAnnotation[]) {
  const out = new Set(gone);
  return objects.filter((object) => !out.has(object));
}

/** tidecv's recalls: 0.35 is 35 / 100, where numpy's linspace, and COCO, are one bit above it. */
const RECALLS = Array.from({ length: 101 }, (_, step) => step / 100);

/** The weights when all detections are taken as of one image. */
const ONCE = Int32Array.of(1);

/** The mean over classes with objects or detections; 0 without any. */
function meanAp(points: readonly Point[], objects: readonly CocoAnnotation[]): number {
  const classes = new Set([...points, ...objects].map(({ category_id }) => category_id));
  const row = new Float64Array(RECALLS.length);
  let sum = 0;
  for (const category of classes) {
    const ofClass = ({ category_id }: { category_id: number }) => category_id === category;
    const positives = objects.filter(ofClass).length;
    if (positives === 0) continue;
    const ranked = points.filter(ofClass).sort((a, b) => b.score - a.score);
    const right = ranked.map((point) => Number(point.right));
    const ranks = rankClass(new Uint32Array(right.length), right);
    precisionAtRecalls(ranks, ONCE, positives, row, RECALLS);
    sum += row.reduce((total, value) => total + value, 0) / row.length;
  }
  return sum / Math.max(1, classes.size);
}
