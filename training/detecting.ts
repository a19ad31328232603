/**
 * Looking at many photos: what the commands that run the detector over a folder have in common.
 * Which photos and which ids a ground truth asks for, photo after photo with progress and one
 * sentence for each that cannot be read, and detections as COCO results.
 */
import { type Box, toXywh } from '../src/core/boxes/box.ts';
import { CANDIDATE_OPTIONS } from '../src/core/classification/merge.ts';
import type { FasterRcnn } from '../src/core/detection/fasterRcnn.ts';
import { detectWithLook, type Look, type LookResult } from '../src/core/detection/looks.ts';
import type { DetectOptions } from '../src/core/detection/options.ts';
import type { Detection, DetectorClass, Picture } from '../src/core/detection/types.ts';
import type {
  CocoBbox,
  CocoCategory,
  CocoImage,
  CocoResult,
  ImageId,
} from '../src/core/evaluation/cocoJson.ts';
import { plural, progressBar, say, UserError } from './console.ts';
import { readPicture } from './images.ts';
import { inOrder } from './inOrder.ts';
import { matchGroundTruth, type Photo } from './photoList.ts';

/** The scores that are written where nobody asks for others. */
export const LEAST_SCORE = 0.05;
/** Below this a drawn picture would be all boxes. */
export const DRAWN_SCORE = 0.3;

/**
 * The photos that a ground truth lists. Says how many are left out, and how many are not there.
 *
 * @param name the ground truth's file, for the sentences
 * @throws UserError when it lists none of them
 */
export function photosOfTruth(
  photos: readonly Photo[],
  images: readonly CocoImage[],
  name: string,
): readonly Photo[] {
  const matched = matchGroundTruth(photos, images);
  if (matched.photos.length === 0) {
    throw new UserError(
      `None of the photos is listed in ${name}; check that they belong together.`,
    );
  }
  if (matched.unlisted > 0) {
    say(`${plural(matched.unlisted, 'photo')} that ${name} does not list skipped.`);
  }
  if (matched.missing > 0) {
    say(`${plural(matched.missing, 'image')} of ${name} not among the photos.`);
  }
  return matched.photos;
}

/**
 * A ground truth's category id for each of the model's classes, by name; undefined for one that it
 * does not list. Says which are left out.
 */
export function categoryIdsOfTruth(
  classes: readonly DetectorClass[],
  categories: readonly CocoCategory[],
  name: string,
): readonly (number | undefined)[] {
  const plain = (text: string) => text.trim().toLowerCase();
  const idOf = new Map(categories.map((category) => [plain(category.name), category.id]));
  const ids = classes.map((one) => idOf.get(plain(one.name)));
  const left = classes.filter(({ shown }, label) => shown && ids[label] === undefined);
  if (left.length > 0) {
    const names = left.map((one) => one.name).join(', ');
    say(
      `${plural(left.length, 'class', 'classes')} that ${name} does not list left out: ${names}.`,
    );
  }
  return ids;
}

/** What was seen in a photo. */
export interface Sight {
  readonly picture: Picture;
  readonly result: LookResult;
  /** what was not looked at, a sentence each */
  readonly remarks: readonly string[];
}

/** One photo after its run. */
export interface Seen extends Sight {
  readonly photo: Photo;
}

/** Looks at a photo; throws a UserError where it cannot be read. */
export type See = (photo: Photo) => Promise<Sight>;

/** How a run over many photos went. */
export interface Tally {
  readonly done: number;
  /** what was not looked at, a sentence each */
  readonly remarks: readonly string[];
  /** one sentence per photo that could not be read */
  readonly failures: readonly string[];
}

/** What is made of a photo's detections before they are kept: the second half of the paper's figure. */
export type Refine = (
  picture: Picture,
  found: LookResult,
  options: DetectOptions,
) => Promise<readonly Detection[]>;

/**
 * The way a detector looks at photos.
 *
 * @param refine left out, the detector's own detections are kept; otherwise it gets weaker ones, too
 */
export function seeWith(
  detector: FasterRcnn,
  look: Look,
  options: DetectOptions,
  refine?: Refine,
): See {
  const wanted = refine ? { ...options, ...CANDIDATE_OPTIONS } : options;
  return async ({ path }) => {
    const remarks: string[] = [];
    const picture = await readPicture(path, (remark) => remarks.push(remark));
    const found = await detectWithLook(detector, picture, look, wanted);
    const detections = (await refine?.(picture, found, options)) ?? found.detections;
    return { picture, result: { ...found, detections: [...detections] }, remarks };
  };
}

/**
 * Looks at photos, with progress on stderr; a photo that cannot be read is a failure in the tally, and
 * the rest go on.
 *
 * @param onSeen takes each photo's result, in their order; a UserError that it throws is a failure, too
 * @param lanes how many photos `see` can look at at a time
 */
export async function detectInPhotos(
  photos: readonly Photo[],
  see: See,
  onSeen: (seen: Seen) => Promise<void> | void,
  lanes = 1,
): Promise<Tally> {
  const remarks: string[] = [];
  const failures: string[] = [];
  const progress = progressBar(photos.length, 'Detecting');
  let taken = 0;
  try {
    for await (const ended of inOrder(photos, lanes, see)) {
      const photo = photos[taken++] as Photo;
      try {
        if ('error' in ended) throw ended.error;
        remarks.push(...ended.value.remarks);
        await onSeen({ photo, ...ended.value });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failures.push(error.message);
      }
      progress.tick();
    }
  } finally {
    progress.stop();
  }
  return { done: photos.length - failures.length, remarks, failures };
}

/** Detections of one photo as COCO results; those of classes without an id are left out. */
export function cocoResults(
  image_id: ImageId,
  detections: readonly Detection[],
  categoryIds: readonly (number | undefined)[],
): CocoResult[] {
  return detections.flatMap(({ box, label, score }) => {
    const category_id = categoryIds[label];
    return category_id === undefined ? [] : [cocoResult(image_id, category_id, box, score)];
  });
}

/** Boxes in hundredths of a pixel, scores in six digits: more would only make files longer. */
export function cocoResult(
  image_id: ImageId,
  category_id: number,
  box: Box,
  score: number,
): CocoResult {
  const rounded = (value: number, steps: number) => Math.round(value * steps) / steps;
  const [x, y, width, height] = toXywh(box).map((value) => rounded(value, 100));
  return {
    image_id,
    category_id,
    bbox: [x, y, width, height] as unknown as CocoBbox,
    score: rounded(score, 1e6),
  };
}
