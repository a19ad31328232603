/**
 * The report's numbers: shares in four decimals, null for what is undefined, means over seeds.
 */
import type { Interval } from '../../src/core/evaluation/bootstrap.ts';
import { meanOfDefined } from '../../src/core/evaluation/vocAp.ts';

/** Four decimals: a hundredth of a point of AP. */
export const four = (value: number): number => Math.round(value * 1e4) / 1e4 || 0;

/** A share; null where it is undefined (below 0). */
export const shareOf = (value: number): number | null => (value < 0 ? null : four(value));

/** The mean over seeds of a share. */
export const meanShare = (values: readonly number[]): number | null =>
  shareOf(meanOfDefined(values));

export const rounded = ({ estimate, low, high }: Interval): Interval => ({
  estimate: four(estimate),
  low: four(low),
  high: four(high),
});
