/**
 * `loupe evaluate`: scores a COCO results file against a ground truth, by COCO's rules (the twelve
 * numbers of pycocotools) and by VOC's (the paper's metric), and, given proposals, says how much
 * of the truth they cover. On request also by size, with an interval, against another results file,
 * by type of error, and from which score on detections are best shown.
 */
import type { Command } from 'commander';
import {
  BOOTSTRAP_SEED,
  bootstrapDifference,
  bootstrapInterval,
  type Interval,
} from '../../src/core/evaluation/bootstrap.ts';
import { apPerCategory, cocoStats, evaluateCoco } from '../../src/core/evaluation/cocoEval.ts';
import {
  type CocoGroundTruth,
  type CocoResult,
  hasSize,
} from '../../src/core/evaluation/cocoJson.ts';
import { operatingPoint } from '../../src/core/evaluation/operatingPoint.ts';
import {
  meanAp50,
  meanRecall,
  objectCount,
  outcomesOf,
} from '../../src/core/evaluation/outcomes.ts';
import { COCO_AREA_RANGES, IMAGE_AREA_RANGES } from '../../src/core/evaluation/params.ts';
import { proposalRecall } from '../../src/core/evaluation/recall.ts';
import { tideErrors } from '../../src/core/evaluation/tide.ts';
import { evaluateVoc } from '../../src/core/evaluation/vocAp.ts';
import { readGroundTruth, readResults } from '../cocoFiles.ts';
import { plural, printJson, say, UserError } from '../console.ts';
import { seededRandom } from '../detector/random.ts';
import {
  type Comparison,
  type Report,
  reportTables,
  type SizeScores,
} from '../evaluationReport.ts';
import { ofClasses } from '../experiment/runData.ts';
import { writeJsonFile } from '../jsonFile.ts';
import { namesOf, scoredOf } from '../report/scored.ts';

interface EvaluateOptions {
  readonly groundTruth: string;
  readonly detections: string;
  readonly proposals?: string;
  readonly bySize?: boolean;
  readonly interval?: boolean;
  readonly against?: string;
  readonly errors?: boolean;
  readonly threshold?: boolean;
  readonly classes?: string;
  readonly outcomesOut?: string;
  readonly json?: boolean;
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
    .option('--against <file>', 'how much better than these results, with its 95 % interval')
    .option('--errors', "what AP50 is lost to: TIDE's six types of error")
    .option('--threshold', 'the score from which on detections are best shown, by F1')
    .option('--classes <names>', 'score these classes alone; commas between them')
    .option('--outcomes-out <file>', 'keep for loupe report what became of every detection')
    .option('--json', 'print one JSON object on stdout instead of tables')
    .addHelpText(
      'after',
      `
Detections of classes the ground truth does not list are ignored, and their number is told: a set
is scored on its own classes. What is undefined, such as the AP of a class without objects, is -1
in JSON and "-" in the tables.

--against compares two results files on the same ground truth, for example of two models: mAP50 of
--detections less that of the other, by paired bootstrap over images (10,000 draws, always the same
ones). "Better" may be said where the whole interval is above 0.

--threshold tells the lowest score at which F1 (all classes together, IoU 0.5) is nine tenths of its best:
measured on val, it goes into a model's metrics and the app begins there.

--outcomes-out writes a file without photos and annotations, from which loupe report computes scores,
intervals and curves; its name says what it is of: model.set.split.look.json.

Examples:
  $ npm run loupe -- evaluate --ground-truth test.json --detections detections.json
  $ npm run --silent loupe -- evaluate --ground-truth test.json --detections d.json --json
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --proposals p.json
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --by-size --errors
  $ npm run loupe -- evaluate --ground-truth test.json --detections new.json --against old.json
  $ npm run loupe -- evaluate --ground-truth test.json --detections d.json --proposals p.json \\
      --outcomes-out training/experiments/shipped/household.sod_coco10.test.fine.json`,
    )
    .action(evaluate);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const { outcomesOut } = options;
  // A name that will be refused is refused before the work.
  if (outcomesOut !== undefined) namesOf(outcomesOut);
  const truth = ofNamedClasses(await readGroundTruth(options.groundTruth), options);
  const detections = await readResults(options.detections, truth.images);
  const proposals = options.proposals && (await readResults(options.proposals, truth.images));
  const others = options.against && (await readResults(options.against, truth.images));
  warnOf(truth, detections);
  const evaluation = evaluateCoco(truth, detections);
  const point = options.threshold ? operatingPoint(outcomesOf(truth, detections)) : undefined;
  const report: Report = {
    stats: cocoStats(evaluation),
    perCategory: apPerCategory(evaluation),
    voc: evaluateVoc(truth, detections),
    ...(proposals ? { proposals: proposalRecall(truth, proposals) } : {}),
    ...(point && { operatingPoint: point }),
    ...(options.bySize ? { bySize: bySize(truth, detections) } : {}),
    ...(options.interval ? { interval: intervalOf(truth, detections) } : {}),
    ...(options.against && others
      ? { against: comparison(truth, detections, options.against, others) }
      : {}),
    ...(options.errors ? { errors: tideErrors(truth, detections) } : {}),
  };
  if (outcomesOut !== undefined) {
    const whole = {
      ...report,
      bySize: report.bySize ?? bySize(truth, detections),
      errors: report.errors ?? tideErrors(truth, detections),
    };
    const scored = scoredOf(outcomesOut, truth, outcomesOf(truth, detections), whole);
    writeJsonFile(outcomesOut, scored, 1);
    say(`Wrote ${outcomesOut}.`);
  }
  if (options.json) printJson(report);
  else process.stdout.write(reportTables(report, truth));
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

/** All -1 without objects, as every score. */
function intervalOf(truth: CocoGroundTruth, detections: readonly CocoResult[]): Interval {
  const outcomes = outcomesOf(truth, detections);
  if (objectCount(outcomes) === 0) return { estimate: -1, low: -1, high: -1 };
  return bootstrapInterval([[outcomes]], seededRandom(BOOTSTRAP_SEED));
}

function comparison(
  truth: CocoGroundTruth,
  detections: readonly CocoResult[],
  file: string,
  others: readonly CocoResult[],
): Comparison {
  const [system, baseline] = [outcomesOf(truth, detections), outcomesOf(truth, others)];
  // A difference may be -1 honestly: unlike a score it has no number left that says "undefined".
  if (objectCount(baseline) === 0) {
    throw new UserError('The ground truth has no objects, so no results are better than others.');
  }
  const random = seededRandom(BOOTSTRAP_SEED);
  const difference = bootstrapDifference([{ system: [system], baseline: [baseline] }], random);
  return { file, AP50: meanAp50(baseline), ...difference };
}

/** The part of a ground truth that was asked for. */
function ofNamedClasses(
  truth: CocoGroundTruth,
  { classes, groundTruth }: EvaluateOptions,
): CocoGroundTruth {
  if (classes === undefined) return truth;
  const names = classes.split(',').map((name) => name.trim());
  const unknown = names.find((name) => truth.categories.every((one) => one.name !== name));
  if (unknown !== undefined) {
    const known = truth.categories.map(({ name }) => name).join(', ');
    throw new UserError(`${groundTruth} has no class "${unknown}"; it has ${known}.`);
  }
  return ofClasses(truth, names);
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
