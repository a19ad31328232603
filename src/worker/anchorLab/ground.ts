/**
 * Anchors on their ground: a data set on a feature map, kept ready while sliders move, and what an
 * anchor set reaches there. Pure: the worker around it only receives and answers.
 */
import { compareSets, costOfAnchors } from '../../core/anchors/comparison.ts';
import { CoverageCache, coverageBySize } from '../../core/anchors/coverage.ts';
import { fitSizes } from '../../core/anchors/fitting.ts';
import { placeBoxes } from '../../core/anchors/placement.ts';
import { matchedPositions } from '../../core/anchors/reach.ts';
import type { AnchorSet } from '../../core/anchors/sets.ts';
import { shapesOf, square } from '../../core/anchors/shapes.ts';
import { SizeBins } from '../../core/anchors/sizeBins.ts';
import type { BoxSet } from '../../core/annotations/boxSet.ts';
import {
  CURVE_SIDES,
  type FitRequest,
  type Fitted,
  type Ground,
  type Measured,
} from './protocol.ts';

/** What does not change while anchors do. */
export interface PreparedGround {
  readonly cache: CoverageCache;
  readonly bins: SizeBins;
}

/** Places a data set on a feature map. */
export function prepare(set: BoxSet, { stride, photos }: Ground): PreparedGround {
  const placed = placeBoxes(set, stride, photos || undefined);
  return { cache: new CoverageCache(placed), bins: new SizeBins(placed) };
}

/** What an anchor set reaches, in all figures that the page draws. */
export function measureOn(
  { cache, bins }: PreparedGround,
  ground: Ground,
  set: AnchorSet,
): Measured {
  const { stride, threshold } = ground;
  const shapes = shapesOf(set);
  const coverage = cache.measure(shapes, threshold);
  const { boxes, bestPossibleRecall, meanBestIoU, unused, bestIoU, matched } = coverage;
  return {
    ground,
    row: {
      ...{ name: 'yours', set, bestPossibleRecall, meanBestIoU, unused },
      bySize: coverageBySize(cache.placed, coverage),
      ...costOfAnchors(cache.placed, set),
    },
    objects: boxes,
    counts: bins.counts,
    reached: bins.reached(bestIoU, threshold),
    positions: CURVE_SIDES.map((side) => matchedPositions(shapes, stride, square(side), threshold)),
    matched: [...matched],
  };
}

/**
 * As many sizes as are asked for, chosen by one method, and what they reach: the same sizes and
 * figures as `loupe anchors` gives for the same boxes.
 */
export function fitOn(
  { cache }: PreparedGround,
  { ground: { threshold }, method, count, aspectRatios }: FitRequest,
): Fitted {
  const sizes = fitSizes(cache.placed, { method, count, aspectRatios, threshold });
  const [row] = compareSets(cache, { [method]: { sizes, aspectRatios } }, threshold);
  return { method, row: row as Fitted['row'] };
}
