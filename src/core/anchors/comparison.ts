/**
 * Anchor sets side by side on one data set: what each can reach, and what it costs.
 */
import {
  type Coverage,
  type CoverageCache,
  coverageBySize,
  type SizeCoverage,
} from './coverage.ts';
import type { PlacedBoxes } from './placement.ts';
import type { AnchorSet } from './sets.ts';
import { shapesOf } from './shapes.ts';

export interface ComparedSet
  extends Pick<Coverage, 'bestPossibleRecall' | 'meanBestIoU' | 'unused'> {
  readonly name: string;
  readonly set: AnchorSet;
  /** by the side of the objects, see SIZE_EDGES */
  readonly bySize: readonly SizeCoverage[];
  readonly anchorsPerPicture: number;
  /** what the RPN's last layers compute of a picture */
  readonly gflop: number;
}

/** Channels of the RPN's own convolution here, from which objectness and deltas are computed. */
const RPN_CHANNELS = 256;
/** Objectness and four deltas. */
const OUTPUTS = 5;

/** @param sets by name */
export function compareSets(
  cache: CoverageCache,
  sets: Readonly<Record<string, AnchorSet>>,
  threshold: number,
): ComparedSet[] {
  return Object.entries(sets).map(([name, set]) => {
    const coverage = cache.measure(shapesOf(set), threshold);
    const { bestPossibleRecall, meanBestIoU, unused } = coverage;
    return {
      ...{ name, set, bestPossibleRecall, meanBestIoU, unused },
      bySize: coverageBySize(cache.placed, coverage),
      ...costOfAnchors(cache.placed, set),
    };
  });
}

/** How many anchors a picture has, and the arithmetic (2 a product) of their objectness and deltas. */
export function costOfAnchors(
  { cellsPerPicture }: Pick<PlacedBoxes, 'cellsPerPicture'>,
  set: AnchorSet,
): { anchorsPerPicture: number; gflop: number } {
  const anchorsPerPicture = cellsPerPicture * set.sizes.length * set.aspectRatios.length;
  return { anchorsPerPicture, gflop: (anchorsPerPicture * OUTPUTS * 2 * RPN_CHANNELS) / 1e9 };
}
