/**
 * Anchor sizes that reach as many objects as any so many sizes can: best possible recall itself is
 * maximised, over the real grid.
 *
 * Equation 2 turns the question into one about points and intervals: an object is reached by the
 * sizes of an interval (one for each aspect ratio; theory.ts's matchedSides), and the sizes wanted
 * are the points that hit the intervals of the most objects. For one interval an object, dynamic
 * programming finds the best points on a fine scale; where the ratios leave an object several,
 * moving one size at a time to its best place makes up for what that ignored.
 */
import type { PlacedBoxes } from './placement.ts';
import { matchedSides } from './theory.ts';

/** All intervals, those of one object disjoint. */
interface Intervals {
  readonly count: number;
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly object: Uint32Array;
  /** ends of intervals in rising order: 2 * interval for its start, 2 * interval + 1 for its end */
  readonly order: Uint32Array;
  readonly objects: number;
}

/** Steps of the dynamic program's scale. */
const SCALE = 400;
const MOST_ROUNDS = 20;

/**
 * @param count how many sizes
 * @param threshold IoU that counts as reached
 * @param starts other sizes to improve on: the result is at least as good as each of them
 * @returns sizes in pixels, to a tenth where that loses nothing, rising; empty when no anchor reaches any object
 */
export function bestRecallSizes(
  placed: PlacedBoxes,
  count: number,
  aspectRatios: readonly number[],
  threshold: number,
  starts: readonly (readonly number[])[] = [],
): number[] {
  const intervals = intervalsOf(placed, aspectRatios, threshold);
  if (intervals.count === 0) return [];
  let best: readonly number[] = [];
  let most = -1;
  for (const start of [bestOnScale(intervals, count), ...starts]) {
    const { sizes, hits } = improved(intervals, start);
    if (hits > most) {
      most = hits;
      best = sizes;
    }
  }
  return best.toSorted((a, b) => a - b);
}

function intervalsOf(
  placed: PlacedBoxes,
  aspectRatios: readonly number[],
  threshold: number,
): Intervals {
  const from: number[] = [];
  const to: number[] = [];
  const object: number[] = [];
  for (let i = 0; i < placed.count; i++) {
    const box = { width: placed.width[i] as number, height: placed.height[i] as number };
    const apart = { x: placed.apartX[i] as number, y: placed.apartY[i] as number };
    const ranges = aspectRatios
      .map((ratio) => matchedSides(box, ratio, apart, threshold))
      .filter((range) => range !== undefined)
      .sort((a, b) => a[0] - b[0]);
    for (const [low, high] of ranges) {
      const last = to.length - 1;
      if (object[last] === i && low <= (to[last] as number)) {
        to[last] = Math.max(to[last] as number, high);
      } else {
        from.push(low);
        to.push(high);
        object.push(i);
      }
    }
  }
  const values = (end: number) => ((end & 1 ? to : from)[end >> 1] ?? 0) as number;
  const order = Uint32Array.from({ length: 2 * from.length }, (_, end) => end);
  // Where an interval ends and another starts, both are hit: starts come first.
  order.sort((a, b) => values(a) - values(b) || (a & 1) - (b & 1));
  return {
    count: from.length,
    from: Float64Array.from(from),
    to: Float64Array.from(to),
    object: Uint32Array.from(object),
    order,
    objects: placed.count,
  };
}

