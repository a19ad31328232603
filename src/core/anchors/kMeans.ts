/**
 * Anchor sizes by k-means on 1 - IoU, as YOLOv2 does it (Redmon and Farhadi 2017, section 2): each
 * object goes to the size whose anchors overlap it best when their centres coincide, and each size
 * becomes the mean of the sides of its objects. It knows nothing of strides.
 */
import { type PlacedBoxes, sideAt } from './placement.ts';
import { type Extent, shapesOf } from './shapes.ts';

const MOST_ROUNDS = 100;

/**
 * @param count how many sizes
 * @param aspectRatios every size has anchors in all of them
 * @returns sizes in pixels, rising; the same for the same boxes, for it starts from quantiles
 */
export function kMeansSizes(
  placed: PlacedBoxes,
  count: number,
  aspectRatios: readonly number[],
): number[] {
  const sides = Float64Array.from({ length: placed.count }, (_, i) => sideAt(placed, i));
  const sorted = sides.toSorted();
  let sizes = Array.from({ length: count }, (_, k) => {
    return sorted[Math.floor(((k + 0.5) / count) * sorted.length)] as number;
  });
  const cluster = new Int32Array(placed.count).fill(-1);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (!assign(placed, shapesOf({ sizes, aspectRatios }), aspectRatios.length, cluster)) break;
    const sum = new Float64Array(count);
    const objects = new Uint32Array(count);
    for (let i = 0; i < placed.count; i++) {
      const k = cluster[i] as number;
      (sum[k] as number) += sides[i] as number;
      (objects[k] as number)++;
    }
    // A size that lost all its objects stays where it was.
    sizes = sizes.map((size, k) =>
      objects[k] ? (sum[k] as number) / (objects[k] as number) : size,
    );
  }
  return sizes.sort((a, b) => a - b);
}

/**
 * Gives each object the size that overlaps it best, in whichever ratio, centre on centre. It is what
 * a fit spends its time on: flat arrays, and nothing made on the way.
 *
 * @param cluster `[count]`, which size each object is at
 * @returns whether any object changed
 */
function assign(
  { count, width, height }: PlacedBoxes,
  shapes: readonly Extent[],
  ratios: number,
  cluster: Int32Array,
): boolean {
  const widths = Float64Array.from(shapes, (shape) => shape.width);
  const heights = Float64Array.from(shapes, (shape) => shape.height);
  let changed = false;
  for (let i = 0; i < count; i++) {
    const w = width[i] as number;
    const h = height[i] as number;
    let best = 0;
    let most = -1;
    for (let at = 0; at < widths.length; at++) {
      const across = widths[at] as number;
      const down = heights[at] as number;
      const intersection = (w < across ? w : across) * (h < down ? h : down);
      const iou = intersection / (w * h + across * down - intersection);
      if (iou > most) {
        most = iou;
        best = at;
      }
    }
    const nearest = Math.floor(best / ratios);
    if (cluster[i] !== nearest) changed = true;
    cluster[i] = nearest;
  }
  return changed;
}
