/**
 * What screen readers are told: each stage of a run once, each quarter of a long one, and the result
 * as a count by class. Less would leave people waiting in silence, more would talk over them.
 */
import type { Detection } from '../../core/detection/types.ts';
import type { Progress } from '../../worker/protocol.ts';
import { formatScore, plural } from '../format.ts';

export interface ClassCount {
  readonly className: string;
  readonly count: number;
  readonly best: number;
}

/** The classes among `detections` (highest score first), most frequent first. */
export function countByClass(detections: readonly Detection[]): ClassCount[] {
  const counts = new Map<string, { className: string; count: number; best: number }>();
  for (const { className, score } of detections) {
    const entry = counts.get(className) ?? { className, count: 0, best: score };
    counts.set(className, { ...entry, count: entry.count + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || b.best - a.best);
}

/** What to say when progress goes from `before` to `after`; empty where there is nothing new. */
export function describeProgress(before: Progress | null, after: Progress): string {
  const quarter = Math.floor(after.fraction * 4);
  const newStage = before?.stage !== after.stage;
  const newQuarter = quarter > Math.floor((before?.fraction ?? 0) * 4);
  if (!newStage && !newQuarter) return '';
  return `${after.message}, ${Math.round(after.fraction * 100)} %.`;
}

/** `10 objects found: 4 cell phone, 3 cup.`, or what the best score below the threshold is. */
export function describeResult(detections: readonly Detection[], threshold: number): string {
  const found = detections.filter((detection) => detection.score >= threshold);
  const best = detections[0];
  if (found.length > 0) {
    const classes = countByClass(found).map(({ className, count }) => `${count} ${className}`);
    return `${plural(found.length, 'object')} found: ${classes.join(', ')}.`;
  }
  if (!best) return 'Nothing found in this photo.';
  return (
    `Nothing scores ${formatScore(threshold)} or more. ` +
    `The best is ${best.className} at ${formatScore(best.score)}.`
  );
}

/** What an error says; a plain sentence for one that says nothing. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message || 'Something went wrong that left no message. Try again.';
}
