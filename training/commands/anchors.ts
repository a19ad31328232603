/**
 * `loupe anchors`: chooses the sizes of anchors for a data set, in one of three ways, says what they
 * can reach beside the named sets, and writes them for training here or in other programs.
 */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { type ComparedSet, compareSets } from '../../src/core/anchors/comparison.ts';
import { CoverageCache } from '../../src/core/anchors/coverage.ts';
import {
  type AnchorFile,
  EXPORT_FORMATS,
  type ExportFormat,
  mmdetectionSnippet,
  torchvisionSnippet,
} from '../../src/core/anchors/export.ts';
import {
  FIT_METHODS,
  type FitMethod,
  fitSizes,
  MOST_FITTED,
} from '../../src/core/anchors/fitting.ts';
import { placeBoxes } from '../../src/core/anchors/placement.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { shapesOf } from '../../src/core/anchors/shapes.ts';
import { AnnotationError } from '../../src/core/annotations/annotationError.ts';
import { type BoxSet, skippedText } from '../../src/core/annotations/boxSet.ts';
import { readBoxes, readZippedBoxes } from '../../src/core/annotations/readBoxes.ts';
import { percent } from '../../src/core/results/percent.ts';
import { plainMessage, plural, printJson, say, UserError } from '../console.ts';
import { aspectRatios, betweenShares, count, positive, sizeInPixels } from '../optionValues.ts';
import { textTable } from '../textTable.ts';

interface AnchorsOptions {
  readonly stride: number;
  readonly threshold: number;
  readonly count: number;
  readonly ratios: readonly number[];
  readonly method: FitMethod;
  readonly workingSize?: number;
  readonly format?: ExportFormat;
  readonly json?: boolean;
}

/** The most sizes that make sense: each costs the RPN as much as any other. */
const MOST_SIZES = 64;

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('anchors')
    .description('Chooses anchor sizes for a data set and says which objects they can reach.')
    .argument('<file>', 'COCO JSON, or a zip of VOC XML or of YOLO labels with their pictures')
    .option('--stride <pixels>', 'of the feature map that the RPN slides over', positive, 16)
    .option('--threshold <iou>', 'IoU that a match needs', betweenShares, 0.5)
    .option('--count <sizes>', 'how many sizes; each comes in every ratio', count, 6)
    .option('--ratios <list>', 'heights over widths of each size', aspectRatios, [
      ...ANCHOR_SETS.paper.aspectRatios,
    ])
    .addOption(
      new Option('--method <name>', 'how to choose').choices(FIT_METHODS).default('recall'),
    )
    .option(
      '--working-size <pixels>',
      'resize photos to this long side (default: as they are)',
      sizeInPixels,
    )
    .addOption(
      new Option('--format <name>', 'print the anchors for a program').choices(EXPORT_FORMATS),
    )
    .option('--json', 'the same as --format json, which train detector --anchors takes')
    .addHelpText(
      'after',
      `
Methods: "theory" is the paper's (equation 2, from the histogram of sizes), "k-means" clusters by
1 - IoU, "recall" maximises the share of the objects that have an anchor at the threshold.

Best possible recall is that share: no network can find more with these anchors. Anchors lie at
(i + 0.5) x stride on the grid of each photo.

Examples:
  $ npm run loupe -- anchors train.json
  $ npm run loupe -- anchors train.json --stride 8 --count 4 --method theory
  $ npm run --silent loupe -- anchors train.json --stride 8 --json > anchors.json
  $ npm run loupe -- train detector --config my.json --anchors anchors.json
  $ npm run --silent loupe -- anchors train.json --format torchvision`,
    )
    .action(anchors);
}

function anchors(file: string, options: AnchorsOptions): void {
  const { stride, threshold, method, workingSize } = options;
  if (options.count > MOST_SIZES) {
    throw new UserError(
      `--count must be ${MOST_SIZES} or less; ${options.count} sizes are no set to train.`,
    );
  }
  const set = readSet(file);
  const left = skippedText(set.skipped);
  if (left) say(`${file}: ${left}.`);
  const placed = placeBoxes(set, stride, workingSize);
  if (placed.count > MOST_FITTED) {
    say(`Sizes are fitted to ${MOST_FITTED.toLocaleString('en')} of the boxes; recall is of all.`);
  }
  const { ratios } = options;
  const sizes = fitSizes(placed, {
    ...{ method, threshold },
    ...{ count: options.count, aspectRatios: ratios },
  });
  const cache = new CoverageCache(placed);
  const fitted = { sizes, aspectRatios: ratios };
  const format = options.json ? 'json' : options.format;
  if (format === 'torchvision' || format === 'mmdetection') {
    const write = format === 'torchvision' ? torchvisionSnippet : mmdetectionSnippet;
    process.stdout.write(write({ ...fitted, stride }));
  } else if (format === 'json') {
    const { bestPossibleRecall, meanBestIoU } = cache.measure(shapesOf(fitted), threshold);
    const answer: AnchorFile = {
      ...{ method, stride, threshold, sizes, ratios: [...ratios] },
      ...{ bestPossibleRecall, meanBestIoU, boxes: placed.count },
      ...(workingSize && { workingSize }),
    };
    printJson(answer);
  } else {
    const compared = compareSets(cache, { [method]: fitted, ...ANCHOR_SETS }, threshold);
    process.stdout.write(report(compared, sizes, options, placed.count));
  }
}

/** Boxes from COCO JSON or a zip; every way of going wrong is a UserError. */
function readSet(file: string): BoxSet {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`There is no file ${file}.`);
    if (code === 'EISDIR') {
      throw new UserError(`${file} is a folder; name a COCO JSON in it, or make a zip of it.`);
    }
    throw new UserError(`${file} cannot be read: ${plainMessage(error)}.`);
  }
  try {
    // "PK", with which every zip begins.
    if (bytes[0] === 0x50 && bytes[1] === 0x4b) return readZippedBoxes(bytes, file).boxes;
    return readBoxes([{ name: file, text: new TextDecoder().decode(bytes) }]).boxes;
  } catch (error) {
    throw error instanceof AnnotationError ? new UserError(error.message) : error;
  }
}

function report(
  sets: readonly ComparedSet[],
  sizes: readonly number[],
  { method, stride, threshold, workingSize, ratios }: AnchorsOptions,
  boxes: number,
): string {
  const seen = workingSize ? `photos of ${workingSize} px` : "the photos' own pixels";
  const rows = sets.map((one) => [
    one.name,
    String(one.set.sizes.length * one.set.aspectRatios.length),
    percent(one.bestPossibleRecall),
    ...one.bySize.map(({ recall }) => percent(recall)),
    percent(one.meanBestIoU),
    String(one.unused),
    String(Math.round(one.anchorsPerPicture)),
    one.gflop.toFixed(3),
  ]);
  const ranges = sets[0]?.bySize.map(({ from, to }) =>
    Number.isFinite(to) ? (from === 0 ? `< ${to}` : `${from}-${to}`) : `>= ${from}`,
  );
  return `Sizes by ${method}: ${sizes.join(', ')} px, in the ratios (height / width) ${ratios.join(', ')}

${plural(boxes, 'box', 'boxes')}, stride ${stride}, IoU ${threshold}, ${seen}. Best possible recall in percent, of all and by the
object's side in pixels; mean of the best IoU in percent; anchors that are no object's match; anchors of
a photo, and what the RPN's last layers compute for them.
${textTable([['set', 'shapes', 'recall', ...(ranges ?? []), 'IoU', 'unused', 'anchors', 'GFLOP'], ...rows])}
`;
}
