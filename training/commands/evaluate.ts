/**
 * `loupe evaluate`: scores a COCO results file against a ground truth, by COCO's rules (the twelve
 * numbers of pycocotools) and by VOC's (the paper's metric), and, given proposals, says how much
 * of the truth they cover. On request also by size, with an interval, and by type of error.
 */
import type { Command } from 'commander';
import { bootstrapInterval, type Interval } from '../../src/core/evaluation/bootstrap.ts';
import {
  apPerCategory,
  type CategoryAp,
  COCO_STATS,
  cocoStats,
  evaluateCoco,
} from '../../src/core/evaluation/cocoEval.ts';
import {
  type CocoGroundTruth,
  type CocoResult,
  hasSize,
} from '../../src/core/evaluation/cocoJson.ts';
import {
  meanAp50,
  meanRecall,
  objectCount,
  outcomesOf,
} from '../../src/core/evaluation/outcomes.ts';
import { COCO_AREA_RANGES, IMAGE_AREA_RANGES } from '../../src/core/evaluation/params.ts';
import { type ProposalRecall, proposalRecall } from '../../src/core/evaluation/recall.ts';
import { type TideErrors, tideErrors } from '../../src/core/evaluation/tide.ts';
import { evaluateVoc, type VocEvaluation } from '../../src/core/evaluation/vocAp.ts';
import { readGroundTruth, readResults } from '../cocoFiles.ts';
import { plural, printJson, say } from '../console.ts';
import { seededRandom } from '../detector/random.ts';

interface EvaluateOptions {
  readonly groundTruth: string;
  readonly detections: string;
  readonly proposals?: string;
  readonly bySize?: boolean;
  readonly interval?: boolean;
  readonly errors?: boolean;
  readonly json?: boolean;
}

/** Scores of the objects of one size. */
interface SizeScores {
  readonly name: string;
  readonly unit: 'image' | 'pixels';
  readonly objects: number;
  readonly AP50: number;
  /** of the best 100 detections of an image and class, at IoU 0.5 */
  readonly recall: number;
}

interface Report {
  /** the twelve of pycocotools, in its order; -1 where undefined, here and everywhere */
  readonly stats: readonly number[];
  readonly perCategory: readonly CategoryAp[];
  readonly voc: VocEvaluation;
  readonly proposals?: readonly ProposalRecall[];
  readonly bySize?: readonly SizeScores[];
  /** of mAP50, 95 % */
  readonly interval?: Interval;
  readonly errors?: TideErrors;
}

export function register(program: Command): void {
  program
    .command('evaluate')
    .description('Scores detections: COCO AP as pycocotools computes it, VOC AP, proposal recall.')
    .requiredOption('--ground-truth <file>', 'COCO JSON with images, annotations and categories')
    .requiredOption('--detections <file>', 'COCO results JSON, as detect writes it')
    .option('--proposals <file>', 'also score proposals, as detect --proposals-out writes them')
    .option('--by-size', "AP50 and recall by an object's share of its picture and by COCO's sizes")
    .option('--interval', 'the 95 % interval of mAP50, by bootstrap over images (always the same)')
    .option('--errors', "what AP50 is lost to: TIDE's six types of error")
    .option('--json', 'print one JSON object on stdout instead of tables')
    .addHelpText(
      'after',
      `
Detections of classes the ground truth does not list are ignored, and their number is told: a set
is scored on its own classes. What is undefined, such as the AP of a class without objects, is -1
in JSON and "-" in the tables.

Examples:
  $ npm run loupe -- evaluate --ground-truth test.json --detections detections.json
  $ npm run --silent loupe -- evaluate --ground-truth test.json --detections d.json --json
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --proposals p.json
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --by-size --errors`,
    )
    .action(evaluate);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const truth = await readGroundTruth(options.groundTruth);
  const detections = await readResults(options.detections, truth.images);
  const proposals = options.proposals && (await readResults(options.proposals, truth.images));
  warnOf(truth, detections);
  const evaluation = evaluateCoco(truth, detections);
  const report: Report = {
    stats: cocoStats(evaluation),
    perCategory: apPerCategory(evaluation),
    voc: evaluateVoc(truth, detections),
    ...(proposals ? { proposals: proposalRecall(truth, proposals) } : {}),
    ...(options.bySize ? { bySize: bySize(truth, detections) } : {}),
    ...(options.interval ? { interval: intervalOf(truth, detections) } : {}),
    ...(options.errors ? { errors: tideErrors(truth, detections) } : {}),
  };
  if (options.json) printJson(report);
  else process.stdout.write(tables(report, truth));
}

