/**
 * Precision-recall curves from stored outcomes, and thin ones to draw: a class has thousands of
 * detections, a plot some hundred pixels.
 */
import { type ClassOutcomes, sumOf } from './outcomes.ts';
import { linspace } from './params.ts';
import type { PrecisionRecall } from './vocAp.ts';

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
