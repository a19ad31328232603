/**
 * The report's numbers: shares in six decimals, null for what is undefined, means over seeds.
 */
import type { Interval } from '../../src/core/evaluation/bootstrap.ts';
import { meanOfDefined } from '../../src/core/evaluation/vocAp.ts';

/** Six decimals: tenths of a percent that are made of them are those of the value itself. */
export const six = (value: number): number => Math.round(value * 1e6) / 1e6 || 0;

/** Four decimals, for curves of many points. */
export const four = (value: number): number => Math.round(value * 1e4) / 1e4 || 0;

/** A share; null where it is undefined (below 0). */
export const shareOf = (value: number): number | null => (value < 0 ? null : six(value));

/** The mean over seeds of a share. */
export const meanShare = (values: readonly number[]): number | null =>
  shareOf(meanOfDefined(values));

export const rounded = ({ estimate, low, high }: Interval): Interval => ({
  estimate: six(estimate),
  low: six(low),
  high: six(high),
});
