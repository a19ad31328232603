/**
 * Which photos a command is to look at: files and folders as given, or, with a ground truth, those
 * of its images that are there. Each photo gets the image id its results will carry.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import type { CocoImage, ImageId } from '../src/core/evaluation/cocoJson.ts';
import { UserError } from './console.ts';

export interface Photo {
  readonly path: string;
  /** the ground truth's id of it, or its name */
  readonly imageId: ImageId;
  /** its path below the folder that was given, with slashes; for a file its name */
  readonly name: string;
}

const EXTENSIONS = new Set([
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.avif',
  '.tif',
  '.tiff',
  '.bmp',
  '.heic',
]);

/**
 * Expands files and folders (with what is below them). Files are taken whatever they are called;
 * of a folder only what is called like a picture.
 *
 * @throws UserError for what is not there and when there is no picture at all
 */
export async function listPhotos(inputs: readonly string[]): Promise<Photo[]> {
  const found: Photo[] = [];
  for (const input of inputs) {
    const isFolder = await stat(input).then(
      (entry) => entry.isDirectory(),
      () => {
        throw new UserError(`There is no file or folder ${input}.`);
      },
    );
    if (!isFolder) {
      found.push({ path: input, imageId: basename(input), name: basename(input) });
      continue;
    }
    const entries = await readdir(input, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => !entry.isDirectory() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const path of files) {
      const name = relative(input, path).split(sep).join('/');
      found.push({ path, imageId: name, name });
    }
  }
  if (found.length === 0) {
    throw new UserError(`There are no pictures in ${inputs.join(', ')}.`);
  }
  return withDistinctNames(found);
}

/** Two photos of one name, from two folders, are told apart by the paths they were given with. */
function withDistinctNames(photos: readonly Photo[]): Photo[] {
  const count = new Map<string, number>();
  for (const { name } of photos) count.set(name, (count.get(name) ?? 0) + 1);
  const names = (photo: Photo) => ((count.get(photo.name) ?? 0) > 1 ? photo.path : photo.name);
  return photos.map((photo) => ({ ...photo, name: names(photo), imageId: names(photo) }));
}

export interface MatchedPhotos {
  readonly photos: readonly Photo[];
  /** photos that the ground truth does not list */
  readonly unlisted: number;
  /** images of the ground truth that no photo was given for */
  readonly missing: number;
}

/**
 * Finds the ground truth's images among the photos, by `file_name`: as a path below the folder, or
 * by its last part alone.
 */
export function matchGroundTruth(
  photos: readonly Photo[],
  images: readonly CocoImage[],
): MatchedPhotos {
  const byName = new Map<string, CocoImage>();
  for (const image of images) {
    const { file_name = '' } = image;
    byName.set(basename(file_name), image);
  }
  for (const image of images) byName.set(image.file_name ?? '', image);

  const matched = new Map<ImageId, Photo>();
  let unlisted = 0;
  for (const photo of photos) {
    const image = byName.get(photo.name) ?? byName.get(basename(photo.path));
    if (!image || matched.has(image.id)) unlisted++;
    else matched.set(image.id, { ...photo, imageId: image.id });
  }
  return { photos: [...matched.values()], unlisted, missing: images.length - matched.size };
}
