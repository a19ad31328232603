/**
 * COCO's two JSON files, ground truth and results, checked by hand: a results file easily holds
 * half a million detections, which a schema library would take longer to check than the evaluator
 * takes to score. What is wrong is said in one plain sentence that names the file and the entry.
 */
import { AnnotationError } from '../annotations/annotationError.ts';

/** COCO uses numbers; detections made without a ground truth carry the file's name instead. */
export type ImageId = number | string;

/** `[x, y, width, height]` in pixels, COCO's own order: boxes inside Loupe are corner to corner. */
export type CocoBbox = readonly [x: number, y: number, width: number, height: number];

export interface CocoImage {
  readonly id: ImageId;
  readonly file_name?: string;
  /** pixels; only ranges in shares of the picture need them */
  readonly width?: number;
  readonly height?: number;
}

/** Whether an image says its width and height, which ranges in shares of the picture need. */
export function hasSize({ width = 0, height = 0 }: CocoImage): boolean {
  return width > 0 && height > 0;
}

export interface CocoCategory {
  readonly id: number;
  readonly name: string;
}

export interface CocoAnnotation {
  readonly id: number;
  readonly image_id: ImageId;
  readonly category_id: number;
  readonly bbox: CocoBbox;
  /** of the object's outline where one was drawn, so not always width x height; in pixels */
  readonly area: number;
  /** the box covers a group: finding it is neither right nor wrong */
  readonly iscrowd: boolean;
  /** the VOC devkit's flag; COCO's evaluation does not know it */
  readonly difficult: boolean;
}

export interface CocoGroundTruth {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
}

export interface CocoResult {
  readonly image_id: ImageId;
  readonly category_id: number;
  readonly bbox: CocoBbox;
  readonly score: number;
}

/** A COCO file is not what it should be; `message` is one plain sentence. */
export class CocoFormatError extends AnnotationError {
  override name = 'CocoFormatError';
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
const isImageId = (value: unknown): value is ImageId =>
  isFiniteNumber(value) || typeof value === 'string';

function isFourNumbers(value: unknown): value is CocoBbox {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    isFiniteNumber(value[0]) &&
    isFiniteNumber(value[1]) &&
    isFiniteNumber(value[2]) &&
    isFiniteNumber(value[3])
  );
}

const isBbox = (value: unknown): value is CocoBbox =>
  isFourNumbers(value) && value[2] >= 0 && value[3] >= 0;

const BBOX_RULE = 'has no "bbox" of four numbers [x, y, width, height] with a size of 0 or more';

/**
 * Checks a parsed ground-truth file ("images", "annotations", "categories").
 *
 * @param name what to call the file in errors
 * @throws CocoFormatError
 */
export function parseGroundTruth(value: unknown, name = 'The ground truth'): CocoGroundTruth {
  const { images, entries, file } = parsePictures(value, name);
  const categories = listOf(file, 'categories', name).map((entry, index): CocoCategory => {
    if (!isObject(entry) || !isFiniteNumber(entry.id)) {
      fail(name, 'categories', index, 'has no number as "id"');
    }
    const id = entry.id as number;
    return { id, name: typeof entry.name === 'string' ? entry.name : `category ${id}` };
  });
  const annotations = entries.map((entry, index) => parseAnnotation(entry, index, name));
  refuseTwins(categories, 'categories', name);
  refuseTwins(annotations, 'annotations', name);
  return { images, annotations, categories };
}

/**
 * The pictures of a ground truth, checked, and its annotations as they are: for those who can do without
 * the ones that are not right.
 *
 * @param name what to call the file in errors
 * @throws CocoFormatError
 */
export function parsePictures(
  value: unknown,
  name: string,
): {
  readonly images: readonly CocoImage[];
  readonly entries: readonly unknown[];
  readonly file: Readonly<Record<string, unknown>>;
} {
  if (!isObject(value)) {
    throw new CocoFormatError(
      `${name} is not a COCO ground truth: it must be an object with "images", "annotations" and "categories".`,
    );
  }
  const images = listOf(value, 'images', name).map((entry, index): CocoImage => {
    if (!isObject(entry) || !isImageId(entry.id)) fail(name, 'images', index, 'has no "id"');
    return entry as unknown as CocoImage;
  });
  refuseTwins(images, 'images', name);
  return { images, entries: listOf(value, 'annotations', name), file: value };
}

