/**
 * From matches to curves: pycocotools' `accumulate`. Along one class all detections are walked by
 * falling score; precision is made to fall monotonically and read at fixed recalls. Detections
 * that are ignored move neither count and are passed over.
 */
import type { Cells } from './cells.ts';
import { IGNORED, type Matches, TRUE_POSITIVE } from './matching.ts';
import type { CocoParams } from './params.ts';

export interface Curves {
  /** `[iouThresholds, recallThresholds, classes, areaRanges, maxDets]`; -1 where undefined */
  readonly precision: Float64Array;
  /** `[iouThresholds, classes, areaRanges, maxDets]`: the recall reached; -1 where undefined */
  readonly recall: Float64Array;
}

/** Precision at each recall threshold and the final recall, of every class, range and limit. */
export function accumulate(cells: Cells, matches: Matches, params: CocoParams): Curves {
  const { iouThresholds, recallThresholds, areaRanges, maxDets } = params;
  const classes = cells.categoryIds.length;
  const [T, R, A, M] = [
    iouThresholds.length,
    recallThresholds.length,
    areaRanges.length,
    maxDets.length,
  ];
  const precision = new Float64Array(T * R * classes * A * M).fill(-1);
  const recall = new Float64Array(T * classes * A * M).fill(-1);
  const rows = cells.detections.members.length;
  const curve = new Float64Array(rows);
  const reached = new Uint32Array(R);

  for (let k = 0; k < classes; k++) {
    const ranked = cells.ranking.members.subarray(
      cells.ranking.offsets[k],
      cells.ranking.offsets[k + 1],
    );
    for (let m = 0; m < M; m++) {
      const limit = maxDets[m] as number;
      const counted = ranked.filter((row) => (matches.ranks[row] as number) < limit);
      for (let a = 0; a < A; a++) {
        const positives = positivesOf(matches, k, cells.images.length, a, A);
        if (positives === 0) continue;
        for (let t = 0; t < T; t++) {
          const start = (a * T + t) * rows;
          const outcomes = matches.outcomes.subarray(start, start + rows);
          const { length, steps, last } = walk(
            counted,
            outcomes,
            positives,
            recallThresholds,
            curve,
            reached,
          );
          recall[((t * classes + k) * A + a) * M + m] = last;
          for (let i = length - 2; i >= 0; i--) {
            if ((curve[i] as number) < (curve[i + 1] as number)) curve[i] = curve[i + 1] as number;
          }
          for (let r = 0; r < R; r++) {
            const at = (((t * R + r) * classes + k) * A + a) * M + m;
            precision[at] = r < steps ? (curve[reached[r] as number] as number) : 0;
          }
        }
      }
    }
  }
  return { precision, recall };
}

/** Objects of class `k` that count in area range `a`, over all images. */
function positivesOf(
  { positives }: Matches,
  k: number,
  images: number,
  a: number,
  areaRanges: number,
): number {
  let sum = 0;
  for (let cell = k * images; cell < (k + 1) * images; cell++) {
    sum += positives[cell * areaRanges + a] as number;
  }
  return sum;
}

/**
 * Walks detections by falling score: fills `curve` with the precision after each one that counts
 * and `reached` with the place where each recall threshold is first met.
 */
function walk(
  ranked: Uint32Array,
  outcomes: Uint8Array,
  positives: number,
  recallThresholds: readonly number[],
  curve: Float64Array,
  reached: Uint32Array,
): { length: number; steps: number; last: number } {
  let length = 0;
  let truePositives = 0;
  let steps = 0;
  for (const row of ranked) {
    const outcome = outcomes[row];
    if (outcome === IGNORED) continue;
    if (outcome === TRUE_POSITIVE) truePositives++;
    // numpy's spacing(1), as there; it never changes a sum of whole numbers but it is the recipe.
    curve[length] = truePositives / (length + 1 + Number.EPSILON);
    if (outcome === TRUE_POSITIVE || length === 0) {
      const recall = truePositives / positives;
      while (steps < recallThresholds.length && (recallThresholds[steps] as number) <= recall) {
        reached[steps++] = length;
      }
    }
    length++;
  }
  return { length, steps, last: truePositives / positives };
}
