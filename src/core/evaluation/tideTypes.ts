/**
 * What kind of error each wrong detection is: the definitions of TIDE (Bolya, Foley, Hays and
 * Hoffman, "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020, section
 * 2.2), and which missed object each could have found had it not erred.
 */
import { sortIntoCells } from './cells.ts';
import type { CocoAnnotation, CocoGroundTruth, CocoResult } from './cocoJson.ts';
import { IGNORED, matchCells, TRUE_POSITIVE } from './matching.ts';
import { overlap } from './overlap.ts';
import { COCO_PARAMS } from './params.ts';

/** In the paper's order; "missed" is of objects, the others of detections. */
export const TIDE_TYPES = [
  'classification',
  'localisation',
  'both',
  'duplicate',
  'background',
  'missed',
] as const;

export type TideType = (typeof TIDE_TYPES)[number];

/** A detection as AP sees it. */
export interface Point {
  readonly category_id: number;
  readonly score: number;
  readonly right: boolean;
}

export type WrongType = Exclude<TideType, 'missed'>;

export interface TypedDetection {
  readonly detection: CocoResult;
  /** undefined for a right one */
  readonly type: WrongType | undefined;
  /** what a wrong class or place would find without the error */
  readonly object: CocoAnnotation | undefined;
  /** how it counts; not at all when it lies in a crowd */
  readonly was: Point | undefined;
  /** how it counts without its error; not at all when the object has a better claimant */
  readonly mended: Point | undefined;
}

export interface TypedErrors {
  /** by image, best score first */
  readonly detections: readonly TypedDetection[];
  /** objects that count, those not found, and those of them no mended detection would find */
  readonly objects: readonly CocoAnnotation[];
  readonly unfound: readonly CocoAnnotation[];
  readonly missed: readonly CocoAnnotation[];
}

/** IoU from which a detection finds an object, and up to which it is on background (2.2). */
const FOREGROUND = 0.5;
const BACKGROUND = 0.1;
/** Of an image, over all classes: tidecv's limit, where COCO's is for each class. */
const MAX_DETECTIONS = 100;

/** Matches, and gives every wrong detection its type. */
export function typeErrors(truth: CocoGroundTruth, results: readonly CocoResult[]): TypedErrors {
  const whole = sortIntoCells(truth, results, false);
  const best = whole.images.map((_, image) => {
    const from = whole.detections.offsets[image] as number;
    const to = Math.min(from + MAX_DETECTIONS, whole.detections.offsets[image + 1] as number);
    return [...whole.detections.members.subarray(from, to)].map(
      (index) => results[index] as CocoResult,
    );
  });
  const { outcomeOf, found } = match(truth, best.flat());

  const typed: TypedDetection[] = [];
  const claimed = new Set<CocoAnnotation>();
  const objects: CocoAnnotation[] = [];
  best.forEach((detections, image) => {
    const { members, offsets } = whole.truths;
    const there = [...members.subarray(offsets[image], offsets[image + 1])]
      .map((index) => truth.annotations[index] as CocoAnnotation)
      .filter(({ iscrowd }) => !iscrowd);
    objects.push(...there);
    for (const detection of detections) {
      const { category_id, score } = detection;
      const outcome = outcomeOf.get(detection);
      if (outcome === TRUE_POSITIVE) {
        const point = { category_id, score, right: true };
        typed.push({ detection, type: undefined, object: undefined, was: point, mended: point });
        continue;
      }
      const { type, object } = typeOf(detection, there, found);
      const isFirst = object !== undefined && !found.has(object) && !claimed.has(object);
      if (isFirst) claimed.add(object);
      const was = outcome === IGNORED ? undefined : { category_id, score, right: false };
      const mended = isFirst ? { category_id: object.category_id, score, right: true } : undefined;
      typed.push({ detection, type, object, was, mended });
    }
  });
  const unfound = objects.filter((object) => !found.has(object));
  const missed = unfound.filter((object) => !claimed.has(object));
  return { detections: typed, objects, unfound, missed };
}

/** COCO's matching at the foreground IoU: each detection's outcome, and the objects found. */
function match(truth: CocoGroundTruth, detections: readonly CocoResult[]) {
  const cells = sortIntoCells(truth, detections, true);
  const { outcomes, found: flags } = matchCells(cells, {
    ...COCO_PARAMS,
    iouThresholds: [FOREGROUND],
    areaRanges: COCO_PARAMS.areaRanges.slice(0, 1),
    maxDets: [MAX_DETECTIONS],
  });
  const outcomeOf = new Map<CocoResult, number>();
  cells.detections.members.forEach((index, row) => {
    outcomeOf.set(detections[index] as CocoResult, outcomes[row] as number);
  });
  const found = new Set<CocoAnnotation>();
  cells.truths.members.forEach((index, place) => {
    if (flags[place]) found.add(truth.annotations[index] as CocoAnnotation);
  });
  return { outcomeOf, found };
}

/** The first type that fits, in tidecv's order, and the object it would find without the error. */
function typeOf(
  detection: CocoResult,
  there: readonly CocoAnnotation[],
  found: ReadonlySet<CocoAnnotation>,
): { type: WrongType; object?: CocoAnnotation } {
  const ofClass = (object: CocoAnnotation) => object.category_id === detection.category_id;
  const own = nearest(detection, there.filter(ofClass));
  const other = nearest(
    detection,
    there.filter((object) => !ofClass(object)),
  );
  if (own.object && own.iou >= BACKGROUND && own.iou <= FOREGROUND) {
    return { type: 'localisation', object: own.object };
  }
  if (other.object && other.iou >= FOREGROUND) {
    return { type: 'classification', object: other.object };
  }
  const taken = there.filter((object) => ofClass(object) && found.has(object));
  if (nearest(detection, taken).iou >= FOREGROUND) return { type: 'duplicate' };
  if (Math.max(own.iou, other.iou) <= BACKGROUND) return { type: 'background' };
  return { type: 'both' };
}

/** The object a detection overlaps most; of two equal ones the first. */
function nearest(
  { bbox }: CocoResult,
  objects: readonly CocoAnnotation[],
): { iou: number; object?: CocoAnnotation } {
  let iou = 0;
  let nearestObject: CocoAnnotation | undefined;
  for (const object of objects) {
    const value = overlap(bbox, object.bbox, false);
    if (value > iou) {
      iou = value;
      nearestObject = object;
    }
  }
  return nearestObject ? { iou, object: nearestObject } : { iou };
}
