/**
 * Boxes: the one geometric type of Loupe and the few operations every other part needs.
 *
 * A single box is a tuple `[x1, y1, x2, y2]` in continuous pixel coordinates (the left edge of
 * the first pixel is 0, a box of one pixel is 1 wide). Many boxes are one `Float32Array` of
 * `4 * count` numbers, row after row: proposals and anchors come by the ten thousand, and one
 * typed array costs neither allocation nor garbage per box.
 */

/** `[x1, y1, x2, y2]` with x1 <= x2 and y1 <= y2, in pixels. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** `count` boxes in one array of length `4 * count`. */
export type Boxes = Float32Array;

/** The box in row `index` of `boxes`. Throws a RangeError outside of it. */
export function boxAt(boxes: Boxes, index: number): Box {
  const at = 4 * index;
  if (index < 0 || at + 4 > boxes.length) {
    throw new RangeError(`There is no box ${index} among ${boxes.length / 4}.`);
  }
  return [
    boxes[at] as number,
    boxes[at + 1] as number,
    boxes[at + 2] as number,
    boxes[at + 3] as number,
  ];
}

/** Packs single boxes into one `[count * 4]` array. */
export function packBoxes(list: readonly Box[]): Boxes {
  const boxes = new Float32Array(4 * list.length);
  list.forEach((box, index) => {
    boxes.set(box, 4 * index);
  });
  return boxes;
}

/** The rows of four numbers (boxes or deltas) at these indices. */
export function takeRows(rows: Float32Array, indices: ArrayLike<number>): Float32Array {
  const result = new Float32Array(4 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const at = 4 * (indices[i] as number);
    for (let k = 0; k < 4; k++) result[4 * i + k] = rows[at + k] as number;
  }
  return result;
}

/** The shorter side of the box in row `index`. */
export function shortSide(boxes: Boxes, index: number): number {
  const at = 4 * index;
  return Math.min(
    (boxes[at + 2] as number) - (boxes[at] as number),
    (boxes[at + 3] as number) - (boxes[at + 1] as number),
  );
}

/** COCO's `[x, y, width, height]` as a box. */
export function fromXywh(bbox: readonly number[]): Box {
  const [x = 0, y = 0, width = 0, height = 0] = bbox;
  return [x, y, x + width, y + height];
}

/** A box as COCO's `[x, y, width, height]`. */
export function toXywh([x1, y1, x2, y2]: Box): [number, number, number, number] {
  return [x1, y1, x2 - x1, y2 - y1];
}

/** Width times height; 0 for a box turned inside out. */
export function area([x1, y1, x2, y2]: Box): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
}

/** Intersection over union, in 0..1. Two boxes without area have an IoU of 0. */
export function iou(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  return intersection / (area(a) + area(b) - intersection);
}

/**
 * IoU of every box with every other: `[count(a) * count(b)]`, row-major, one row per box of `a`.
 * Kept free of tuples because the matcher calls it with tens of thousands of anchors.
 */
export function pairwiseIou(a: Boxes, b: Boxes): Float32Array {
  const rows = a.length / 4;
  const columns = b.length / 4;
  const result = new Float32Array(rows * columns);
  for (let j = 0; j < columns; j++) {
    const bx1 = b[4 * j] as number;
    const by1 = b[4 * j + 1] as number;
    const bx2 = b[4 * j + 2] as number;
    const by2 = b[4 * j + 3] as number;
    const bArea = (bx2 - bx1) * (by2 - by1);
    for (let i = 0; i < rows; i++) {
      const ax1 = a[4 * i] as number;
      const ay1 = a[4 * i + 1] as number;
      const ax2 = a[4 * i + 2] as number;
      const ay2 = a[4 * i + 3] as number;
      const width = Math.min(ax2, bx2) - Math.max(ax1, bx1);
      const height = Math.min(ay2, by2) - Math.max(ay1, by1);
      if (width <= 0 || height <= 0) continue;
      const intersection = width * height;
      result[i * columns + j] = intersection / ((ax2 - ax1) * (ay2 - ay1) + bArea - intersection);
    }
  }
  return result;
}

/** Every box with its sides multiplied by `factor`, its centre where it was. */
export function enlargeBoxes(boxes: Boxes, factor: number): Boxes {
  const margin = (factor - 1) / 2;
  return boxes.map((value, index) => {
    // The opposite side lies two places on, or two back.
    const opposite = boxes[index % 4 < 2 ? index + 2 : index - 2] as number;
    return value + margin * (value - opposite);
  });
}

/** The part of a box inside a picture of `width` by `height` pixels. */
export function clip([x1, y1, x2, y2]: Box, width: number, height: number): Box {
  const inside = (value: number, limit: number) => Math.min(Math.max(value, 0), limit);
  return [inside(x1, width), inside(y1, height), inside(x2, width), inside(y2, height)];
}
