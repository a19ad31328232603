/**
 * `loupe detect`: looks for small objects in photos and writes what it finds as COCO results. With
 * a ground truth the ids are its own, so that `loupe evaluate` can score them; without, image ids
 * are file names and class ids the model's.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { UPSCALINGS, type Upscaling } from '../../src/core/classification/config.ts';
import type { CocoResult } from '../../src/core/evaluation/cocoJson.ts';
import { DEFAULT_CLASSIFIER, DEFAULT_RECLASSIFIED } from '../classifier/reclassifying.ts';
import { readGroundTruth } from '../cocoFiles.ts';
import { duration, plural, printJson, say, UserError } from '../console.ts';
import {
  categoryIdsOfTruth,
  cocoResult,
  cocoResults,
  DRAWN_SCORE,
  detectInPhotos,
  LEAST_SCORE,
  photosOfTruth,
  type Seen,
  type Sight,
} from '../detecting.ts';
import { drawDetections } from '../drawing.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from '../engine.ts';
import { count, share, sizeInPixels } from '../optionValues.ts';
import { listPhotos, type Photo } from '../photoList.ts';
import { loadSeeing, type SeeingSetup } from '../seeing.ts';
import { DEFAULT_MODEL as DEFAULT_RED_NET } from '../superResolution/model.ts';
import { lanesOf, startPool, WORKERS_HELP, workersFor } from '../workers/pool.ts';

interface DetectOptions {
  readonly out?: string;
  readonly pictures?: string;
  readonly score: number;
  readonly proposals: number;
  readonly size?: number;
  readonly slices?: boolean;
  readonly fine?: boolean;
  readonly upscaling: Upscaling;
  readonly reclassify: number;
  readonly classifier: string;
  readonly redNet: string;
  readonly model: string;
  readonly engine: EngineChoice;
  readonly workers?: number;
  readonly coco?: string;
  readonly proposalsOut?: string;
  readonly json?: boolean;
}

/** The category id of proposals, which have no class. */
const ANY_OBJECT = 0;

export function register(program: Command): void {
  program
    .command('detect')
    .description('Finds small objects in photos and writes them as COCO results.')
    .argument('<photos...>', 'pictures, or folders of them')
    .option('--out <file>', 'write the detections there, as COCO results JSON')
    .option('--json', 'print the same on stdout')
    .option('--pictures <folder>', `draw those of score ${DRAWN_SCORE} or more on copies in there`)
    .option('--coco <file>', 'take image and category ids from this ground truth, by name')
    .option('--proposals-out <file>', "write the network's proposals too, for evaluate --proposals")
    .option('--score <least>', 'leave out detections with a lower score', share, LEAST_SCORE)
    .option('--proposals <count>', 'proposals to look at in each photo', count, 300)
    .option(
      '--size <pixels>',
      "long side of what the network sees (default: the model's own)",
      sizeInPixels,
    )
    .option('--fine', "look as closely as the app's Fine does, as the model's manifest says")
    .option('--slices', 'look at overlapping, enlarged tiles of each photo, too')
    .addOption(
      new Option(
        '--upscaling <kind>',
        'classify the best proposals again, from crops that were upscaled like this',
      )
        .choices(UPSCALINGS)
        .default('none'),
    )
    .option(
      '--reclassify <count>',
      'proposals of each photo to classify again',
      count,
      DEFAULT_RECLASSIFIED,
    )
    .option('--model <folder>', 'the model to use', 'public/models/household')
    .option('--classifier <folder>', 'what classifies again', DEFAULT_CLASSIFIER)
    .option('--red-net <folder>', 'what sharpens for super-resolution', DEFAULT_RED_NET)
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .option('--workers <count>', WORKERS_HELP, count)
    .addHelpText(
      'after',
      `
Without --coco the image ids are file names (below the folder that was given) and the category ids
the model's own. With it, photos and classes are matched by name: photos it does not list are not
looked at, and classes it does not list are left out. A photo that cannot be read is reported and
the rest go on; the exit code is then 1.

A larger --size and --slices find smaller objects and take longer: the time grows with the square
of the size; --slices looks five times (the whole photo and four tiles), each time at that size.
However often a photo is looked at, the best --proposals of all passes are classified.

On the wasm engine photos are shared out to --workers, each an engine of its own that takes up to 1 GB
of memory; what is found and its order are the same. The other engines use all cores by themselves.

With --upscaling bicubic or super-resolution the most certain proposals are cut out of the photo,
enlarged, sharpened, and classified again; both scores are merged by the classifier's own rule.

Examples:
  $ npm run loupe -- detect desk.jpg kitchen.jpg --out detections.json
  $ npm run loupe -- detect photos/ --out detections.json --pictures drawn/ --score 0.3
  $ npm run loupe -- detect photos/ --out detections.json --size 960
  $ npm run loupe -- detect photos/ --out detections.json --slices
  $ npm run loupe -- detect photos/ --out detections.json --fine
  $ npm run loupe -- detect photos/ --out detections.json --upscaling super-resolution
  $ npm run loupe -- detect images/ --coco test.json --out d.json --proposals-out p.json
  $ npm run --silent loupe -- detect desk.jpg --json`,
    )
    .action(detect);
}

