/**
 * Non-maximum suppression: of boxes that overlap much, only the best scored stays.
 *
 * Greedy, as in torchvision's `nms` and `batched_nms`. It runs on plain arrays: the scores have
 * been read back anyway to choose the best, and a few thousand boxes take a millisecond or two,
 * less than one more round trip to a GPU. (Where a GPU chooses an RPN's proposals, it does this, too:
 * src/engine/kernels/suppress.ts. Of the classes' few hundred boxes it takes less than a millisecond here.)
 */
import type { Boxes } from './box.ts';

/**
 * Indices by falling score; equal scores keep their order, so results do not depend on the
 * engine's or the platform's sort. NaN scores come last.
 *
 * @param limit keeps only the first so many
 */
export function argsortDescending(scores: ArrayLike<number>, limit?: number): Uint32Array {
  const keys = new Float64Array(scores);
  for (let i = 0; i < keys.length; i++) {
    if (Number.isNaN(keys[i])) keys[i] = Number.NEGATIVE_INFINITY;
  }
  const wanted = Math.min(limit ?? keys.length, keys.length);
  if (wanted === 0) return new Uint32Array();
  // Of a hundred thousand anchors two thousand are wanted: the score of the last wanted place is
  // found first, without sorting, and only what reaches it is put in order.
  const lowest = smallest(keys.slice(), keys.length - wanted);
  let count = 0;
  const all = new Uint32Array(keys.length);
  for (let index = 0; index < keys.length; index++) {
    if ((keys[index] as number) >= lowest) all[count++] = index;
  }
  const candidates = all.subarray(0, count);
  candidates.sort((a, b) => (keys[b] as number) - (keys[a] as number) || a - b);
  return candidates.subarray(0, wanted);
}

/** The value that would stand at a place if the values were sorted (Hoare's quickselect); reorders them. */
function smallest(values: Float64Array, place: number): number {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = values[(first + last) >> 1] as number;
    let low = first;
    let high = last;
    while (low <= high) {
      while ((values[low] as number) < pivot) low++;
      while ((values[high] as number) > pivot) high--;
      if (low > high) break;
      const value = values[low] as number;
      values[low++] = values[high] as number;
      values[high--] = value;
    }
    if (place <= high) last = high;
    else if (place >= low) first = low;
    else break;
  }
  return values[place] as number;
}

export interface NmsOptions {
  /** a box goes when its IoU with a kept one is above this */
  readonly iouThreshold: number;
  /** stop after so many kept boxes */
  readonly limit?: number;
  /** boxes of different groups (classes) never suppress each other: torchvision's `batched_nms` */
  readonly groups?: ArrayLike<number>;
}

/**
 * Indices of the boxes that stay, by falling score.
 *
 * @param boxes `[count * 4]`
 * @param scores `[count]`
 */
export function nms(boxes: Boxes, scores: ArrayLike<number>, options: NmsOptions): Uint32Array {
  return nmsWithReasons(boxes, scores, options).kept;
}

/** What NMS kept, and why the rest went. */
export interface NmsReasons {
  /** as `nms` */
  readonly kept: Uint32Array;
  /** for each box the kept one that suppressed it; -1 for those that stay or come after the limit */
  readonly suppressor: Int32Array;
}

/** As `nms`, and tells of every box that went which one suppressed it. */
export function nmsWithReasons(
  boxes: Boxes,
  scores: ArrayLike<number>,
  options: NmsOptions,
): NmsReasons {
  const { iouThreshold, groups, limit = Number.POSITIVE_INFINITY } = options;
  const order = argsortDescending(scores);
  const kept = new Uint32Array(order.length);
  const suppressor = new Int32Array(order.length).fill(-1);
  let count = 0;
  for (const candidate of order) {
    if (count >= limit) break;
    const by = suppressorOf(boxes, candidate, kept, count, iouThreshold, groups);
    if (by < 0) kept[count++] = candidate;
    else suppressor[candidate] = by;
  }
  return { kept: kept.slice(0, count), suppressor };
}

/** The first of the kept boxes of the same group that covers the candidate; -1 where none does. */
function suppressorOf(
  boxes: Boxes,
  candidate: number,
  kept: Uint32Array,
  count: number,
  threshold: number,
  groups?: ArrayLike<number>,
): number {
  const at = 4 * candidate;
  const x1 = boxes[at] as number;
  const y1 = boxes[at + 1] as number;
  const x2 = boxes[at + 2] as number;
  const y2 = boxes[at + 3] as number;
  const area = (x2 - x1) * (y2 - y1);
  for (let k = 0; k < count; k++) {
    const other = kept[k] as number;
    if (groups && groups[other] !== groups[candidate]) continue;
    const o = 4 * other;
    const width = Math.min(x2, boxes[o + 2] as number) - Math.max(x1, boxes[o] as number);
    if (width <= 0) continue;
    const height = Math.min(y2, boxes[o + 3] as number) - Math.max(y1, boxes[o + 1] as number);
    if (height <= 0) continue;
    const intersection = width * height;
    const otherArea =
      ((boxes[o + 2] as number) - (boxes[o] as number)) *
      ((boxes[o + 3] as number) - (boxes[o + 1] as number));
    // Written without a division: the loop runs millions of times in a busy picture.
    if (intersection > threshold * (area + otherArea - intersection)) return other;
  }
  return -1;
}
