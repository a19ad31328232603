/**
 * Who found what: pycocotools' `computeIoU` and `evaluateImg` for boxes. Inside each cell (one
 * class, one image) the detections choose, best score first, the free ground truth they overlap
 * most; a match with an ignored one (crowd, or outside of the area range) makes the detection
 * ignored too, and so does lying unmatched outside of the range.
 */
import type { Cells } from './cells.ts';
import type { CocoAnnotation, CocoResult } from './cocoJson.ts';
import type { AreaRange, CocoParams } from './params.ts';

export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
export const IGNORED = 2;

/** What became of every detection, for each area range and IoU threshold. */
export interface Matches {
  /** `[areaRanges, iouThresholds, rows]`: a row is a place in `cells.detections.members` */
  readonly outcomes: Uint8Array;
  /** `[rows]`: 0 for the best scored detection of its cell, 1 for the next ... */
  readonly ranks: Uint32Array;
  /** `[classes, areaRanges]`: ground truth that counts */
  readonly positives: Uint32Array;
}

/** Matches every cell. */
export function matchCells(cells: Cells, params: CocoParams): Matches {
  const { truths, detections, images, categoryIds } = cells;
  const { areaRanges, iouThresholds, maxDets } = params;
  const rows = detections.members.length;
  const limit = maxDets.at(-1) ?? 0;
  const outcomes = new Uint8Array(areaRanges.length * iouThresholds.length * rows).fill(IGNORED);
  const ranks = new Uint32Array(rows);
  const positives = new Uint32Array(categoryIds.length * areaRanges.length);

  for (let cell = 0; cell < categoryIds.length * images.length; cell++) {
    const firstTruth = truths.offsets[cell] as number;
    const endTruth = truths.offsets[cell + 1] as number;
    const first = detections.offsets[cell] as number;
    const end = detections.offsets[cell + 1] as number;
    if (firstTruth === endTruth && first === end) continue;
    const found: CocoResult[] = [];
    for (let row = first; row < end; row++) {
      ranks[row] = row - first;
      if (row - first < limit) {
        found.push(cells.results[detections.members[row] as number] as CocoResult);
      }
    }
    const there: CocoAnnotation[] = [];
    for (let at = firstTruth; at < endTruth; at++) {
      there.push(cells.annotations[truths.members[at] as number] as CocoAnnotation);
    }
    const ious = overlaps(found, there);
    const { width = Number.NaN, height = Number.NaN } = images[cell % images.length] ?? {};
    areaRanges.forEach((range, area) => {
      const inside = insideOf(range, width * height);
      const regular: number[] = [];
      const ignored: number[] = [];
      there.forEach((annotation, index) => {
        const counts = !annotation.iscrowd && inside(annotation.area);
        (counts ? regular : ignored).push(index);
      });
      const category = Math.floor(cell / images.length);
      (positives[category * areaRanges.length + area] as number) += regular.length;
      const unmatched = found.map(({ bbox }) =>
        inside(bbox[2] * bbox[3]) ? FALSE_POSITIVE : IGNORED,
      );
      iouThresholds.forEach((threshold, t) => {
        const start = (area * iouThresholds.length + t) * rows + first;
        const out = outcomes.subarray(start, start + found.length);
        matchCell(ious, there, regular, ignored, threshold, unmatched, out);
      });
    });
  }
  return { outcomes, ranks, positives };
}

/** Greedy matching of one cell at one threshold; writes an outcome per detection. */
function matchCell(
  ious: Float64Array,
  there: readonly CocoAnnotation[],
  regular: readonly number[],
  ignored: readonly number[],
  threshold: number,
  unmatched: readonly number[],
  out: Uint8Array,
): void {
  const taken = new Uint8Array(there.length);
  // pycocotools' guard: at a threshold of 1 an exact box still counts.
  const least = Math.min(threshold, 1 - 1e-10);
  for (let detection = 0; detection < out.length; detection++) {
    const row = detection * there.length;
    let best = least;
    let match = -1;
    for (const index of regular) {
      const overlap = ious[row + index] as number;
      // Not ">": of two equal overlaps pycocotools takes the later one.
      if (overlap >= best && !taken[index]) {
        best = overlap;
        match = index;
      }
    }
    const regularMatch = match >= 0;
    if (!regularMatch) {
      for (const index of ignored) {
        const overlap = ious[row + index] as number;
        if (overlap >= best && (!taken[index] || there[index]?.iscrowd)) {
          best = overlap;
          match = index;
        }
      }
    }
    if (match >= 0) taken[match] = 1;
    if (regularMatch && there[match]?.id !== 0) out[detection] = TRUE_POSITIVE;
    else if (match >= 0 && !regularMatch) out[detection] = IGNORED;
    // pycocotools marks a match by the annotation's id, so a match with id 0 reads as none. Kept,
    // so that numbers compare; the command line warns of such an id.
    else out[detection] = unmatched[detection] as number;
  }
}

/** `[found, there]` IoUs; over a crowd, the share of the detection that lies inside of it. */
function overlaps(found: readonly CocoResult[], there: readonly CocoAnnotation[]): Float64Array {
  const ious = new Float64Array(found.length * there.length);
  found.forEach(({ bbox: [dx, dy, dw, dh] }, i) => {
    there.forEach(({ bbox: [gx, gy, gw, gh], iscrowd }, j) => {
      const width = Math.min(dw + dx, gw + gx) - Math.max(dx, gx);
      const height = Math.min(dh + dy, gh + gy) - Math.max(dy, gy);
      if (width <= 0 || height <= 0) return;
      const intersection = width * height;
      const union = iscrowd ? dw * dh : dw * dh + gw * gh - intersection;
      ious[i * there.length + j] = intersection / union;
    });
  });
  return ious;
}

/** Whether an area in square pixels is inside of a range, for an image of so many pixels. */
function insideOf(range: AreaRange, imageArea: number): (area: number) => boolean {
  const scale = range.unit === 'pixels' ? 1 : imageArea;
  const min = range.min * scale;
  const max = range.max * scale;
  return (area) => !(area < min || area > max);
}