/** The best sizes on a logarithmic scale, each object's intervals taken as one from end to end. */
function bestOnScale({ count, from, to, object }: Intervals, wanted: number): number[] {
  const low = from.reduce((a, b) => Math.min(a, b));
  const high = to.reduce((a, b) => Math.max(a, b));
  const step = Math.log(high / low) / (SCALE - 1);
  const sizeAt = (place: number) => low * Math.exp(place * step);
  const placeOf = (size: number) => Math.log(size / low) / step;
  // ending[first * SCALE + last]: objects reached by the places first to last.
  const ending = new Uint32Array(SCALE * SCALE);
  for (let i = 0; i < count; i++) {
    const start = i;
    while (i + 1 < count && object[i + 1] === object[start]) i++;
    const first = Math.ceil(placeOf(from[start] as number) - 1e-9);
    const last = Math.min(Math.floor(placeOf(to[i] as number) + 1e-9), SCALE - 1);
    if (first <= last) (ending[first * SCALE + last] as number)++;
  }
  // gains[before * SCALE + place]: objects that a size at `place` adds where the next smaller size is
  // at `before` - 1 (0: there is none): those reached by it that start after that size.
  const gains = new Uint32Array((SCALE + 1) * SCALE);
  const open = new Uint32Array(SCALE);
  for (let place = SCALE - 1; place >= 0; place--) {
    for (let first = 0; first <= place; first++) {
      (open[first] as number) += ending[first * SCALE + place] as number;
    }
    let sum = 0;
    for (let first = place; first >= 0; first--) {
      sum += open[first] as number;
      gains[first * SCALE + place] = sum;
    }
  }
  let reached = Uint32Array.from({ length: SCALE }, (_, place) => gains[place] as number);
  const before: Int32Array[] = [new Int32Array(SCALE).fill(-1)];
  for (let k = 1; k < wanted; k++) {
    const next = new Uint32Array(SCALE);
    const from = new Int32Array(SCALE).fill(-1);
    for (let place = 0; place < SCALE; place++) {
      for (let smaller = 0; smaller <= place; smaller++) {
        const gain = smaller < place ? (gains[(smaller + 1) * SCALE + place] as number) : 0;
        const total = (reached[smaller] as number) + gain;
        if (total > (next[place] as number) || from[place] === -1) {
          next[place] = total;
          from[place] = smaller;
        }
      }
    }
    before.push(from);
    reached = next;
  }
  const sizes: number[] = [];
  let place = reached.indexOf(reached.reduce((a, b) => Math.max(a, b)));
  for (let k = wanted - 1; k >= 0 && place >= 0; k--) {
    sizes.push(sizeAt(place));
    place = before[k]?.[place] ?? -1;
  }
  return sizes;
}

/** Moves one size after the other to where it adds most to the others, until none gains. */
function improved(
  intervals: Intervals,
  start: readonly number[],
): { readonly sizes: readonly number[]; readonly hits: number } {
  const sizes = start.map(tenth);
  // By how many of the sizes each object is reached: one that moves costs its own share alone.
  const reached = new Uint16Array(intervals.objects);
  let hits = 0;
  for (const size of sizes) hits += tally(intervals, reached, size, 1);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = hits;
    for (let k = 0; k < sizes.length; k++) {
      const old = sizes[k] as number;
      const others = hits + tally(intervals, reached, old, -1);
      const best = bestPoint(intervals, reached);
      const now = others + tally(intervals, reached, best, 1);
      if (now > hits) {
        hits = now;
        sizes[k] = best;
      } else {
        tally(intervals, reached, best, -1);
        tally(intervals, reached, old, 1);
      }
    }
    if (hits === before) break;
  }
  return { sizes, hits };
}

/**
 * Counts a size in (1) or out (-1) at each object that it reaches.
 *
 * @returns how many more objects are reached now
 */
function tally(
  { count, from, to, object }: Intervals,
  reached: Uint16Array,
  size: number,
  by: 1 | -1,
): number {
  let more = 0;
  for (let i = 0; i < count; i++) {
    if (size < (from[i] as number) || size > (to[i] as number)) continue;
    const at = object[i] as number;
    const before = reached[at] as number;
    reached[at] = before + by;
    if (before === 0) more++;
    else if (before + by === 0) more--;
  }
  return more;
}

/** The size that reaches the most objects that are not reached yet, in the middle of its like. */
function bestPoint({ order, from, to, object }: Intervals, reached: Uint16Array): number {
  let open = 0;
  let most = 0;
  let best = 0;
  let low = Number.NaN;
  for (const end of order) {
    const interval = end >> 1;
    if (reached[object[interval] as number]) continue;
    if (end & 1) {
      // Between the last start and this end nothing changes.
      if (open > most) {
        most = open;
        best = roundest(low, to[interval] as number);
      }
      open--;
    } else {
      open++;
      low = from[interval] as number;
    }
  }
  return best;
}

/** The middle of a range, to as few digits after the point as lie in it. */
function roundest(low: number, high: number): number {
  const middle = (low + high) / 2;
  for (const unit of [10, 100, 1000]) {
    const round = Math.round(unit * middle) / unit;
    if (round >= low && round <= high) return round;
  }
  return middle;
}

const tenth = (size: number) => Math.round(10 * size) / 10;
