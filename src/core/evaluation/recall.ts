/**
 * How much the proposals find: the share of objects, of any class, that the first 100, 300 and
 * 1000 proposals of each image overlap with an IoU of at least 0.5. It is COCO's recall without
 * classes and at one threshold: a proposal can find one object only, crowds are ignored, and so
 * small objects (under 1 % of their picture) are just another area range.
 */
import { averageRecall, evaluateCoco } from './cocoEval.ts';
import { type CocoGroundTruth, type CocoResult, hasSize } from './cocoJson.ts';
import type { AreaRange } from './params.ts';

export interface ProposalRecall {
  /** proposals counted per image */
  readonly proposals: number;
  /** in 0..1; -1 without ground truth */
  readonly recall: number;
  /** of the boxes under 1 % of their picture; -1 without any, or where images have no size */
  readonly recallSmall: number;
}

/** The paper's small object: under 1 % of the picture. */
const SMALL_SHARE = 0.01;

const ALL: AreaRange = { name: 'all', min: 0, max: Number.POSITIVE_INFINITY, unit: 'pixels' };
const SMALL: AreaRange = { name: 'small', min: 0, max: SMALL_SHARE, unit: 'image' };

/**
 * Recall of class-agnostic proposals at IoU 0.5.
 *
 * @param proposals COCO results whose score is the objectness; their classes do not count
 * @param limits how many proposals of an image count; rising
 */
export function proposalRecall(
  truth: CocoGroundTruth,
  proposals: readonly CocoResult[],
  limits: readonly number[] = [100, 300, 1000],
): ProposalRecall[] {
  const sized = truth.images.every(hasSize);
  const evaluation = evaluateCoco(withoutClasses(truth), withoutClass(proposals), {
    iouThresholds: [0.5],
    recallThresholds: [0],
    areaRanges: sized ? [ALL, SMALL] : [ALL],
    maxDets: limits,
    useCategories: false,
  });
  return limits.map((maxDets) => ({
    proposals: maxDets,
    recall: averageRecall(evaluation, { maxDets }),
    recallSmall: sized ? averageRecall(evaluation, { maxDets, area: 'small' }) : -1,
  }));
}

/** One class for every object. */
function withoutClasses(truth: CocoGroundTruth): CocoGroundTruth {
  const listed = new Set(truth.categories.map(({ id }) => id));
  return {
    images: truth.images,
    categories: [{ id: 0, name: 'object' }],
    annotations: truth.annotations
      .filter(({ category_id }) => listed.has(category_id))
      .map((object) => ({ ...object, category_id: 0 })),
  };
}

function withoutClass(results: readonly CocoResult[]): CocoResult[] {
  return results.map(({ image_id, bbox, score }) => ({ image_id, bbox, score, category_id: 0 }));
}
