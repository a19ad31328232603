/**
 * What `loupe evaluate` reports, and the same as tables for people: scores in percent, "-" for what
 * is undefined.
 */
import type { Difference, Interval } from '../src/core/evaluation/bootstrap.ts';
import { type CategoryAp, COCO_STATS } from '../src/core/evaluation/cocoEval.ts';
import type { CocoGroundTruth } from '../src/core/evaluation/cocoJson.ts';
import type { OperatingPoint } from '../src/core/evaluation/operatingPoint.ts';
import type { ProposalRecall } from '../src/core/evaluation/recall.ts';
import type { TideErrors } from '../src/core/evaluation/tide.ts';
import type { VocEvaluation } from '../src/core/evaluation/vocAp.ts';
import { textTable } from './textTable.ts';

/** Scores of the objects of one size. */
export interface SizeScores {
  readonly name: string;
  readonly unit: 'image' | 'pixels';
  readonly objects: number;
  readonly AP50: number;
  /** of the best 100 detections of an image and class, at IoU 0.5 */
  readonly recall: number;
}

/** Two result files on one ground truth: mAP50 of these detections less that of the others. */
export interface Comparison extends Difference {
  /** the other file, as it was given */
  readonly file: string;
  /** mAP50 of the other file */
  readonly AP50: number;
}

export interface Report {
  /** the twelve of pycocotools, in its order; -1 where undefined, here and everywhere */
  readonly stats: readonly number[];
  readonly perCategory: readonly CategoryAp[];
  readonly voc: VocEvaluation;
  readonly proposals?: readonly ProposalRecall[];
  /** the score from which on detections are best shown; missing where none is right */
  readonly operatingPoint?: OperatingPoint;
  readonly bySize?: readonly SizeScores[];
  /** of mAP50, 95 % */
  readonly interval?: Interval;
  readonly against?: Comparison;
  readonly errors?: TideErrors;
}

/** All of a report in percent, for reading. */
export function reportTables(report: Report, truth: CocoGroundTruth): string {
  const names = new Map(truth.categories.map(({ id, name }) => [id, name]));
  const counted = truth.annotations.filter(({ iscrowd }) => !iscrowd);
  const { voc } = report;
  const stats = COCO_STATS.map(({ name, meaning }, index) => [
    name,
    percent(report.stats[index]),
    meaning,
  ]);
  const classes = report.perCategory.map(({ category_id, AP, AP50 }, index) => [
    names.get(category_id) ?? String(category_id),
    String(counted.filter((object) => object.category_id === category_id).length),
    percent(AP),
    percent(AP50),
    percent(voc.perCategory[index]?.AP50),
    percent(voc.perCategory[index]?.AP50_11point),
  ]);
  const mean = [
    'mean',
    String(counted.length),
    percent(report.stats[0]),
    percent(report.stats[1]),
    percent(voc.mAP50),
    percent(voc.mAP50_11point),
  ];
  const parts = [
    'COCO, in percent',
    textTable(stats),
    '',
    'Classes, in percent (VOC AP at IoU 0.5, by area and at 11 points)',
    textTable([['class', 'objects', 'AP', 'AP50', 'VOC', 'VOC 11'], ...classes, mean]),
  ];
  if (report.proposals) {
    parts.push(
      '',
      'Recall of the proposals at IoU 0.5, in percent',
      textTable([
        ['proposals', 'all', 'under 1 % of the picture'],
        ...report.proposals.map(({ proposals, recall, recallSmall }) => [
          String(proposals),
          percent(recall),
          percent(recallSmall),
        ]),
      ]),
    );
  }
  const { operatingPoint: point } = report;
  if (point) {
    parts.push(
      '',
      `Best shown from score ${point.threshold.toFixed(2)} on: F1 ${percent(point.f1)} % ` +
        `(precision ${percent(point.precision)}, recall ${percent(point.recall)})`,
    );
  }
  parts.push(...statistics(report));
  return `${parts.join('\n')}\n`;
}

/** The tables that are printed on request. */
function statistics({ interval, against, bySize: sizes, errors }: Report): string[] {
  const parts: string[] = [];
  if (interval) {
    const [estimate, low, high] = [interval.estimate, interval.low, interval.high].map(percent);
    parts.push('', `mAP50 ${estimate} %, 95 % interval ${low} to ${high} (bootstrap over images)`);
  }
  if (against) {
    const [low, high] = [against.low, against.high].map(points);
    parts.push(
      '',
      `mAP50 less that of ${against.file} (${percent(against.AP50)} %): ${points(against.estimate)} points, ` +
        `95 % interval ${low} to ${high} (paired bootstrap over images; ` +
        `${percent(against.atOrBelowZero)} % of the draws at or below 0)`,
    );
  }
  if (sizes) {
    parts.push(
      '',
      'By size, in percent (share of the picture, then COCO in pixels)',
      textTable([
        ['size', 'objects', 'AP50', 'recall'],
        ...sizes.map(({ name, objects, AP50, recall }) => [
          name,
          String(objects),
          percent(AP50),
          percent(recall),
        ]),
      ]),
    );
  }
  if (errors) {
    const { ap, falsePositives, falseNegatives } = errors;
    parts.push(
      '',
      `Errors (TIDE), in points of AP50, here ${percent(ap)}: what mending each type alone would add`,
      textTable([
        ['error', 'count', 'dAP'],
        ...errors.errors.map(({ type, count, dAP }) => [type, String(count), points(dAP)]),
        ['all false positives', '', points(falsePositives)],
        ['all false negatives', '', points(falseNegatives)],
      ]),
    );
  }
  return parts;
}

/** A gain, which unlike a score may be below 0. */
function points(share: number): string {
  return (100 * share).toFixed(1);
}

function percent(share = -1): string {
  return share < 0 ? '-' : (100 * share).toFixed(1);
}