async function detect(inputs: readonly string[], options: DetectOptions): Promise<void> {
  if (!options.out && !options.json && !options.pictures && !options.proposalsOut) {
    throw new UserError(
      'Say where the detections go: --out <file>, --json for stdout, or --pictures <folder>.',
    );
  }
  if (options.fine && (options.size !== undefined || options.slices)) {
    throw new UserError('--fine says how closely to look; leave out --size and --slices.');
  }
  const { coco = '' } = options;
  const truth = options.coco === undefined ? undefined : await readGroundTruth(coco);
  const listed = await listPhotos(inputs);
  const photos = truth ? photosOfTruth(listed, truth.images, coco) : listed;
  const engine = await chooseEngine(options.engine);
  const { upscaling, classifier, redNet, reclassify: proposals } = options;
  const setup: SeeingSetup = {
    ...{ model: options.model, fine: options.fine ?? false },
    ...{ size: options.size, slices: options.slices ?? false },
    options: { scoreThreshold: options.score, proposals: { postNmsTopN: options.proposals } },
    ...(upscaling !== 'none' && { again: { upscaling, classifier, redNet, proposals } }),
  };
  const workers = workersFor(options.workers, engine, photos.length);
  const seeing = await loadSeeing(setup);
  const pool =
    workers > 1
      ? startPool<Photo, Sight>(new URL('../workers/detect.ts', import.meta.url), setup, workers)
      : undefined;
  try {
    const { classes } = seeing;
    const categoryIds = truth
      ? categoryIdsOfTruth(classes, truth.categories, coco)
      : classes.map(({ id }) => id);
    const by = workers > 1 ? `, ${workers} workers` : '';
    say(`${plural(photos.length, 'photo')}, ${seeing.name} on ${engine.description}${by}.`);
    const start = performance.now();
    const results: Results = { detections: [], proposals: [] };
    const tally = await detectInPhotos(
      photos,
      pool?.run ?? seeing.see,
      (seen) => keep(seen, results, categoryIds, options),
      lanesOf(workers),
    );
    await writeResults(results, options);
    const seconds = (performance.now() - start) / 1000;
    say(
      `${plural(results.detections.length, 'detection')} in ${plural(tally.done, 'photo')}, ` +
        `${duration(seconds)} (${(seconds / photos.length).toFixed(1)} s a photo).`,
    );
    for (const remark of tally.remarks) say(remark);
    for (const failure of tally.failures) say(failure);
    if (tally.failures.length > 0) process.exitCode = 1;
  } finally {
    await pool?.end();
    seeing.dispose();
  }
}

/** What the files will hold. */
interface Results {
  readonly detections: CocoResult[];
  readonly proposals: CocoResult[];
}

/** Keeps what was found in a photo, and draws it where that is wanted. */
async function keep(
  { photo, picture, result }: Seen,
  results: Results,
  categoryIds: readonly (number | undefined)[],
  options: DetectOptions,
): Promise<void> {
  results.detections.push(...cocoResults(photo.imageId, result.detections, categoryIds));
  if (options.proposalsOut) {
    for (const { box, objectness } of result.proposals) {
      results.proposals.push(cocoResult(photo.imageId, ANY_OBJECT, box, objectness));
    }
  }
  if (!options.pictures) return;
  const drawn = result.detections.filter(
    ({ score, label }) => score >= DRAWN_SCORE && categoryIds[label] !== undefined,
  );
  await drawDetections(picture, drawn, join(options.pictures, drawnName(photo.name)));
}

/** A photo's name below a folder as one file name, always a JPEG's. */
function drawnName(name: string): string {
  const flat = name.replace(/^[./\\]+/, '').replace(/[/\\:]+/g, '-');
  return /\.jpe?g$/i.test(flat) ? flat : `${flat}.jpg`;
}

async function writeResults(results: Results, options: DetectOptions): Promise<void> {
  if (options.out) await writeList(options.out, results.detections);
  if (options.proposalsOut) await writeList(options.proposalsOut, results.proposals);
  if (options.json) printJson(results.detections);
}

/** One result a line: readable, and a diff of two runs shows what changed. */
async function writeList(path: string, results: readonly CocoResult[]): Promise<void> {
  const lines = results.map((result) => JSON.stringify(result)).join(',\n');
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `[\n${lines}\n]\n`);
  } catch (error) {
    throw new UserError(`${path} cannot be written (${(error as Error).message}).`);
  }
}
