/**
 * The theory of anchor sizes (Krishna and Jawahar, ACPR 2017, section 3.1): how well an anchor can
 * overlap an object that does not lie where the anchor does, and which sizes follow from that.
 *
 * The paper's two equations speak of an object (the ground truth, side s_gt) inside a larger anchor
 * (side s_A), pushed out of it by d pixels along both axes: `overhangIou` is equation 1,
 * `largestAnchor` solves it for s_A, equation 2. Here objects and anchors may be rectangles and
 * the two axes have an overhang each.
 *
 * A feature map, though, does not know overhangs: it fixes how far the centres are apart, at most
 * half a stride along each axis. The functions below it speak of that `Displacement`, hold for
 * anchors smaller than the object too, and are exact: `displacedIou`, `matchedSides`,
 * `bestReachableIou`, `smallestMatchable`. Where the anchor is the larger one, `overhangOf`
 * translates, and both say the same.
 */
import { type Extent, extentOf } from './shapes.ts';

/** Pixels along both axes, 0 or more. */
export interface Displacement {
  readonly x: number;
  readonly y: number;
}

/** The same along both axes: the paper's d. */
export const both = (pixels: number): Displacement => ({ x: pixels, y: pixels });

/**
 * Equation 1: the IoU of an object with an anchor around it that it sticks out of. For squares
 * (s_gt - d)^2 / (s_A^2 + s_gt^2 - (s_gt - d)^2).
 *
 * @param overhang pixels of the object outside of the anchor; 0 while it is inside
 * @throws RangeError when the anchor is narrower or lower than the object
 */
export function overhangIou(object: Extent, anchor: Extent, overhang: Displacement): number {
  if (anchor.width < object.width || anchor.height < object.height) {
    throw new RangeError('Equation 1 is about an object inside a larger anchor.');
  }
  const inside = insideArea(object, overhang);
  return inside / (areaOf(anchor) + areaOf(object) - inside);
}

/**
 * Equation 2: the side (root of the area) of the largest anchor that an object still has an IoU
 * of `threshold` with. For squares sqrt((1 + t) / t * (s_gt - d)^2 - s_gt^2).
 *
 * @returns pixels; undefined when even an anchor as small as the object falls short
 */
export function largestAnchor(
  object: Extent,
  overhang: Displacement,
  threshold: number,
): number | undefined {
  const area = ((1 + threshold) / threshold) * insideArea(object, overhang) - areaOf(object);
  return area >= areaOf(object) * (1 - 1e-12) ? Math.sqrt(area) : undefined;
}

/**
 * The side of the smallest object for which equation 2 has an answer. For squares
 * d / (1 - sqrt(2 t / (1 + t))), at t = 0.5 five and a half times the overhang.
 *
 * @param aspectRatio of the object, height over width
 */
export function smallestObject(overhang: Displacement, threshold: number, aspectRatio = 1): number {
  const { width, height } = extentOf(1, aspectRatio);
  const share = (2 * threshold) / (1 + threshold);
  const linear = overhang.x * height + overhang.y * width;
  return largerRoot(1 - share, -linear, overhang.x * overhang.y);
}

/**
 * The bound that follows: side of the object over side of the largest anchor is at least the root
 * of the threshold (1 / sqrt 2 at 0.5), and equal to it for an object all inside. So neighbouring
 * sizes of an anchor set should be no further apart than this factor.
 */
export const smallestShare = (threshold: number): number => Math.sqrt(threshold);

/** How far an object sticks out of a larger anchor when their centres are this far apart. */
export function overhangOf(object: Extent, anchor: Extent, apart: Displacement): Displacement {
  const along = (side: number, anchorSide: number, distance: number) =>
    Math.min(side, Math.max(0, distance - (anchorSide - side) / 2));
  return {
    x: along(object.width, anchor.width, apart.x),
    y: along(object.height, anchor.height, apart.y),
  };
}

/**
 * Equation 1 for any object and any anchor.
 *
 * @param apart distance between the centres
 * @returns IoU in 0..1
 */
export function displacedIou(object: Extent, anchor: Extent, apart: Displacement): number {
  const intersection =
    overlapAlong(object.width, anchor.width, apart.x) *
    overlapAlong(object.height, anchor.height, apart.y);
  return intersection / (areaOf(object) + areaOf(anchor) - intersection);
}

/**
 * Equation 2 for any object and both ends: the sides of anchors of one aspect ratio that reach the
 * threshold. They are one interval: the root of the intersection is concave in the anchor's side,
 * what it has to exceed, sqrt(t / (1 + t) * (s^2 + object's area)), is convex.
 *
 * @param aspectRatio of the anchor, height over width
 * @returns the smallest and the largest side in pixels; undefined when none reaches it
 */
