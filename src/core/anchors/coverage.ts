/**
 * Coverage: how well an anchor set fits the objects of a data set before anything is trained. No
 * network can answer for an object that none of its anchors overlaps enough, so the best possible
 * recall is a ceiling that costs no training to know.
 *
 * Made to be asked again at every move of a slider: the IoU of every object with every anchor shape
 * is kept by shape, and the best of the shapes that stay as they are, so a size that moves costs its own
 * shapes alone.
 */
import { type PlacedBoxes, sideAt } from './placement.ts';
import type { Extent } from './shapes.ts';

export interface Coverage {
  /** objects in all */
  readonly boxes: number;
  readonly threshold: number;
  /** share of the objects with an anchor at the threshold or above, in 0..1 */
  readonly bestPossibleRecall: number;
  readonly meanBestIoU: number;
  /** `[boxes]` IoU of each object's best anchor */
  readonly bestIoU: Float64Array;
  /** `[boxes]` which shape that is, -1 where none overlaps the object */
  readonly bestAnchor: Int32Array;
  /** `[shapes]` objects with an IoU at the threshold or above with this shape */
  readonly reached: Uint32Array;
  /** `[shapes]` those of them that no other shape overlaps better (of equals the first) */
  readonly matched: Uint32Array;
  /** shapes that are no object's match */
  readonly unused: number;
}

/** IoUs that are kept, 64 MB of them; beyond that they are computed each time. */
const KEPT_VALUES = 8e6;

/** The best of some of the anchors for every object. */
interface Best {
  readonly iou: Float64Array;
  readonly anchor: Int32Array;
}

export class CoverageCache {
  /** By shape; the order is that of last use. */
  private readonly kept = new Map<string, Float64Array>();
  private readonly most: number;
  private lastKeys: readonly string[] = [];
  /** The best of the anchors that did not change of late: all but those that a slider moves. */
  private still: Best & { readonly id: string };

  constructor(readonly placed: PlacedBoxes) {
    this.most = Math.floor(KEPT_VALUES / Math.max(1, placed.count));
    this.still = { id: '', ...noneOf(placed.count) };
  }

  /**
   * The coverage of these anchors. The arrays of the result are the caller's.
   *
   * @param shapes of the anchors, see shapesOf
   * @param threshold IoU from which an object counts as reached
   */
  measure(shapes: readonly Extent[], threshold: number): Coverage {
    const { count } = this.placed;
    const keys = shapes.map(({ width, height }) => `${width} ${height}`);
    const ious = shapes.map((shape, anchor) => this.iousOf(shape, keys[anchor] as string));
    const { iou: bestIoU, anchor: bestAnchor } = this.best(keys, ious);
    const reached = Uint32Array.from(ious, (values) => countFrom(values, threshold));
    const matched = new Uint32Array(shapes.length);
    let sum = 0;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const value = bestIoU[i] as number;
      sum += value;
      const anchor = bestAnchor[i] as number;
      if (value >= threshold && anchor >= 0) {
        found++;
        (matched[anchor] as number)++;
      }
    }
    return {
      ...{ boxes: count, threshold, bestIoU, bestAnchor, reached, matched },
      bestPossibleRecall: count > 0 ? found / count : 0,
      meanBestIoU: count > 0 ? sum / count : 0,
      unused: matched.filter((objects) => objects === 0).length,
    };
  }

  private best(keys: readonly string[], ious: readonly Float64Array[]): Best {
    const sameLength = keys.length === this.lastKeys.length;
    const isStill = keys.map((key, anchor) => sameLength && key === this.lastKeys[anchor]);
    this.lastKeys = keys;
    // While nothing moves, what moved last will probably move next.
    const id = keys.map((key, anchor) => (isStill[anchor] ? key : '')).join();
    if (isStill.includes(false) && id !== this.still.id) {
      this.still = { id, ...noneOf(this.placed.count) };
      ious.forEach((values, anchor) => {
        if (isStill[anchor]) improve(this.still, values, anchor);
      });
    }
    const best = { iou: this.still.iou.slice(), anchor: this.still.anchor.slice() };
    const known = this.still.id.split(',');
    ious.forEach((values, anchor) => {
      if (known[anchor] !== keys[anchor]) improve(best, values, anchor);
    });
    return best;
  }

  private iousOf(shape: Extent, key: string): Float64Array {
    const ious = this.kept.get(key) ?? iousWith(this.placed, shape);
    this.kept.delete(key);
    this.kept.set(key, ious);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(oldest);
    }
    return ious;
  }
}

