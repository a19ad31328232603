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
    const shapes = shapesOf({ sizes, aspectRatios });
    let changes = 0;
    for (let i = 0; i < placed.count; i++) {
      const nearest = bestOf(
        placed.width[i] as number,
        placed.height[i] as number,
        shapes,
        aspectRatios.length,
      );
      if (cluster[i] !== nearest) changes++;
      cluster[i] = nearest;
    }
    if (changes === 0) break;
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

/** The size that overlaps an object best, in whichever ratio, centre on centre. */
function bestOf(width: number, height: number, shapes: readonly Extent[], ratios: number): number {
  let best = 0;
  let most = -1;
  for (let at = 0; at < shapes.length; at++) {
    const shape = shapes[at] as Extent;
    const intersection = Math.min(width, shape.width) * Math.min(height, shape.height);
    const iou = intersection / (width * height + shape.width * shape.height - intersection);
    if (iou > most) {
      most = iou;
      best = Math.floor(at / ratios);
    }
  }
  return best;
}
