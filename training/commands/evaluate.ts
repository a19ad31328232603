/**
 * `loupe evaluate`: scores a COCO results file against a ground truth, by COCO's rules (the twelve
 * numbers of pycocotools) and by VOC's (the paper's metric), and, given proposals, says how much
 * of the truth they cover.
 */
import type { Command } from 'commander';
import {
  apPerCategory,
  type CategoryAp,
  COCO_STATS,
  cocoStats,
  evaluateCoco,
} from '../../src/core/evaluation/cocoEval.ts';
import type { CocoGroundTruth, CocoResult } from '../../src/core/evaluation/cocoJson.ts';
import { type ProposalRecall, proposalRecall } from '../../src/core/evaluation/recall.ts';
import { evaluateVoc, type VocEvaluation } from '../../src/core/evaluation/vocAp.ts';
import { readGroundTruth, readResults } from '../cocoFiles.ts';
import { plural, printJson, say } from '../console.ts';

interface EvaluateOptions {
  readonly groundTruth: string;
  readonly detections: string;
  readonly proposals?: string;
  readonly json?: boolean;
}

interface Report {
  /** the twelve of pycocotools, in its order; -1 where undefined, here and everywhere */
  readonly stats: readonly number[];
  readonly perCategory: readonly CategoryAp[];
  readonly voc: VocEvaluation;
  readonly proposals?: readonly ProposalRecall[];
}

export function register(program: Command): void {
  program
    .command('evaluate')
    .description('Scores detections: COCO AP as pycocotools computes it, VOC AP, proposal recall.')
    .requiredOption('--ground-truth <file>', 'COCO JSON with images, annotations and categories')
    .requiredOption('--detections <file>', 'COCO results JSON, as detect writes it')
    .option('--proposals <file>', 'also score proposals, as detect --proposals-out writes them')
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
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --proposals p.json`,
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
  };
  if (options.json) printJson(report);
  else process.stdout.write(tables(report, truth));
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
  return `${parts.join('\n')}\n`;
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