function bySize(truth: CocoGroundTruth, detections: readonly CocoResult[]): SizeScores[] {
  const sized = truth.images.every(hasSize);
  if (!sized) say('Some images have no width and height: only sizes in pixels are told.');
  const ranges = [...(sized ? IMAGE_AREA_RANGES : []), ...COCO_AREA_RANGES.slice(1)];
  return ranges.map((range) => {
    const outcomes = outcomesOf(truth, detections, range);
    return {
      name: range.name,
      unit: range.unit,
      objects: objectCount(outcomes),
      AP50: meanAp50(outcomes),
      recall: meanRecall(outcomes),
    };
  });
}

/** Any seed will do, but one and the same for everyone who asks. */
const BOOTSTRAP_SEED = 1;

/** All -1 without objects, as every score. */
function intervalOf(truth: CocoGroundTruth, detections: readonly CocoResult[]): Interval {
  const outcomes = outcomesOf(truth, detections);
  if (objectCount(outcomes) === 0) return { estimate: -1, low: -1, high: -1 };
  return bootstrapInterval([[outcomes]], seededRandom(BOOTSTRAP_SEED));
}

/** Says what the numbers leave out. */
function warnOf(truth: CocoGroundTruth, detections: readonly CocoResult[]): void {
  const listed = new Set(truth.categories.map(({ id }) => id));
  const unlabelled = detections.filter(({ category_id }) => !listed.has(category_id));
  if (unlabelled.length > 0) {
    const classes = new Set(unlabelled.map(({ category_id }) => category_id)).size;
    say(
      `${plural(unlabelled.length, 'detection')} of ${plural(classes, 'class', 'classes')} that ` +
        'the ground truth does not list ignored.',
    );
  }
  if (truth.annotations.some(({ id }) => id === 0)) {
    say(
      'The ground truth has an annotation with the id 0, which pycocotools, and so this AP, never ' +
        'counts as found; number annotations from 1.',
    );
  }
}

/** All of a report in percent, for reading. */
function tables(report: Report, truth: CocoGroundTruth): string {
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
    table(stats),
    '',
    'Classes, in percent (VOC AP at IoU 0.5, by area and at 11 points)',
    table([['class', 'objects', 'AP', 'AP50', 'VOC', 'VOC 11'], ...classes, mean]),
  ];
  if (report.proposals) {
    parts.push(
      '',
      'Recall of the proposals at IoU 0.5, in percent',
      table([
        ['proposals', 'all', 'under 1 % of the picture'],
        ...report.proposals.map(({ proposals, recall, recallSmall }) => [
          String(proposals),
          percent(recall),
          percent(recallSmall),
        ]),
      ]),
    );
  }
  parts.push(...statistics(report));
  return `${parts.join('\n')}\n`;
}

/** The tables that are printed on request. */
function statistics({ interval, bySize: sizes, errors }: Report): string[] {
  const parts: string[] = [];
  if (interval) {
    const [estimate, low, high] = [interval.estimate, interval.low, interval.high].map(percent);
    parts.push('', `mAP50 ${estimate} %, 95 % interval ${low} to ${high} (bootstrap over images)`);
  }
  if (sizes) {
    parts.push(
      '',
      'By size, in percent (share of the picture, then COCO in pixels)',
      table([
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
      table([
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

/** Columns as wide as their widest cell; numbers to the right, words to the left. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isNumeric = (column: number) =>
    /^(-|[\d.]+)$/.test(rows.at(-1)?.[column] ?? '') && column > 0;
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths?.[column] ?? 0;
          return isNumeric(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
