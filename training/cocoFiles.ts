/**
 * COCO files on disk: read, parsed and checked, with every way of going wrong (no such file, not
 * JSON, not COCO) told in one sentence that names the file.
 */
import { readFile } from 'node:fs/promises';
import { AnnotationError } from '../src/core/annotations/annotationError.ts';
import { parseJson } from '../src/core/annotations/jsonText.ts';
import {
  type CocoGroundTruth,
  type CocoImage,
  type CocoResult,
  parseGroundTruth,
  parseResults,
} from '../src/core/evaluation/cocoJson.ts';
import { UserError } from './console.ts';

/** Reads a ground truth: images, annotations, categories. Throws a UserError. */
export function readGroundTruth(path: string): Promise<CocoGroundTruth> {
  return readCoco(path, (value) => parseGroundTruth(value, path));
}

/**
 * Reads a results file, detections or proposals. Throws a UserError, also for a result of an image
 * that is not among `images`.
 */
export function readResults(
  path: string,
  images?: readonly CocoImage[],
): Promise<readonly CocoResult[]> {
  return readCoco(path, (value) => parseResults(value, path, images));
}

async function readCoco<T>(path: string, parse: (value: unknown) => T): Promise<T> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new UserError(`There is no file ${path}.`);
    if (error.code === 'EISDIR') throw new UserError(`${path} is a folder, not a JSON file.`);
    throw new UserError(`${path} cannot be read (${error.message}).`);
  });
  try {
    return parse(parseJson(text, path));
  } catch (error) {
    throw error instanceof AnnotationError ? new UserError(error.message) : error;
  }
}
