/**
 * What is measured on the open photo: its objects, which of them an anchor overlaps enough, and which a
 * proposal reaches. A handful of boxes, so the page itself may count.
 */
import { CoverageCache } from '../../../core/anchors/coverage.ts';
import { placeBoxes } from '../../../core/anchors/placement.ts';
import type { AnchorSet } from '../../../core/anchors/sets.ts';
import { shapesOf } from '../../../core/anchors/shapes.ts';
import { BoxCollector, type BoxSet } from '../../../core/annotations/boxSet.ts';
import { type Box, iou, packBoxes, pairwiseIou } from '../../../core/boxes/box.ts';
import type { ProposalList, Reproposed } from '../../../worker/protocol.ts';
import type { Point, Size } from '../../stage/geometry.ts';

/** The objects as a data set; undefined where there are none that can be used. */
export function boxSetOf(boxes: readonly Box[], { width, height }: Size): BoxSet | null {
  const collector = new BoxCollector();
  const picture = collector.addPicture(width, height);
  for (const [x1, y1, x2, y2] of boxes) collector.add(picture, x1, y1, x2 - x1, y2 - y1);
  try {
    return collector.finish('The photo');
  } catch {
    return null; // none of them has an area
  }
}

/** The grid that anchors stand on: of the page's settings, or of what a head saw. */
export interface Grid {
  /** pixels */
  readonly stride: number;
  /** the long side that the photo is resized to, pixels; 0 for its own */
  readonly photos: number;
}

/** The grid of a head: it knows its stride, and how large it saw the photo. */
export const gridOf = ({ stride, width, height }: Reproposed): Grid => ({
  stride,
  photos: Math.max(width, height),
});

/** Whether a photo has the same anchors on both grids. */
export const isSameGrid = (a: Grid, b: Grid, photo: Size): boolean => {
  const own = Math.max(photo.width, photo.height);
  return a.stride === b.stride && (a.photos || own) === (b.photos || own);
};

/** For each object the IoU of its best anchor on a grid, 0..1. */
export function bestAnchorIous(
  boxes: readonly Box[],
  photo: Size,
  { stride, photos }: Grid,
  anchors: AnchorSet,
): readonly number[] {
  const set = boxSetOf(boxes, photo);
  if (!set || set.count !== boxes.length) return boxes.map(() => 0);
  const placed = placeBoxes(set, stride, photos || undefined);
  return [...new CoverageCache(placed).measure(shapesOf(anchors), 0.5).bestIoU];
}

/** For each object the IoU of the best of the first so many proposals, 0..1. */
export function bestProposalIous(
  boxes: readonly Box[],
  proposals: ProposalList,
  limit: number,
): readonly number[] {
  const first = proposals.boxes.subarray(0, 4 * limit);
  const columns = first.length / 4;
  const ious = pairwiseIou(packBoxes(boxes), first);
  return boxes.map((_, row) => {
    let best = 0;
    for (let j = 0; j < columns; j++) best = Math.max(best, ious[row * columns + j] as number);
    return best;
  });
}

export const countFrom = (values: readonly number[], threshold: number): number =>
  values.filter((value) => value >= threshold).length;

export const meanOf = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

/** A cell of the head's grid: its place, its centre in pixels of the photo, and its anchors there. */
export interface GridPoint {
  readonly column: number;
  readonly row: number;
  readonly centre: Point;
  readonly anchors: readonly Box[];
}

/** The cell that a point of the photo lies in. */
export function gridPointAt(at: Point, seen: Reproposed, anchors: AnchorSet): GridPoint {
  const { scale, stride, rows, columns } = seen;
  const cell = (value: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor((value * scale) / stride)));
  const [column, row] = [cell(at.x, columns), cell(at.y, rows)];
  const centre = { x: ((column + 0.5) * stride) / scale, y: ((row + 0.5) * stride) / scale };
  return {
    ...{ column, row, centre },
    anchors: shapesOf(anchors).map(({ width, height }): Box => {
      const [right, down] = [width / 2 / scale, height / 2 / scale];
      return [centre.x - right, centre.y - down, centre.x + right, centre.y + down];
    }),
  };
}

/** The best IoU of a box with any object. */
export const bestOverlap = (box: Box, objects: readonly Box[]): number =>
  Math.max(0, ...objects.map((object) => iou(box, object)));
