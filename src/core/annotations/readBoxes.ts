/**
 * The door for annotations of any kind: COCO JSON, VOC XML or YOLO labels, as files or in a zip,
 * become one list of boxes. What a file is, its content tells; a name that says otherwise is told.
 */
import { parseGroundTruth } from '../evaluation/cocoJson.ts';
import { AnnotationError } from './annotationError.ts';
import { unzipAnnotations } from './archive.ts';
import type { BoxSet } from './boxSet.ts';
import { cocoBoxes } from './coco.ts';
import { type AnnotationFile, baseOf, endingOf, type PictureSize, stemOf } from './files.ts';
import { parseJson } from './jsonText.ts';
import { vocBoxes } from './vocXml.ts';
import { yoloBoxes } from './yoloText.ts';

export type AnnotationFormat = 'coco' | 'voc' | 'yolo';

export interface ReadOptions {
  /** sizes of pictures by file name; YOLO labels need them */
  readonly pictureSizes?: ReadonlyMap<string, PictureSize>;
  /** the size of all other pictures, where normalised boxes are all there is */
  readonly assumedSize?: PictureSize;
}

export interface ReadBoxes {
  readonly format: AnnotationFormat;
  readonly boxes: BoxSet;
}

const FORMAT_NAMES = { coco: 'COCO JSON', voc: 'VOC XML', yolo: 'YOLO text' } as const;
const FORMAT_OF_ENDING: Readonly<Record<string, AnnotationFormat>> = {
  json: 'coco',
  xml: 'voc',
  txt: 'yolo',
};
/** Lists of class names lie beside YOLO's labels. */
const NO_LABELS = /^(classes|labels|names|obj|train|val|test|readme.*|notes|data)\.txt$/i;

/**
 * Reads annotation files, all of one format: one COCO JSON, or any number of VOC or YOLO files.
 *
 * @throws AnnotationError, one plain sentence
 */
export function readBoxes(files: readonly AnnotationFile[], options: ReadOptions = {}): ReadBoxes {
  const named = files.filter(({ name }) => files.length === 1 || !NO_LABELS.test(baseOf(name)));
  const [first] = named;
  if (!first) {
    throw new AnnotationError(
      'There are no annotations in it; choose COCO JSON, VOC XML or YOLO text files, or a zip of them.',
    );
  }
  const format = formatOf(first);
  const other = named.find((file) => file.text.trim() !== '' && formatOf(file) !== format);
  if (other) {
    throw new AnnotationError(
      `${first.name} is ${FORMAT_NAMES[format]}, ${other.name} is ${FORMAT_NAMES[formatOf(other)]}; choose files of one format.`,
    );
  }
  const name = named.length === 1 ? first.name : `${first.name} and ${named.length - 1} more`;
  return { format, boxes: read(format, named, name, options) };
}

/**
 * Reads a zip of such files. Where it holds YOLO labels, the pictures in it give their sizes.
 *
 * @throws AnnotationError, one plain sentence
 */
export function readZippedBoxes(
  bytes: Uint8Array,
  name: string,
  options: ReadOptions = {},
): ReadBoxes {
  const { files, pictureSizes } = unzipAnnotations(bytes, name);
  if (files.length === 0) {
    throw new AnnotationError(
      `${name} has no .json, .xml or .txt files in it; choose a zip of annotations.`,
    );
  }
  return readBoxes(files, {
    ...options,
    pictureSizes: new Map([...pictureSizes, ...(options.pictureSizes ?? [])]),
  });
}

function read(
  format: AnnotationFormat,
  files: readonly AnnotationFile[],
  name: string,
  { pictureSizes = new Map(), assumedSize }: ReadOptions,
): BoxSet {
  if (format === 'voc') return vocBoxes(files, name);
  if (format === 'yolo') {
    const sizes = new Map([...pictureSizes].map(([picture, size]) => [stemOf(picture), size]));
    return yoloBoxes(files, (stem) => sizes.get(stem) ?? assumedSize, name);
  }
  const [file, second] = files as [AnnotationFile, AnnotationFile?];
  if (second) {
    throw new AnnotationError(
      `${file.name} and ${second.name} are two COCO files; choose one of them, for each is a whole data set.`,
    );
  }
  return cocoBoxes(parseGroundTruth(parseJson(file.text, file.name), file.name), file.name);
}

/** What a file is: its content decides, and has to be what the name promises. */
function formatOf({ name, text }: AnnotationFile): AnnotationFormat {
  const promised = FORMAT_OF_ENDING[endingOf(name)];
  const start = text
    .slice(0, 200)
    .replace(/^\ufeff/, '')
    .trimStart();
  const found = start.startsWith('<')
    ? 'voc'
    : /^[[{]/.test(start)
      ? 'coco'
      : /^[\d.]+([ \t]+-?[\d.]+){4}/.test(start)
        ? 'yolo'
        : undefined;
  if (promised && found && promised !== found) {
    throw new AnnotationError(
      `${name} is called ${FORMAT_NAMES[promised].split(' ')[1]} but looks like ${FORMAT_NAMES[found]}; give it the ending .${endingFor(found)}, or choose another file.`,
    );
  }
  const format = promised ?? found;
  if (format) return format;
  throw new AnnotationError(
    `${name} is neither COCO JSON nor VOC XML nor YOLO text; choose annotations in one of these formats.`,
  );
}

const endingFor = (format: AnnotationFormat) => ({ coco: 'json', voc: 'xml', yolo: 'txt' })[format];