const noneOf = (count: number): Best => ({
  iou: new Float64Array(count),
  anchor: new Int32Array(count).fill(-1),
});

/** Takes one more anchor into account; of equal ones the first counts, whatever the order of calls. */
function improve({ iou, anchor }: Best, values: Float64Array, candidate: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const best = iou[i] as number;
    if (value > best || (value === best && value > 0 && candidate < (anchor[i] as number))) {
      iou[i] = value;
      anchor[i] = candidate;
    }
  }
}

function countFrom(values: Float64Array, threshold: number): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if ((values[i] as number) >= threshold) count++;
  return count;
}

/** The coverage of one set of shapes, where nothing will be asked again. */
export function coverageOf(
  placed: PlacedBoxes,
  shapes: readonly Extent[],
  threshold: number,
): Coverage {
  return new CoverageCache(placed).measure(shapes, threshold);
}

/** Equation 1 for all objects at once: theory.ts's displacedIou, without an object for each. */
function iousWith({ count, width, height, apartX, apartY }: PlacedBoxes, shape: Extent) {
  const ious = new Float64Array(count);
  const { width: anchorWidth, height: anchorHeight } = shape;
  const anchorArea = anchorWidth * anchorHeight;
  for (let i = 0; i < count; i++) {
    const w = width[i] as number;
    const h = height[i] as number;
    const across = Math.min(w, anchorWidth, (w + anchorWidth) / 2 - (apartX[i] as number));
    const down = Math.min(h, anchorHeight, (h + anchorHeight) / 2 - (apartY[i] as number));
    if (across <= 0 || down <= 0) continue;
    const intersection = across * down;
    ious[i] = intersection / (w * h + anchorArea - intersection);
  }
  return ious;
}

/** What became of the objects of one range of sizes. */
export interface SizeCoverage {
  /** side (root of the area) in pixels, from and below */
  readonly from: number;
  readonly to: number;
  readonly boxes: number;
  /** null without objects */
  readonly recall: number | null;
  readonly meanBestIoU: number | null;
}

/** Sides in pixels that share the objects out into ranges people can name; COCO's 32 among them. */
export const SIZE_EDGES = [0, 8, 16, 32, 64, 128, Number.POSITIVE_INFINITY] as const;

/**
 * Coverage by the size of the objects.
 *
 * @param edges rising sides in pixels; objects outside of them are in no range
 */
export function coverageBySize(
  placed: PlacedBoxes,
  { bestIoU, threshold }: Pick<Coverage, 'bestIoU' | 'threshold'>,
  edges: readonly number[] = SIZE_EDGES,
): SizeCoverage[] {
  const ranges = edges.slice(1).map((to, index) => {
    return { from: edges[index] as number, to, boxes: 0, reached: 0, sum: 0 };
  });
  for (let i = 0; i < placed.count; i++) {
    const side = sideAt(placed, i);
    const range = ranges.find(({ from, to }) => side >= from && side < to);
    if (!range) continue;
    range.boxes++;
    range.sum += bestIoU[i] as number;
    if ((bestIoU[i] as number) >= threshold) range.reached++;
  }
  return ranges.map(({ from, to, boxes, reached, sum }) => ({
    ...{ from, to, boxes },
    recall: boxes > 0 ? reached / boxes : null,
    meanBestIoU: boxes > 0 ? sum / boxes : null,
  }));
}
