/**
 * The measured outcome of a run on one split: for every number of proposals the recall, over all
 * objects and by their size, and the AP of every class; and, at one of these numbers, what became of
 * every detection, for paired bootstraps over images.
 */
import { boxAt, toXywh } from '../../src/core/boxes/box.ts';
import {
  averagePrecision,
  averageRecall,
  evaluateCoco,
} from '../../src/core/evaluation/cocoEval.ts';
import type { CocoGroundTruth, CocoResult, ImageId } from '../../src/core/evaluation/cocoJson.ts';
import { outcomesOf } from '../../src/core/evaluation/outcomes.ts';
import {
  type AreaRange,
  COCO_AREA_RANGES,
  IMAGE_AREA_RANGES,
  SMALL_AREA_RANGE,
} from '../../src/core/evaluation/params.ts';
import { type TideErrors, tideErrors } from '../../src/core/evaluation/tide.ts';
import { evaluateVoc } from '../../src/core/evaluation/vocAp.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import type { Seeing } from './cachedDetector.ts';
import { packOutcomes } from './packedOutcomes.ts';
import type { SplitData } from './runData.ts';
import type { MeasuredSplit } from './runRecord.ts';
import type { MeasureOptions } from './schema.ts';

/** The one class of proposals. */
const OBJECT = { id: 0, name: 'object' };

/**
 * Looks at every photo of a split and scores what was found.
 *
 * @param classes names of the set's own classes: the first of the detector's labels
 * @param withOutcomes keeps the outcomes of every detection
 * @param shouldStop asked before every photo
 * @returns undefined when it was told to stop
 */
export async function measureSplit<
  Options extends Pick<MeasureOptions, 'proposals' | 'outcomesAt'>,
>(
  detector: { look(photo: TrainingPhoto, options: Options): Promise<Seeing> },
  { photos, truth }: SplitData,
  classes: readonly string[],
  options: Options,
  withOutcomes: boolean,
  shouldStop: () => boolean,
): Promise<MeasuredSplit | undefined> {
  const categoryOf = classes.map((name) => truth.categories.find((one) => one.name === name)?.id);
  const proposals: CocoResult[] = [];
  const detections = options.proposals.map((): CocoResult[] => []);
  for (const [index, photo] of photos.entries()) {
    if (shouldStop()) return undefined;
    // Photos and images are both in the order of the file.
    const image_id = truth.images[index]?.id as ImageId;
    const seeing = await detector.look(photo, options);
    seeing.objectness.forEach((score, at) => {
      const bbox = toXywh(boxAt(seeing.proposals, at));
      proposals.push({ image_id, category_id: OBJECT.id, bbox, score });
    });
    seeing.detections.forEach((found, at) => {
      for (const { box, score, label } of found) {
        const category_id = categoryOf[label];
        if (category_id === undefined) continue;
        detections[at]?.push({ image_id, category_id, bbox: toXywh(box), score });
      }
    });
  }
  const recall = recallAt(truth, proposals, options.proposals);
  const outcomes = detections[options.proposals.indexOf(options.outcomesAt)] ?? [];
  return {
    photos: photos.length,
    objects: truth.annotations.filter(({ iscrowd }) => !iscrowd).length,
    proposalsPerPhoto: six(proposals.length / photos.length),
    atProposals: options.proposals.map((count, at) => ({
      proposals: count,
      recall: recall[at] as Record<string, number>,
      ...apOf(truth, detections[at] as CocoResult[], categoryOf as number[]),
    })),
    ...(withOutcomes && {
      outcomes: packOutcomes(outcomesOf(truth, outcomes)),
      smallOutcomes: packOutcomes(outcomesOf(truth, outcomes, SMALL_AREA_RANGE)),
      reached: {
        all: reachedOf(truth, proposals, options.outcomesAt, COCO_AREA_RANGES[0] as AreaRange),
        small: reachedOf(truth, proposals, options.outcomesAt, SMALL_AREA_RANGE),
      },
      bySize: bySize(truth, outcomes, categoryOf as number[]),
      errors: roundedErrors(tideErrors(truth, outcomes)),
    }),
  };
}

/** Per image, the objects of any class and those that its first `limit` proposals reach. */
function reachedOf(
  truth: CocoGroundTruth,
  proposals: readonly CocoResult[],
  limit: number,
  range: AreaRange,
): { objects: number[]; reached: number[] } {
  const [outcomes] = outcomesOf(asOneClass(truth), proposals, range, limit).classes;
  const reached = new Array<number>(truth.images.length).fill(0);
  outcomes?.images.forEach((image, at) => {
    reached[image] = (reached[image] as number) + (outcomes.right[at] as number);
  });
  return { objects: [...(outcomes?.objects ?? [])], reached };
}

/** The ground truth with all objects of the class of proposals. */
function asOneClass({ images, annotations }: CocoGroundTruth): CocoGroundTruth {
  const objects = annotations.map((one) => ({ ...one, category_id: OBJECT.id }));
  return { images, categories: [OBJECT], annotations: objects };
}

/** COCO's AP50 where only objects of a size count. */
function bySize(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  categories: readonly number[],
): MeasuredSplit['bySize'] {
  const areaRanges = [...IMAGE_AREA_RANGES, SMALL_AREA_RANGE];
  const coco = evaluateCoco(truth, results, { iouThresholds: [0.5], areaRanges });
  return Object.fromEntries(
    areaRanges.map(({ name: area }) => [
      area,
      {
        mean: six(averagePrecision(coco, { area })),
        perClass: categories.map((category) => six(averagePrecision(coco, { area, category }))),
      },
    ]),
  );
}

function roundedErrors({ ap, errors, falsePositives, falseNegatives }: TideErrors) {
  return {
    ap: six(ap),
    errors: errors.map((one) => ({ ...one, dAP: six(one.dAP) })),
    falsePositives: six(falsePositives),
    falseNegatives: six(falseNegatives),
  };
}

/** COCO's AP50 and VOC's AP, each class and their mean. */
function apOf(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  categories: readonly number[],
): Pick<MeasuredSplit['atProposals'][number], 'AP50' | 'VOC'> {
  const coco = evaluateCoco(truth, results, {
    iouThresholds: [0.5],
    areaRanges: COCO_AREA_RANGES.slice(0, 1),
  });
  const voc = evaluateVoc(truth, results);
  const vocOf = new Map(voc.perCategory.map(({ category_id, AP50 }) => [category_id, AP50]));
  return {
    AP50: {
      mean: six(averagePrecision(coco)),
      perClass: categories.map((category) => six(averagePrecision(coco, { category }))),
    },
    VOC: {
      mean: six(voc.mAP50),
      perClass: categories.map((category) => six(vocOf.get(category) ?? -1)),
    },
  };
}

/** The share of the objects, of any class, that the first so many proposals of each photo reach. */
function recallAt(
  truth: CocoGroundTruth,
  proposals: readonly CocoResult[],
  limits: readonly number[],
): Record<string, number>[] {
  const ranges: readonly AreaRange[] = [COCO_AREA_RANGES[0] as AreaRange, ...IMAGE_AREA_RANGES];
  const evaluation = evaluateCoco(asOneClass(truth), proposals, {
    iouThresholds: [0.5],
    recallThresholds: [0],
    areaRanges: ranges,
    maxDets: limits,
    useCategories: false,
  });
  return limits.map((maxDets) =>
    Object.fromEntries(
      ranges.map(({ name: area }) => [area, six(averageRecall(evaluation, { maxDets, area }))]),
    ),
  );
}

/** Six decimals: more than any test set can tell apart. */
const six = (value: number) => Math.round(value * 1e6) / 1e6;