/** The box of an annotation and its picture; undefined where it is none, whatever else it says. */
export function boxOfEntry(
  entry: unknown,
): Pick<CocoAnnotation, 'image_id' | 'bbox' | 'iscrowd'> | undefined {
  if (!isObject(entry)) return undefined;
  const { image_id, bbox, iscrowd } = entry;
  if (!isImageId(image_id) || !isFourNumbers(bbox)) return undefined;
  return { image_id, bbox, iscrowd: Boolean(iscrowd) };
}

function parseAnnotation(entry: unknown, index: number, name: string): CocoAnnotation {
  const wrong = (what: string): never => fail(name, 'annotations', index, what);
  if (!isObject(entry)) return wrong('is not an object');
  const { id = index + 1, image_id, category_id, bbox, area } = entry;
  if (!isFiniteNumber(id)) return wrong('has an "id" that is not a number');
  if (!isImageId(image_id)) return wrong('has no "image_id"');
  if (!isFiniteNumber(category_id)) return wrong('has no number as "category_id"');
  if (!isBbox(bbox)) return wrong(BBOX_RULE);
  if (area !== undefined && !isFiniteNumber(area)) return wrong('has an "area" that is no number');
  return {
    id,
    image_id,
    category_id,
    bbox,
    area: area ?? bbox[2] * bbox[3],
    iscrowd: Boolean(entry.iscrowd),
    difficult: Boolean(entry.difficult ?? entry.ignore),
  };
}

/**
 * Checks a parsed results file: a list of `{image_id, category_id, bbox, score}`. With `images`,
 * every result must be of one of them, as pycocotools asks.
 *
 * @returns the same list, not copied
 * @throws CocoFormatError
 */
export function parseResults(
  value: unknown,
  name = 'The detections',
  images?: readonly CocoImage[],
): readonly CocoResult[] {
  if (!Array.isArray(value)) {
    throw new CocoFormatError(
      `${name} is not a COCO results file: it must be a list of {image_id, category_id, bbox, score}.`,
    );
  }
  const known = images && new Set(images.map((image) => image.id));
  for (let index = 0; index < value.length; index++) {
    const entry: unknown = value[index];
    if (!isObject(entry)) fail(name, 'detections', index, 'is not an object');
    const { image_id, category_id, bbox, score } = entry as Fields;
    if (!isImageId(image_id)) fail(name, 'detections', index, 'has no "image_id"');
    if (!isFiniteNumber(category_id)) {
      fail(name, 'detections', index, 'has no number as "category_id"');
    }
    if (!isBbox(bbox)) fail(name, 'detections', index, BBOX_RULE);
    if (!isFiniteNumber(score)) fail(name, 'detections', index, 'has no number as "score"');
    if (known && !known.has(image_id as ImageId)) {
      throw new CocoFormatError(
        `${name} has a detection for image ${JSON.stringify(image_id)}, which the ground truth does not list; check that both files are of the same set.`,
      );
    }
  }
  return value as CocoResult[];
}

function listOf(file: Fields, key: string, name: string): readonly unknown[] {
  const list = file[key];
  if (Array.isArray(list)) return list;
  throw new CocoFormatError(
    `${name} has no list of "${key}": a COCO ground truth has "images", "annotations" and "categories".`,
  );
}

function refuseTwins(entries: readonly { id: ImageId }[], key: string, name: string): void {
  const seen = new Set<ImageId>();
  for (const { id } of entries) {
    if (seen.has(id)) {
      throw new CocoFormatError(
        `${name} has the id ${JSON.stringify(id)} twice among its "${key}"; every id must be used once.`,
      );
    }
    seen.add(id);
  }
}

function fail(name: string, key: string, index: number, what: string): never {
  throw new CocoFormatError(`${name}: entry ${index + 1} of the ${key} ${what}.`);
}
