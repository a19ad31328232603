/**
 * Where the objects of a data set lie between the anchors' centres. Anchors have their centres at
 * (i + 0.5) * stride, ceil(width / stride) by ceil(height / stride) of them. Whatever its shape, no
 * anchor overlaps an object better than the one at the nearest centre, so of each object its size
 * and its distance to that centre is all that coverage and fitting ask for.
 */
import type { BoxSet } from '../annotations/boxSet.ts';
import { workingDimensions } from '../detection/transform.ts';
import { requirePositive } from './shapes.ts';

/** `[count]` each, in pixels of the picture that the network sees. */
export interface PlacedBoxes {
  readonly count: number;
  readonly stride: number;
  readonly width: Float64Array;
  readonly height: Float64Array;
  /** distance of the object's centre to the nearest anchor centre, along x and along y */
  readonly apartX: Float64Array;
  readonly apartY: Float64Array;
  /** cells of the feature map, on average over the pictures: the anchors of each shape */
  readonly cellsPerPicture: number;
}

/**
 * Places the boxes of a set on a feature map.
 *
 * @param stride of the feature map, in pixels
 * @param workingSize the long side that pictures are resized to; without it they stay as they are
 * @throws RangeError when the stride is not positive
 */
export function placeBoxes(set: BoxSet, stride: number, workingSize?: number): PlacedBoxes {
  requirePositive(stride);
  const { count, boxes, pictureOf, pictureSizes } = set;
  const pictures = pictureSizes.length / 2;
  const scaleX = new Float64Array(pictures);
  const scaleY = new Float64Array(pictures);
  const columns = new Uint32Array(pictures);
  const rows = new Uint32Array(pictures);
  let cells = 0;
  for (let i = 0; i < pictures; i++) {
    const original = {
      width: pictureSizes[2 * i] as number,
      height: pictureSizes[2 * i + 1] as number,
    };
    const seen = workingSize
      ? workingDimensions(original.width, original.height, workingSize)
      : original;
    scaleX[i] = seen.width / original.width;
    scaleY[i] = seen.height / original.height;
    const [across, down] = [Math.ceil(seen.width / stride), Math.ceil(seen.height / stride)];
    columns[i] = across;
    rows[i] = down;
    cells += across * down;
  }
  const placed = {
    width: new Float64Array(count),
    height: new Float64Array(count),
    apartX: new Float64Array(count),
    apartY: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const picture = pictureOf[i] as number;
    const [sx, sy] = [scaleX[picture] as number, scaleY[picture] as number];
    const [x1, y1] = [sx * (boxes[4 * i] as number), sy * (boxes[4 * i + 1] as number)];
    const [x2, y2] = [sx * (boxes[4 * i + 2] as number), sy * (boxes[4 * i + 3] as number)];
    placed.width[i] = x2 - x1;
    placed.height[i] = y2 - y1;
    placed.apartX[i] = toNearestCentre((x1 + x2) / 2, stride, columns[picture] as number);
    placed.apartY[i] = toNearestCentre((y1 + y2) / 2, stride, rows[picture] as number);
  }
  return { count, stride, ...placed, cellsPerPicture: cells / pictures };
}

/** The first of `count` centres is at half a stride; beyond the last there are none. */
function toNearestCentre(position: number, stride: number, count: number): number {
  const cell = Math.min(Math.max(Math.floor(position / stride), 0), count - 1);
  return Math.abs(position - (cell + 0.5) * stride);
}

/** The side of an object: the root of its area, in pixels. */
export const sideAt = ({ width, height }: PlacedBoxes, index: number): number =>
  Math.sqrt((width[index] as number) * (height[index] as number));

/** Not more than so many boxes, evenly picked over the set: enough to fit anchors on. */
export function thinned(placed: PlacedBoxes, most: number): PlacedBoxes {
  if (placed.count <= most) return placed;
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: most }, (_, i) => {
      return values[Math.floor((i * placed.count) / most)] as number;
    });
  return {
    ...placed,
    count: most,
    width: pick(placed.width),
    height: pick(placed.height),
    apartX: pick(placed.apartX),
    apartY: pick(placed.apartY),
  };
}
