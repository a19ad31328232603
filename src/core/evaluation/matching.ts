/**
 * Who found what: pycocotools' `computeIoU` and `evaluateImg` for boxes. Inside each cell (one
 * class, one image) the detections choose, best score first, the free ground truth they overlap
 * most; a match with an ignored one (crowd, or outside of the area range) makes the detection
 * ignored too, and so does lying unmatched outside of the range.
 *
 * COCO asks this of every cell forty times (ten thresholds, four ranges), so the inner loops
 * allocate nothing and pass over detections that overlap nothing enough.
 */
import type { Cells } from './cells.ts';
import { type CocoAnnotation, type CocoImage, type CocoResult, hasSize } from './cocoJson.ts';
import { overlap } from './overlap.ts';
import type { AreaRange, CocoParams } from './params.ts';

export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
export const IGNORED = 2;

/** What became of every detection, for each area range and IoU threshold. */
export interface Matches {
  /** `[areaRanges, iouThresholds, rows]`: a row is a place in `cells.detections.members` */
  readonly outcomes: Uint8Array;
  /** `[areaRanges, iouThresholds, objects]`: 1 where a place in `cells.truths.members` was found */
  readonly found: Uint8Array;
  /** `[rows]`: 0 for the best scored detection of its cell, 1 for the next ... */
  readonly ranks: Uint32Array;
  /** `[cells, areaRanges]`: ground truth that counts */
  readonly positives: Uint32Array;
}

/**
 * Matches every cell.
 *
 * @throws RangeError when a range in shares of the image meets an image without a size
 */
export function matchCells(cells: Cells, params: CocoParams): Matches {
  const { truths, detections, images, categoryIds } = cells;
  const { areaRanges, iouThresholds, maxDets } = params;
  refuseSizeless(images, areaRanges);
  const rows = detections.members.length;
  const limit = maxDets.at(-1) ?? 0;
  const outcomes = new Uint8Array(areaRanges.length * iouThresholds.length * rows);
  const objects = truths.members.length;
  const found = new Uint8Array(areaRanges.length * iouThresholds.length * objects);
  const ranks = new Uint32Array(rows);
  const positives = new Uint32Array(categoryIds.length * images.length * areaRanges.length);

  for (let number = 0; number < categoryIds.length * images.length; number++) {
    const first = detections.offsets[number] as number;
    const end = detections.offsets[number + 1] as number;
    for (let row = first; row < end; row++) ranks[row] = row - first;
    const there = pick(cells.annotations, truths.members, truths.offsets, number);
    const made = pick(cells.results, detections.members, detections.offsets, number, limit);
    if (there.length + made.length === 0) continue;

    const cell = overlapsOf(made, there);
    const firstObject = truths.offsets[number] as number;
    const { width = Number.NaN, height = Number.NaN } = images[number % images.length] ?? {};
    for (let a = 0; a < areaRanges.length; a++) {
      const view = throughRange(cell, areaRanges[a] as AreaRange, width * height);
      positives[number * areaRanges.length + a] = view.regular.length;
      for (let t = 0; t < iouThresholds.length; t++) {
        const plane = a * iouThresholds.length + t;
        matchCell(cell, view, iouThresholds[t] as number, outcomes, plane * rows + first);
        found.set(cell.taken, plane * objects + firstObject);
      }
    }
  }
  return { outcomes, found, ranks, positives };
}

function refuseSizeless(images: readonly CocoImage[], areaRanges: readonly AreaRange[]): void {
  if (areaRanges.every(({ unit }) => unit === 'pixels')) return;
  const bare = images.find((image) => !hasSize(image));
  if (!bare) return;
  throw new RangeError(
    `Image ${bare.id} has no "width" and "height", which areas in shares of the image need.`,
  );
}

function pick<T>(
  list: readonly T[],
  members: Uint32Array,
  offsets: Uint32Array,
  cell: number,
  limit = Number.POSITIVE_INFINITY,
): T[] {
  const from = offsets[cell] as number;
  const to = Math.min(offsets[cell + 1] as number, from + limit);
  const picked: T[] = [];
  for (let at = from; at < to; at++) picked.push(list[members[at] as number] as T);
  return picked;
}

