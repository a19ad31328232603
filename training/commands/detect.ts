/**
 * `loupe detect`: looks for small objects in photos and writes what it finds as COCO results. With
 * a ground truth the ids are its own, so that `loupe evaluate` can score them; without, image ids
 * are file names and class ids the model's.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { toXywh } from '../../src/core/boxes/box.ts';
import type { DetectionResult, FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorConfigOf, detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook, type Look, looksOf } from '../../src/core/detection/looks.ts';
import type { DetectorClass } from '../../src/core/detection/types.ts';
import type { CocoCategory, CocoResult, ImageId } from '../../src/core/evaluation/cocoJson.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { readGroundTruth } from '../cocoFiles.ts';
import { duration, plural, printJson, progressBar, say, UserError } from '../console.ts';
import { drawDetections } from '../drawing.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { readPicture } from '../images.ts';
import { count, share, sizeInPixels } from '../optionValues.ts';
import { listPhotos, matchGroundTruth, type Photo } from '../photoList.ts';

interface DetectOptions {
  readonly out?: string;
  readonly pictures?: string;
  readonly score: number;
  readonly proposals: number;
  readonly size?: number;
  readonly slices?: boolean;
  readonly fine?: boolean;
  readonly model: string;
  readonly engine: EngineChoice;
  readonly coco?: string;
  readonly proposalsOut?: string;
  readonly json?: boolean;
}

/** Below this a drawn picture would be all boxes. */
const DRAWN_SCORE = 0.3;
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
    .option('--score <least>', 'leave out detections with a lower score', share, 0.05)
    .option('--proposals <count>', 'proposals to look at in each photo', count, 300)
    .option(
      '--size <pixels>',
      "long side of what the network sees (default: the model's own)",
      sizeInPixels,
    )
    .option('--fine', "look as closely as the app's Fine does, as the model's manifest says")
    .option('--slices', 'look at overlapping, enlarged tiles of each photo, too')
    .option('--model <folder>', 'the model to use', 'public/models/household')
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .addHelpText(
      'after',
      `
Without --coco the image ids are file names (below the folder that was given) and the category ids
the model's own. With it, photos and classes are matched by name: photos it does not list are not
looked at, and classes it does not list are left out. A photo that cannot be read is reported and
the rest go on; the exit code is then 1.

A larger --size and --slices find smaller objects and take longer: the time grows with the square
of the size; --slices looks five times (the whole photo and four tiles), each time at that size and
with as many proposals.

Examples:
  $ npm run loupe -- detect desk.jpg kitchen.jpg --out detections.json
  $ npm run loupe -- detect photos/ --out detections.json --pictures drawn/ --score 0.3
  $ npm run loupe -- detect photos/ --out detections.json --size 960
  $ npm run loupe -- detect photos/ --out detections.json --slices
  $ npm run loupe -- detect photos/ --out detections.json --fine
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
  const truth = options.coco === undefined ? undefined : await readGroundTruth(options.coco);
  const photos = choosePhotos(await listPhotos(inputs), options.coco, truth?.images);
  const engine = await chooseEngine(options.engine);
  const model = await loadModel(createFileSource(options.model));
  try {
    const detector = detectorFromModel(model);
    const categoryIds = chooseCategories(detector.classes, options.coco, truth?.categories);
    say(`${plural(photos.length, 'photo')}, ${model.manifest.name} on ${engine.description}.`);
    const start = performance.now();
    const look: Look = options.fine
      ? looksOf(detectorConfigOf(model.manifest)).fine
      : { workingSize: options.size ?? detector.workingSize, slices: options.slices ?? false };
    const run = await detectAll(detector, photos, categoryIds, look, options);
    await writeResults(run, options);
    const seconds = (performance.now() - start) / 1000;
    say(
      `${plural(run.detections.length, 'detection')} in ${plural(run.done, 'photo')}, ` +
        `${duration(seconds)} (${(seconds / photos.length).toFixed(1)} s a photo).`,
    );
    for (const remark of run.remarks) say(remark);
    for (const failure of run.failures) say(failure);
    if (run.failures.length > 0) process.exitCode = 1;
  } finally {
    model.dispose();
  }
}

/** With a ground truth: its photos only. Says what is left out. */
function choosePhotos(
  photos: readonly Photo[],
  coco: string | undefined,
  images: Parameters<typeof matchGroundTruth>[1] | undefined,
): readonly Photo[] {
  if (!images) return photos;
  const matched = matchGroundTruth(photos, images);
  if (matched.photos.length === 0) {
    throw new UserError(
      `None of the photos is listed in ${coco}; check that they belong together.`,
    );
  }
  if (matched.unlisted > 0) {
    say(`${plural(matched.unlisted, 'photo')} that ${coco} does not list skipped.`);
  }
  if (matched.missing > 0) {
    say(`${plural(matched.missing, 'image')} of ${coco} not among the photos.`);
  }
  return matched.photos;
}

/** The category id to write for each of the model's classes; undefined for one to leave out. */
function chooseCategories(
  classes: readonly DetectorClass[],
  coco: string | undefined,
  categories: readonly CocoCategory[] | undefined,
): readonly (number | undefined)[] {
  if (!categories) return classes.map(({ id }) => id);
  const plain = (name: string) => name.trim().toLowerCase();
  const idOf = new Map(categories.map(({ id, name }) => [plain(name), id]));
  const ids = classes.map(({ name }) => idOf.get(plain(name)));
  const left = classes.filter(({ shown }, label) => shown && ids[label] === undefined);
  if (left.length > 0) {
    const names = left.map(({ name }) => name).join(', ');
    say(
      `${plural(left.length, 'class', 'classes')} that ${coco} does not list left out: ${names}.`,
    );
  }
  return ids;
}

interface Run {
  readonly detections: CocoResult[];
  readonly proposals: CocoResult[];
  readonly remarks: string[];
  /** one sentence per photo that could not be read */
  readonly failures: string[];
  done: number;
}

async function detectAll(
  detector: FasterRcnn,
  photos: readonly Photo[],
  categoryIds: readonly (number | undefined)[],
  look: Look,
  options: DetectOptions,
): Promise<Run> {
  const run: Run = { detections: [], proposals: [], remarks: [], failures: [], done: 0 };
  const progress = progressBar(photos.length, 'Detecting');
  try {
    for (const photo of photos) {
      try {
        const picture = await readPicture(photo.path, (remark) => run.remarks.push(remark));
        const result = await detectWithLook(detector, picture, look, {
          scoreThreshold: options.score,
          proposals: { postNmsTopN: options.proposals },
        });
        addResults(run, photo.imageId, result, categoryIds, options);
        if (options.pictures) {
          const drawn = result.detections.filter(
            ({ score, label }) => score >= DRAWN_SCORE && categoryIds[label] !== undefined,
          );
          await drawDetections(picture, drawn, join(options.pictures, drawnName(photo.name)));
        }
        run.done++;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        run.failures.push(error.message);
      }
      progress.tick();
    }
  } finally {
    progress.stop();
  }
  return run;
}

function addResults(
  run: Run,
  image_id: ImageId,
  { detections, proposals }: DetectionResult,
  categoryIds: readonly (number | undefined)[],
  options: DetectOptions,
): void {
  for (const { box, label, score } of detections) {
    const category_id = categoryIds[label];
    if (category_id === undefined) continue;
    run.detections.push({ image_id, category_id, bbox: rounded(toXywh(box)), score: six(score) });
  }
  if (!options.proposalsOut) return;
  for (const { box, objectness } of proposals) {
    const bbox = rounded(toXywh(box));
    run.proposals.push({ image_id, category_id: ANY_OBJECT, bbox, score: six(objectness) });
  }
}

/** Hundredths of a pixel. */
function rounded([x, y, width, height]: CocoResult['bbox']): CocoResult['bbox'] {
  const hundredths = (value: number) => Math.round(value * 100) / 100;
  return [hundredths(x), hundredths(y), hundredths(width), hundredths(height)];
}

const six = (value: number) => Math.round(value * 1e6) / 1e6;

/** A photo's name below a folder as one file name, always a JPEG's. */
function drawnName(name: string): string {
  const flat = name.replace(/^[./\\]+/, '').replace(/[/\\:]+/g, '-');
  return /\.jpe?g$/i.test(flat) ? flat : `${flat}.jpg`;
}

async function writeResults(run: Run, options: DetectOptions): Promise<void> {
  if (options.out) await writeList(options.out, run.detections);
  if (options.proposalsOut) await writeList(options.proposalsOut, run.proposals);
  if (options.json) printJson(run.detections);
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
