/**
 * The door for annotations of any kind: COCO JSON, VOC XML or YOLO labels, as files or in a zip,
 * become one list of boxes. What a file is, its content tells; a name that says otherwise is told.
 */
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
/** Lists of class names and of files lie beside YOLO's labels. */
const NO_LABELS = /^(classes|labels|names|obj|train|val|test|data)\.txt$/i;
/** A line of a label, right or nearly: something, and four numbers or more. */
const LABEL_LINE = /^[ \t]*\S+([ \t]+[-+]?[\d.]+(e[-+]?\d+)?){4}/im;

/**
 * Reads annotation files, all of one format: one COCO JSON, or any number of VOC or YOLO files.
 *
 * @throws AnnotationError, one plain sentence
 */
export function readBoxes(files: readonly AnnotationFile[], options: ReadOptions = {}): ReadBoxes {
  const named = files.length === 1 ? files : files.filter(mayBeAnnotation);
  const first = named.find(({ text }) => text.trim() !== '') ?? named[0];
  if (!first) {
    throw new AnnotationError(
      'There are no annotations in it; choose COCO JSON, VOC XML or YOLO text files, or a zip of them.',
    );
  }
  const format = formatOf(first);
  // A label file without a line is a picture without objects; beside other formats it is nothing.
  const filled = named.filter(({ name, text }) => {
    return format === 'yolo' || endingOf(name) !== 'txt' || text.trim() !== '';
  });
  const other = filled.find((file) => file.text.trim() !== '' && formatOf(file) !== format);
  if (other) {
    throw new AnnotationError(
      `${first.name} is ${FORMAT_NAMES[format]}, ${other.name} is ${FORMAT_NAMES[formatOf(other)]}; choose files of one format.`,
    );
  }
  const name = filled.length === 1 ? first.name : `${first.name} and ${filled.length - 1} more`;
  return { format, boxes: read(format, filled, name, options) };
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
  return cocoBoxes(parseJson(file.text, file.name), file.name);
}

/**
 * Whether a file among others is to be read. Notes, lists and settings lie beside annotations and are
 * passed over; what is called an annotation and is none is not, for its owner thinks that it counts.
 */
function mayBeAnnotation({ name, text }: AnnotationFile): boolean {
  if (NO_LABELS.test(baseOf(name))) return false;
  const promised = FORMAT_OF_ENDING[endingOf(name)];
  if (promised !== 'yolo') return promised !== undefined;
  return text.trim() === '' || looksLike(text) === 'yolo';
}

/** What the content says that it is. */
function looksLike(text: string): AnnotationFormat | undefined {
  const start = text
    .slice(0, 2000)
    .replace(/^\ufeff/, '')
    .trimStart();
  if (start.startsWith('<')) return 'voc';
  if (/^[[{]/.test(start)) return 'coco';
  return LABEL_LINE.test(start) ? 'yolo' : undefined;
}

/** What a file is: its content decides, and has to be what the name promises. */
function formatOf({ name, text }: AnnotationFile): AnnotationFormat {
  const promised = FORMAT_OF_ENDING[endingOf(name)];
  const found = looksLike(text);
  if (promised === 'yolo' && !found && text.trim() !== '') {
    throw new AnnotationError(
      `${name} is a text without YOLO labels, which are lines of "class x y width height"; choose COCO JSON, VOC XML or YOLO text files, or a zip of them.`,
    );
  }
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