/** The detections and objects of one class in one image, and how much they overlap. */
interface Cell {
  readonly found: readonly CocoResult[];
  readonly there: readonly CocoAnnotation[];
  /** `[found, there]` */
  readonly overlaps: Float64Array;
  /** `[found]`: the largest overlap of each detection */
  readonly largest: Float64Array;
  /** `[there]`: scratch, which objects have been found */
  readonly taken: Uint8Array;
}

function overlapsOf(found: readonly CocoResult[], there: readonly CocoAnnotation[]): Cell {
  const overlaps = new Float64Array(found.length * there.length);
  const largest = new Float64Array(found.length);
  for (let i = 0; i < found.length; i++) {
    const { bbox } = found[i] as CocoResult;
    for (let j = 0; j < there.length; j++) {
      const object = there[j] as CocoAnnotation;
      const value = overlap(bbox, object.bbox, object.iscrowd);
      overlaps[i * there.length + j] = value;
      if (value > (largest[i] as number)) largest[i] = value;
    }
  }
  return { found, there, overlaps, largest, taken: new Uint8Array(there.length) };
}

/** A cell as one area range sees it. */
interface View {
  /** objects that count, and those that do not: crowds and what is outside of the range */
  readonly regular: readonly number[];
  readonly ignored: readonly number[];
  /** `[found]`: what each detection is if it matches nothing */
  readonly unmatched: Uint8Array;
}

function throughRange({ found, there }: Cell, range: AreaRange, imageArea: number): View {
  const scale = range.unit === 'pixels' ? 1 : imageArea;
  const min = range.min * scale;
  const max = range.max * scale;
  const regular: number[] = [];
  const ignored: number[] = [];
  for (let j = 0; j < there.length; j++) {
    const { bbox, iscrowd, area: outlined } = there[j] as CocoAnnotation;
    // A share of the picture is the box's: a thin outline does not make a large box small.
    const area = range.unit === 'image' ? bbox[2] * bbox[3] : outlined;
    (iscrowd || area < min || area > max ? ignored : regular).push(j);
  }
  const unmatched = new Uint8Array(found.length);
  for (let i = 0; i < found.length; i++) {
    const { bbox } = found[i] as CocoResult;
    const area = bbox[2] * bbox[3];
    unmatched[i] = area < min || area > max ? IGNORED : FALSE_POSITIVE;
  }
  return { regular, ignored, unmatched };
}

/** Greedy matching of one cell at one threshold; writes an outcome per detection from `start`. */
function matchCell(
  { found, there, overlaps, largest, taken }: Cell,
  { regular, ignored, unmatched }: View,
  threshold: number,
  outcomes: Uint8Array,
  start: number,
): void {
  taken.fill(0);
  // pycocotools' guard: at a threshold of 1 an exact box still counts.
  const least = Math.min(threshold, 1 - 1e-10);
  for (let i = 0; i < found.length; i++) {
    let outcome = unmatched[i] as number;
    if ((largest[i] as number) >= least) {
      const row = i * there.length;
      const match = bestOf(regular, overlaps, row, least, taken, undefined);
      if (match >= 0) {
        taken[match] = 1;
        // pycocotools marks a match by the annotation's id, so a match with id 0 reads as none.
        // Kept, so that numbers compare; the command line warns of such an id.
        if (there[match]?.id !== 0) outcome = TRUE_POSITIVE;
      } else {
        const other = bestOf(ignored, overlaps, row, least, taken, there);
        if (other >= 0) {
          taken[other] = 1;
          outcome = IGNORED;
        }
      }
    }
    outcomes[start + i] = outcome;
  }
}

/**
 * The free candidate with the largest overlap of at least `least`, or -1. Of two equal ones
 * pycocotools takes the later. With `there` crowds are free however often they were found.
 */
function bestOf(
  candidates: readonly number[],
  overlaps: Float64Array,
  row: number,
  least: number,
  taken: Uint8Array,
  there: readonly CocoAnnotation[] | undefined,
): number {
  let best = least;
  let match = -1;
  for (let c = 0; c < candidates.length; c++) {
    const j = candidates[c] as number;
    const value = overlaps[row + j] as number;
    if (value >= best && (taken[j] === 0 || there?.[j]?.iscrowd)) {
      best = value;
      match = j;
    }
  }
  return match;
}
