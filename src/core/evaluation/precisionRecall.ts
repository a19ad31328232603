/**
 * Precision-recall curves from stored outcomes, and thin ones to draw: a class has thousands of
 * detections, a plot some hundred pixels.
 */
import { type ClassOutcomes, sumOf } from './outcomes.ts';
import { linspace } from './params.ts';
import type { PrecisionRecall } from './vocAp.ts';
import { precisionAtRecalls, rankClass } from './weightedAp.ts';

/** After each detection that counts, best score first; recall never falls, the score never rises. */
export interface ScoredCurve extends PrecisionRecall {
  readonly score: readonly number[];
}

/**
 * The curve of one class at IoU 0.5: recall and precision, in 0..1, if only detections of at
 * least this score were kept.
 *
 * @returns undefined where there is nothing to find
 */
export function precisionRecall(outcomes: ClassOutcomes): ScoredCurve | undefined {
  const positives = sumOf(outcomes.objects);
  if (positives === 0) return undefined;
  let found = 0;
  const recall: number[] = [];
  const precision: number[] = [];
  outcomes.right.forEach((right, at) => {
    found += right;
    recall.push(found / positives);
    precision.push(found / (at + 1));
  });
  return { recall, precision, score: outcomes.scores };
}

/**
 * The same curve in few points: of those between two of COCO's recalls the one of best precision,
 * and the first and the last of all. The best precision at or beyond each of the recalls 0,
 * 0.01 ... 1, and so COCO's AP, stays what it was.
 *
 * @param steps how many intervals of recall to tell apart; 100 are COCO's own
 */
export function thinCurve(curve: ScoredCurve, steps = 100): ScoredCurve {
  const recalls = linspace(0, 1, steps + 1);
  const end = curve.recall.length - 1;
  const kept = new Set<number>(end < 0 ? [] : [0]);
  let from = 0;
  for (let step = 1; step <= steps + 1; step++) {
    // The last interval holds a recall of 1 alone.
    const beyond = recalls[step] ?? Number.POSITIVE_INFINITY;
    let best = -1;
    for (; from <= end && (curve.recall[from] as number) < beyond; from++) {
      if (best < 0 || (curve.precision[from] as number) > (curve.precision[best] as number)) {
        best = from;
      }
    }
    if (best >= 0) kept.add(best);
  }
  if (end >= 0) kept.add(end);
  const pick = (values: readonly number[]) => [...kept].map((at) => values[at] as number);
  return {
    recall: pick(curve.recall),
    precision: pick(curve.precision),
    score: pick(curve.score),
  };
}

/**
 * The mean over seeds of COCO's curve of one class: the best precision at or beyond each of the
 * recalls 0, 0.01 ... 1. Its mean, with 0 beyond its end, is the mean of the seeds' AP50.
 *
 * @param seeds outcomes of the same class and images; at least one
 * @returns up to the first recall of precision 0; undefined where there is nothing to find
 */
export function meanCurve(seeds: readonly ClassOutcomes[]): PrecisionRecall | undefined {
  const recalls = linspace(0, 1, 101);
  const mean = new Float64Array(recalls.length);
  const row = new Float64Array(recalls.length);
  for (const { objects, images, right } of seeds) {
    const positives = sumOf(objects);
    if (positives === 0) return undefined;
    const once = new Int32Array(objects.length).fill(1);
    precisionAtRecalls(rankClass(images, right), once, positives, row);
    for (let step = 0; step < row.length; step++) {
      (mean[step] as number) += (row[step] as number) / seeds.length;
    }
  }
  const end = mean.indexOf(0);
  const length = end < 0 ? mean.length : end + 1;
  return { recall: recalls.slice(0, length), precision: [...mean.subarray(0, length)] };
}
