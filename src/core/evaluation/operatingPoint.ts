/**
 * The score at which a detector's findings are best shown. AP looks at all scores; a person looks at
 * what passes one threshold, and scores of one model are not those of another. Here it is where F1,
 * the harmonic mean of precision and recall at IoU 0.5, is highest over all classes together.
 */
import type { Score } from '../models/metrics.ts';
import { type Outcomes, objectCount } from './outcomes.ts';

/** What a threshold gives: all in 0..1. */
export type OperatingPoint = NonNullable<Score['operatingPoint']>;

/**
 * The threshold with the highest F1; of equal ones the highest.
 *
 * @returns undefined without objects or without a right detection
 */
export function bestOperatingPoint(outcomes: Outcomes): OperatingPoint | undefined {
  const objects = objectCount(outcomes);
  const ranked = outcomes.classes
    .flatMap(({ scores, right }) =>
      scores.map((score, at) => ({ score, right: right[at] as number })),
    )
    .toSorted((a, b) => b.score - a.score);
  let found = 0;
  let best: OperatingPoint | undefined;
  for (const [at, { score, right }] of ranked.entries()) {
    found += right;
    // Equal scores pass a threshold together.
    if (ranked[at + 1]?.score === score || found === 0) continue;
    const precision = found / (at + 1);
    const recall = found / objects;
    const f1 = (2 * precision * recall) / (precision + recall);
    if (!best || f1 > best.f1) best = { threshold: score, precision, recall, f1 };
  }
  return best;
}
