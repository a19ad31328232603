/**
 * What is looked at before hours are spent: that the photos are there, that the boxes are boxes of
 * these photos, and that the disk has room for what will be written. Each finding is one sentence
 * that names the file.
 */
import { existsSync, statfsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { boxProblem } from '../../src/core/annotations/boxSet.ts';
import type {
  CocoAnnotation,
  CocoGroundTruth,
  CocoImage,
} from '../../src/core/evaluation/cocoJson.ts';
import { readGroundTruth } from '../cocoFiles.ts';
import { UserError } from '../console.ts';

/** Bytes to leave free for checkpoints and whatever else the machine does. */
const RESERVE = 2e9;

/**
 * Reads a ground truth and checks it together with its photos.
 *
 * @param images the folder of the photos
 * @throws UserError for the first photo that is missing and the first annotation that is broken: a
 * box outside of its photo or without an area, a class or a photo that the file does not list
 */
export async function readCheckedTruth(
  annotations: string,
  images: string,
): Promise<CocoGroundTruth> {
  const truth = await readGroundTruth(annotations);
  const byId = new Map(truth.images.map((image) => [image.id, image]));
  const classes = new Set(truth.categories.map(({ id }) => id));
  for (const image of truth.images) {
    const what = `${annotations}: the photo ${image.file_name ?? `with the id ${image.id}`}`;
    if (!image.file_name) throw new UserError(`${what} has no "file_name".`);
    if (!((image.width ?? 0) * (image.height ?? 0) > 0)) {
      throw new UserError(`${what} has no "width" and "height".`);
    }
    const path = join(images, image.file_name);
    if (!existsSync(path)) {
      throw new UserError(`There is no file ${path}, which ${annotations} lists.`);
    }
  }
  for (const annotation of truth.annotations) {
    const image = byId.get(annotation.image_id);
    const wrong = !image
      ? `is of a photo with the id ${annotation.image_id}, which the file does not list`
      : !classes.has(annotation.category_id)
        ? `is of class ${annotation.category_id}, which the file does not list`
        : wrongBox(annotation, image);
    if (wrong) {
      const where = image ? ` (on ${image.file_name})` : '';
      throw new UserError(`${annotations}: annotation ${annotation.id}${where} ${wrong}.`);
    }
  }
  return truth;
}

function wrongBox({ bbox }: CocoAnnotation, image: CocoImage): string | undefined {
  const { width = 0, height = 0 } = image;
  const problem = boxProblem(bbox, width, height);
  if (problem === undefined) return undefined;
  if (problem === 'empty') return `has a box without an area, [${bbox.join(', ')}]`;
  return `has a box outside of its photo, [${bbox.join(', ')}] in ${width} x ${height} pixels`;
}

/**
 * Refuses to start where the disk would be full before the end.
 *
 * @param folder where the bytes will go; need not be there yet
 * @param what to call them, such as "The features of table-1"
 * @throws UserError
 */
export function checkDiskSpace(folder: string, bytes: number, what: string): void {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  if (bytes === 0 || bytes + RESERVE <= free) return;
  throw new UserError(
    `${what} need ${gigabytes(bytes)} in ${folder}, where ${gigabytes(free)} are free (${gigabytes(RESERVE)} ` +
      'are left for other things); make room, or name another --cache folder.',
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
