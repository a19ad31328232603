/**
 * COCO's box average precision, number for number what pycocotools' `COCOeval(iouType='bbox')`
 * answers. Three steps, each in its own file: sort into cells (class x image), match inside of
 * each, accumulate along each class. What is undefined (no ground truth) is -1, as there.
 */
import { accumulate, type Curves } from './accumulate.ts';
import { sortIntoCells } from './cells.ts';
import type { CocoGroundTruth, CocoResult } from './cocoJson.ts';
import { matchCells } from './matching.ts';
import { COCO_PARAMS, type CocoParams } from './params.ts';

export interface CocoEvaluation extends Curves {
  readonly params: CocoParams;
  /** rising; a single -1 when classes are not told apart */
  readonly categoryIds: readonly number[];
}

/** Which part of the evaluation to average over; what is left out is averaged over. */
export interface Selection {
  /** one of `iouThresholds`; all when left out */
  readonly iou?: number;
  /** one of `categoryIds`; all when left out */
  readonly category?: number;
  /** the name of one of `areaRanges`; 'all' when left out */
  readonly area?: string;
  /** one of `maxDets`; the largest when left out */
  readonly maxDets?: number;
}

/**
 * Scores results against a ground truth.
 *
 * Detections of classes or images the ground truth does not list are ignored; check them first
 * with `parseResults`. Parameters left out are COCO's own.
 *
 * @throws RangeError when a range in shares of the image meets an image without a size
 */
export function evaluateCoco(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  options: Partial<CocoParams> = {},
): CocoEvaluation {
  const params: CocoParams = { ...COCO_PARAMS, ...options };
  const cells = sortIntoCells(truth, results, params.useCategories);
  const curves = accumulate(cells, matchCells(cells, params), params);
  return { ...curves, params, categoryIds: cells.categoryIds };
}

/** Mean precision over recalls and the selected rest; -1 where nothing is defined. */
export function averagePrecision(evaluation: CocoEvaluation, selection: Selection = {}): number {
  return average(evaluation, selection, evaluation.precision);
}

/** Mean reached recall over the selected rest; -1 where nothing is defined. */
export function averageRecall(evaluation: CocoEvaluation, selection: Selection = {}): number {
  return average(evaluation, selection, evaluation.recall);
}

function average(evaluation: CocoEvaluation, selection: Selection, values: Float64Array): number {
  const { params, categoryIds } = evaluation;
  const { iouThresholds, areaRanges, maxDets } = params;
  const [K, A, M] = [categoryIds.length, areaRanges.length, maxDets.length];
  const steps = values.length / (iouThresholds.length * K * A * M);
  const a = place(
    areaRanges.map(({ name }) => name),
    selection.area ?? 'all',
    'area range',
  );
  const m = selection.maxDets === undefined ? M - 1 : place(maxDets, selection.maxDets, 'maxDets');
  let sum = 0;
  let count = 0;
  for (const t of places(iouThresholds, selection.iou, 'IoU threshold')) {
    for (const k of places(categoryIds, selection.category, 'category')) {
      for (let r = 0; r < steps; r++) {
        const value = values[(((t * steps + r) * K + k) * A + a) * M + m] as number;
        if (value < 0) continue;
        sum += value;
        count++;
      }
    }
  }
  return count === 0 ? -1 : sum / count;
}

function places<T>(list: readonly T[], wanted: T | undefined, what: string): Iterable<number> {
  return wanted === undefined ? list.keys() : [place(list, wanted, what)];
}

function place<T>(list: readonly T[], wanted: T, what: string): number {
  const index = list.indexOf(wanted);
  if (index < 0) throw new RangeError(`The evaluation has no ${what} ${wanted}.`);
  return index;
}

/** What the twelve numbers of `cocoStats` are, in order. */
export const COCO_STATS: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: 'AP', meaning: 'AP at IoU 0.50:0.95' },
  { name: 'AP50', meaning: 'AP at IoU 0.50' },
  { name: 'AP75', meaning: 'AP at IoU 0.75' },
  { name: 'APs', meaning: 'AP, small (below 32 x 32 pixels)' },
  { name: 'APm', meaning: 'AP, medium' },
  { name: 'APl', meaning: 'AP, large (above 96 x 96 pixels)' },
  { name: 'AR1', meaning: 'recall, 1 detection an image' },
  { name: 'AR10', meaning: 'recall, 10 detections an image' },
  { name: 'AR100', meaning: 'recall, 100 detections an image' },
  { name: 'ARs', meaning: 'recall, small' },
  { name: 'ARm', meaning: 'recall, medium' },
  { name: 'ARl', meaning: 'recall, large' },
];

/** The twelve `stats` of pycocotools' `summarize`, in its order (see `COCO_STATS`). */
export function cocoStats(evaluation: CocoEvaluation): number[] {
  const ap = (selection?: Selection) => averagePrecision(evaluation, selection);
  const ar = (selection?: Selection) => averageRecall(evaluation, selection);
  return [
    ap(),
    ap({ iou: 0.5 }),
    ap({ iou: 0.75 }),
    ap({ area: 'small' }),
    ap({ area: 'medium' }),
    ap({ area: 'large' }),
    ...evaluation.params.maxDets.map((maxDets) => ar({ maxDets })),
    ar({ area: 'small' }),
    ar({ area: 'medium' }),
    ar({ area: 'large' }),
  ];
}

export interface CategoryAp {
  readonly category_id: number;
  readonly AP: number;
  readonly AP50: number;
}

/** AP and AP50 of every class, by rising id; -1 for a class without ground truth. */
export function apPerCategory(evaluation: CocoEvaluation): CategoryAp[] {
  return evaluation.categoryIds.map((category) => ({
    category_id: category,
    AP: averagePrecision(evaluation, { category }),
    AP50: averagePrecision(evaluation, { category, iou: 0.5 }),
  }));
}
