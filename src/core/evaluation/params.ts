/**
 * What an evaluation is asked: IoU thresholds, recall thresholds, area ranges and how many
 * detections of an image count. The defaults are pycocotools' `Params` for boxes; everything is a
 * parameter because proposals are scored at 100, 300 and 1000 and small objects by their share of
 * the picture.
 */

/** Ground truth outside of the range is ignored, and so are unmatched detections outside of it. */
export interface AreaRange {
  readonly name: string;
  /** both ends belong to the range */
  readonly min: number;
  readonly max: number;
  /** an object's `area` in square pixels as in COCO, or its box's share of the picture (0.01: 1 %) */
  readonly unit: 'pixels' | 'image';
}

export interface CocoParams {
  /** rising, at most 254 of them */
  readonly iouThresholds: readonly number[];
  /** rising */
  readonly recallThresholds: readonly number[];
  readonly areaRanges: readonly AreaRange[];
  /** rising: only so many best scored detections of an image (and class) count */
  readonly maxDets: readonly number[];
  /** false: one class for all, as proposals are scored (pycocotools' `useCats = 0`) */
  readonly useCategories: boolean;
}

/** numpy.linspace: rounded as numpy rounds, so that a recall of exactly 0.3 meets the same step. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = (stop - start) / (count - 1);
  const values = Array.from({ length: count }, (_, index) => index * step + start);
  values[count - 1] = stop;
  return values;
}

const NO_LIMIT = 1e5 ** 2;

/** COCO's own: small ends at 32 x 32 pixels, medium at 96 x 96. */
export const COCO_AREA_RANGES: readonly AreaRange[] = [
  { name: 'all', min: 0, max: NO_LIMIT, unit: 'pixels' },
  { name: 'small', min: 0, max: 32 ** 2, unit: 'pixels' },
  { name: 'medium', min: 32 ** 2, max: 96 ** 2, unit: 'pixels' },
  { name: 'large', min: 96 ** 2, max: NO_LIMIT, unit: 'pixels' },
];

/** Small objects by the share of their picture; a box on a limit belongs to both sides. */
export const IMAGE_AREA_RANGES: readonly AreaRange[] = [
  { name: 'below 0.25 %', min: 0, max: 0.0025, unit: 'image' },
  { name: '0.25 to 1 %', min: 0.0025, max: 0.01, unit: 'image' },
  { name: 'above 1 %', min: 0.01, max: NO_LIMIT, unit: 'image' },
];

/** Small objects, as the paper's data set has them: under 1 % of their image. */
export const SMALL_AREA_RANGE: AreaRange = { name: 'below 1 %', min: 0, max: 0.01, unit: 'image' };

export const COCO_PARAMS: CocoParams = {
  iouThresholds: linspace(0.5, 0.95, 10),
  recallThresholds: linspace(0, 1, 101),
  areaRanges: COCO_AREA_RANGES,
  maxDets: [1, 10, 100],
  useCategories: true,
};
