/**
 * The score from which on a detector's findings are best shown. AP looks at all scores; a person looks at
 * what passes one threshold, and scores of one model are not those of another. F1, the harmonic mean of
 * precision and recall at IoU 0.5 over all classes together, is flat around its best; of the thresholds
 * there the lowest is taken, for a doubtful box is easily passed over and a missing one is never seen.
 */
import type { Score } from '../models/metrics.ts';
import { type Outcomes, objectCount } from './outcomes.ts';

/** What a threshold gives: all in 0..1. */
export type OperatingPoint = NonNullable<Score['operatingPoint']>;

/** So much of the best F1 is still good. */
export const FLAT_TOP = 0.9;

/**
 * The lowest threshold whose F1 is at least `FLAT_TOP` of the best one.
 *
 * @returns undefined without a right detection
 */
export function operatingPoint(outcomes: Outcomes): OperatingPoint | undefined {
  const objects = objectCount(outcomes);
  const ranked = outcomes.classes
    .flatMap(({ scores, right }) =>
      scores.map((score, at) => ({ score, right: right[at] as number })),
    )
    .toSorted((a, b) => b.score - a.score);
  let found = 0;
  const points = ranked.flatMap(({ score, right }, at): OperatingPoint[] => {
    found += right;
    // Equal scores pass a threshold together.
    if (ranked[at + 1]?.score === score || found === 0) return [];
    const precision = found / (at + 1);
    const recall = found / objects;
    const f1 = (2 * precision * recall) / (precision + recall);
    return [{ threshold: score, precision, recall, f1 }];
  });
  const best = points.reduce((most, { f1 }) => Math.max(most, f1), 0);
  return points.findLast(({ f1 }) => f1 >= FLAT_TOP * best);
}
