/**
 * `loupe gallery`: Figure 6 of the paper for any annotated set: what the detector found rightly, what
 * wrongly and what it missed, picked by rule, as a page of pictures for this machine. Photos of a
 * data set must never be committed, so the folder it writes ignores itself in git.
 */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { detectorConfigOf, detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { looksOf } from '../../src/core/detection/looks.ts';
import type { CocoGroundTruth, CocoResult } from '../../src/core/evaluation/cocoJson.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { readGroundTruth, readResults } from '../cocoFiles.ts';
import { plural, say, UserError } from '../console.ts';
import {
  categoryIdsOfTruth,
  cocoResults,
  DRAWN_SCORE,
  detectInPhotos,
  LEAST_SCORE,
  photosOfTruth,
  seeWith,
} from '../detecting.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice, prepareDetection } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { claimFolder, clearGallery, writePage } from '../gallery/folder.ts';
import { galleryPage } from '../gallery/page.ts';
import { pickExamples } from '../gallery/picks.ts';
import { drawPicks } from '../gallery/pictures.ts';
import { count, share, whole } from '../optionValues.ts';
import { listPhotos, type Photo } from '../photoList.ts';

interface GalleryOptions {
  readonly images: string;
  readonly annotations: string;
  readonly detections?: string;
  readonly model: string;
  readonly fine?: boolean;
  readonly score: number;
  readonly count: number;
  readonly seed: number;
  readonly out: string;
  readonly engine: EngineChoice;
}

const SET = '../shared/data/sod_coco10';

export function register(program: Command): void {
  program
    .command('gallery')
    .description('Writes a page of what was found rightly, wrongly and not at all, picked by rule.')
    .option('--images <folder>', 'the photos', `${SET}/images`)
    .option('--annotations <file>', 'their COCO ground truth', `${SET}/annotations/test.json`)
    .option('--detections <file>', 'COCO results as detect writes them, instead of a run')
    .option('--model <folder>', 'the model to run', 'public/models/household')
    .option('--fine', "look as closely as the app's Fine does")
    .option('--score <least>', 'detections with a lower score do not count', share, LEAST_SCORE)
    .option('--count <number>', 'pictures of each class and kind at most', count, 6)
    .option('--seed <number>', 'of the draw among the missed objects', whole, 1)
    .option('--out <folder>', 'a new folder, or the one of an earlier gallery', 'gallery')
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .addHelpText(
      'after',
      `
Of each class: the right detections of the highest scores, the wrong ones of the highest scores with
the name of their error (TIDE), and missed objects by a seeded draw. The page is index.html in --out;
git ignores that folder, for the photos of a data set are not ours to publish.

Examples:
  $ npm run loupe -- gallery
  $ npm run loupe -- gallery --fine --count 10 --out gallery-fine
  $ npm run loupe -- gallery --detections test.json
  $ npm run loupe -- gallery --images photos/ --annotations gt.json --model my-model`,
    )
    .action(gallery);
}

async function gallery(options: GalleryOptions): Promise<void> {
  const { annotations, out } = options;
  const truth = await readGroundTruth(annotations);
  const listed = photosOfTruth(await listPhotos([options.images]), truth.images, annotations);
  const given = options.detections && (await readResults(options.detections, truth.images));
  await claimFolder(out);
  const run: Run = given
    ? { photos: listed, results: given, failures: [] }
    : await detect(listed, truth, options);
  const { photos } = run;
  const results = run.results.filter(({ score }) => score >= options.score);
  const there = new Set(photos.map(({ imageId }) => imageId));
  const seen = { ...truth, images: truth.images.filter(({ id }) => there.has(id)) };
  const classes = pickExamples(seen, results, options);
  if (classes.length === 0) {
    throw new UserError(
      `There is nothing to show: ${annotations} labels nothing in these photos, and nothing was found.`,
    );
  }
  await clearGallery(out);
  const ids = new Set(truth.categories.map(({ id }) => id));
  const isListed = ({ category_id }: { category_id: number }) => ids.has(category_id);
  const around = {
    labelled: truth.annotations.filter(isListed),
    found: results.filter((one) => isListed(one) && one.score >= DRAWN_SCORE),
  };
  const picks = classes.flatMap(({ shown }) => [...shown.right, ...shown.wrong, ...shown.missed]);
  const drawn = await drawPicks(picks, photos, around, out);
  const made = options.detections
    ? `Detections of ${options.detections}.`
    : `Model ${basename(options.model)}, ${options.fine ? 'Fine' : 'Fast'}.`;
  const html = galleryPage({
    facts: [`${plural(photos.length, 'photo')} of ${annotations}.`, made],
    rule: { ...options, leastScore: options.score, drawnScore: DRAWN_SCORE },
    categories: truth.categories,
    classes,
    shown: drawn.shown,
  });
  const file = await writePage(out, html);
  const counts = [plural(drawn.shown.size, 'example'), plural(classes.length, 'class', 'classes')];
  say(`${counts.join(' of ')} in ${file}.`);
  const failures = [...run.failures, ...drawn.failures];
  for (const failure of failures) say(failure);
  if (failures.length > 0) process.exitCode = 1;
}

interface Run {
  /** those that could be read: nothing is missed in the others */
  readonly photos: readonly Photo[];
  readonly results: readonly CocoResult[];
  readonly failures: readonly string[];
}

/** Looks at the photos with the model. */
async function detect(
  listed: readonly Photo[],
  truth: CocoGroundTruth,
  options: GalleryOptions,
): Promise<Run> {
  const engine = await chooseEngine(options.engine);
  prepareDetection();
  const model = await loadModel(createFileSource(options.model));
  try {
    const detector = detectorFromModel(model);
    const ids = categoryIdsOfTruth(detector.classes, truth.categories, options.annotations);
    say(`${plural(listed.length, 'photo')}, ${model.manifest.name} on ${engine.description}.`);
    const { fast, fine } = looksOf(detectorConfigOf(model.manifest));
    const photos: Photo[] = [];
    const results: CocoResult[] = [];
    const { failures } = await detectInPhotos(
      listed,
      seeWith(detector, options.fine ? fine : fast, { scoreThreshold: options.score }),
      ({ photo, result }) => {
        photos.push(photo);
        results.push(...cocoResults(photo.imageId, result.detections, ids));
      },
    );
    return { photos, results, failures };
  } finally {
    model.dispose();
  }
}