export function matchedSides(
  object: Extent,
  aspectRatio: number,
  apart: Displacement,
  threshold: number,
): readonly [from: number, to: number] | undefined {
  const unit = extentOf(1, aspectRatio);
  const across = pieces(object.width, unit.width, apart.x);
  const down = pieces(object.height, unit.height, apart.y);
  const ends = [across.inner, across.outer, down.inner, down.outer].sort((a, b) => a - b);
  const area = areaOf(object);
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  const add = (side: number) => {
    from = Math.min(from, side);
    to = Math.max(to, side);
  };
  for (let piece = 0; piece <= ends.length; piece++) {
    const low = ends[piece - 1] ?? 0;
    const high = ends[piece] ?? Number.POSITIVE_INFINITY;
    if (low >= high) continue;
    const middle = Number.isFinite(high) ? (low + high) / 2 : low + 1;
    const [a, b] = across.at(middle);
    const [c, d] = down.at(middle);
    // The intersection is (a s + b)(c s + d) here, so reaching the threshold is a quadratic in s.
    const square = (1 + threshold) * a * c - threshold;
    const linear = (1 + threshold) * (a * d + b * c);
    const constant = (1 + threshold) * b * d - threshold * area;
    const enough = (side: number) => (square * side + linear) * side + constant >= -1e-12 * area;
    for (const side of [low, high])
      if (side > 0 && Number.isFinite(side) && enough(side)) add(side);
    for (const side of roots(square, linear, constant)) if (side > low && side < high) add(side);
  }
  return to > 0 ? [from, to] : undefined;
}

/**
 * The best IoU that an anchor of any shape can have with an object: along each axis it either just
 * contains the displaced object or just fits into it.
 */
export function bestReachableIou(object: Extent, apart: Displacement): number {
  let best = 0;
  for (const width of [object.width - 2 * apart.x, object.width + 2 * apart.x]) {
    for (const height of [object.height - 2 * apart.y, object.height + 2 * apart.y]) {
      if (width > 0 && height > 0) {
        best = Math.max(best, displacedIou(object, { width, height }, apart));
      }
    }
  }
  return best;
}

/**
 * The side of the smallest object that any anchor can reach when the centres are this far apart.
 * For squares displaced by d along both axes 2 d sqrt(t) / (1 - sqrt(t)): at t = 0.5 and half a
 * stride 39 pixels at stride 16, 19 at stride 8 and 10 at stride 4.
 *
 * @param aspectRatio of the object, height over width
 */
export function smallestMatchable(apart: Displacement, threshold: number, aspectRatio = 1): number {
  const { width, height } = extentOf(1, aspectRatio);
  const [x, y] = [apart.x * height, apart.y * width];
  const t = threshold;
  // One quadratic for each of the anchors that bestReachableIou tries.
  return Math.min(
    largerRoot(1 - t, -2 * t * (x + y), -4 * t * x * y),
    largerRoot(1 - t, -2 * (x + y), 4 * x * y),
    largerRoot(1 - t, -2 * (x + t * y), 4 * t * x * y),
    largerRoot(1 - t, -2 * (t * x + y), 4 * t * x * y),
  );
}

const areaOf = ({ width, height }: Extent) => width * height;

const insideArea = (object: Extent, overhang: Displacement) =>
  Math.max(0, object.width - overhang.x) * Math.max(0, object.height - overhang.y);

/** Overlap of two lengths whose middles are `apart`. */
const overlapAlong = (a: number, b: number, apart: number) =>
  Math.max(0, Math.min(a, b, (a + b) / 2 - apart));

/**
 * The overlap along one axis as a function of the anchor's side s, in three straight pieces: up to
 * `inner` the anchor is all inside of the object (or all outside), from `outer` on it contains it.
 *
 * @param perSide the anchor's length along the axis for a side of 1
 */
function pieces(length: number, perSide: number, apart: number) {
  const inner = Math.abs(length - 2 * apart) / perSide;
  const outer = (length + 2 * apart) / perSide;
  return {
    inner,
    outer,
    /** slope and intercept */
    at(side: number): readonly [slope: number, intercept: number] {
      if (side < inner) return [length > 2 * apart ? perSide : 0, 0];
      return side < outer ? [perSide / 2, length / 2 - apart] : [0, length];
    },
  };
}

function roots(square: number, linear: number, constant: number): number[] {
  if (square === 0) return linear === 0 ? [] : [-constant / linear];
  const inner = linear * linear - 4 * square * constant;
  if (inner < 0) return [];
  // The root without cancellation first; the other from the product of both.
  const sum = -(linear + (linear < 0 ? -1 : 1) * Math.sqrt(inner)) / 2;
  return sum === 0 ? [0] : [sum / square, constant / sum];
}

const largerRoot = (square: number, linear: number, constant: number) =>
  Math.max(0, ...roots(square, linear, constant));
