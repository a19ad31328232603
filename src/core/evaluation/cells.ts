/**
 * Ground truth and detections sorted into cells, one per class and image: everything in detection
 * scoring happens inside a cell or along one class. A cell's number is
 * `class * images + image`; classes and images are in the order of their ids, as in pycocotools,
 * because that order decides between equal scores. Sorting is by counting, so half a million
 * detections cost milliseconds and keep their order within a cell.
 */
import { argsortDescending } from '../boxes/nms.ts';
import type {
  CocoAnnotation,
  CocoGroundTruth,
  CocoImage,
  CocoResult,
  ImageId,
} from './cocoJson.ts';

/** Members of group `g`: `members[offsets[g]] ... members[offsets[g + 1] - 1]`. */
export interface Groups {
  readonly offsets: Uint32Array;
  readonly members: Uint32Array;
}

export interface Cells {
  readonly images: readonly CocoImage[];
  /** one entry, -1, when classes are not told apart */
  readonly categoryIds: readonly number[];
  readonly annotations: readonly CocoAnnotation[];
  readonly results: readonly CocoResult[];
  /** cell to indices of `annotations`, in the file's order */
  readonly truths: Groups;
  /** cell to indices of `results`, best score first */
  readonly detections: Groups;
  /** class to rows of `detections.members`, best score first over all images */
  readonly ranking: Groups;
}

/** Numbers rise, strings are in the order of their code units; numbers come before strings. */
function compareIds(a: ImageId, b: ImageId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : Number(a > b);
  return typeof a === 'number' ? -1 : 1;
}

/** Stable counting sort of `items` by key; items with the key `NOWHERE` are left out. */
function groupBy(items: ArrayLike<number>, keys: Uint32Array, groups: number): Groups {
  const offsets = new Uint32Array(groups + 1);
  for (let at = 0; at < items.length; at++) {
    const key = keys[items[at] as number] as number;
    if (key !== NOWHERE) (offsets[key + 1] as number)++;
  }
  for (let group = 0; group < groups; group++) {
    (offsets[group + 1] as number) += offsets[group] as number;
  }
  const members = new Uint32Array(offsets[groups] as number);
  const next = offsets.slice(0, groups);
  for (let at = 0; at < items.length; at++) {
    const item = items[at] as number;
    const key = keys[item] as number;
    if (key !== NOWHERE) members[(next[key] as number)++] = item;
  }
  return { offsets, members };
}

const NOWHERE = 0xffffffff;

/** 0, 1 ... count - 1 */
function range(count: number): Uint32Array {
  return new Uint32Array(count).map((_, index) => index);
}

/**
 * Sorts a ground truth and its results into cells. Annotations and results of classes or images
 * the ground truth does not list are left out, as in pycocotools.
 */
export function sortIntoCells(
  truth: CocoGroundTruth,
  results: readonly CocoResult[],
  useCategories: boolean,
): Cells {
  const { annotations } = truth;
  const images = truth.images.toSorted((a, b) => compareIds(a.id, b.id));
  const imageRow = new Map(images.map((image, row) => [image.id, row]));
  const categoryIds = truth.categories.map(({ id }) => id).sort((a, b) => a - b);
  const categoryRow = new Map(categoryIds.map((id, row) => [id, row]));
  const classes = useCategories ? categoryIds.length : 1;
  const cells = classes * images.length;

  /** Class first, then image: where classes are not told apart their order still breaks ties. */
  const intoCells = (list: readonly (CocoAnnotation | CocoResult)[]) => {
    const category = new Uint32Array(list.length);
    const cell = new Uint32Array(list.length);
    for (let index = 0; index < list.length; index++) {
      const { image_id, category_id } = list[index] as CocoResult;
      const k = categoryRow.get(category_id) ?? NOWHERE;
      const image = imageRow.get(image_id) ?? NOWHERE;
      category[index] = k;
      cell[index] = image === NOWHERE ? NOWHERE : (useCategories ? k * images.length : 0) + image;
    }
    const byClass = groupBy(range(list.length), category, categoryIds.length).members;
    return { cell, groups: groupBy(byClass, cell, cells) };
  };

  const { groups: truths } = intoCells(annotations);
  const found = intoCells(results);
  const inOrder = found.groups.members;
  const scores = new Float64Array(inOrder.length);
  for (let at = 0; at < scores.length; at++) {
    scores[at] = (results[inOrder[at] as number] as CocoResult).score;
  }
  const byScore = argsortDescending(scores).map((at) => inOrder[at] as number);
  const detections = groupBy(byScore, found.cell, cells);

  const rowOf = new Uint32Array(results.length);
  detections.members.forEach((index, row) => {
    rowOf[index] = row;
  });
  const classOfRow = new Uint32Array(detections.members.length);
  for (let k = 0; k < classes; k++) {
    classOfRow.fill(
      k,
      detections.offsets[k * images.length],
      detections.offsets[(k + 1) * images.length],
    );
  }
  const ranking = groupBy(
    byScore.map((index) => rowOf[index] as number),
    classOfRow,
    classes,
  );
  return {
    images,
    categoryIds: useCategories ? categoryIds : [-1],
    annotations,
    results,
    truths,
    detections,
    ranking,
  };
}
