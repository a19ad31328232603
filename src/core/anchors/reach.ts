/**
 * Which objects an anchor set can be matched with at all: the theory behind the paper's choice of
 * sizes (Krishna and Jawahar, ACPR 2017, section 3.1). In the best position an anchor and an object
 * share their centre; elsewhere the object's centre lies anywhere in a cell of the feature map, and
 * the larger the stride, the fewer small objects find an anchor.
 */
import type { AnchorSet } from './sets.ts';
import { type Extent, requirePositive, shapesOf, square } from './shapes.ts';
import { both, matchedSides } from './theory.ts';

/** What the RPN's matcher, and every AP here, asks for. */
const MATCHED = 0.5;

/**
 * The sides of squares that have an anchor at the IoU asked for when they share its centre: of an
 * anchor of side a, those from a * sqrt(IoU) to a / sqrt(IoU).
 *
 * @returns ranges in pixels, rising; those that overlap or touch are one
 */
export function reachedSides({ sizes }: Pick<AnchorSet, 'sizes'>, least = MATCHED): Range[] {
  return merged(sizes.map((size) => [size * Math.sqrt(least), size / Math.sqrt(least)]));
}

/** Sides in pixels. */
export type Range = [from: number, to: number];

/** Ranges that overlap or touch as one, rising. */
function merged(ranges: readonly (readonly [from: number, to: number])[]): Range[] {
  const all: Range[] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = all.at(-1);
    // Sides that double touch, but for the last bit.
    if (last && from <= last[1] * (1 + 1e-9)) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

/**
 * The sides of squares that have one of these anchors at every position. The worst position of a cell
 * is its corner, whatever the anchor, and there equation 2 (with both ends, theory.ts) says which sides
 * an anchor still matches: the IoU does not know which of the two boxes is the object.
 *
 * @param shapes of the anchors, see shapesOf
 * @param stride of the feature map, in pixels
 * @returns ranges in pixels, rising and apart; none where every size of object has a blind spot
 */
export function sidesReachedEverywhere(
  shapes: readonly Extent[],
  stride: number,
  threshold: number,
): Range[] {
  requirePositive(stride);
  const corner = both(stride / 2);
  return merged(
    shapes
      .map((shape) => matchedSides(shape, 1, corner, threshold))
      .filter((range) => range !== undefined),
  );
}

/**
 * The share of positions at which a square has an anchor.
 *
 * @param side of the square, in pixels
 * @param stride of the feature map, in pixels
 * @returns a share in 0..1
 */
export function reachedPositions(
  set: AnchorSet,
  stride: number,
  side: number,
  least = MATCHED,
): number {
  return matchedPositions(shapesOf(set), stride, square(side), least);
}

/** Columns that half a cell is cut into; the error is below a ten-thousandth. */
const COLUMNS = 256;

/**
 * The share of positions at which an object has one of these anchors at the threshold or above: of
 * the places of its centre in a cell, all equally likely, whose quarters mirror each other.
 *
 * Along a column of the quarter an anchor matches down to some distance between the centres, which
 * equation 1 gives; what counts is the anchor that reaches furthest, and the columns add up.
 *
 * @param shapes of the anchors, see shapesOf
 * @param stride of the feature map, in pixels
 * @returns a share in 0..1
 */
export function matchedPositions(
  shapes: readonly Extent[],
  stride: number,
  object: Extent,
  threshold: number,
): number {
  requirePositive(stride);
  const half = stride / 2;
  const furthest = new Float64Array(COLUMNS);
  const factor = threshold / (1 + threshold);
  for (const anchor of shapes) {
    const needed = factor * (object.width * object.height + anchor.width * anchor.height);
    const widest = Math.min(object.width, anchor.width);
    const highest = Math.min(object.height, anchor.height);
    for (let column = 0; column < COLUMNS; column++) {
      const x = ((column + 0.5) / COLUMNS) * half;
      const across = Math.min(widest, (object.width + anchor.width) / 2 - x);
      // An overlap of less than this along y is not enough, one of more than `highest` not to be had.
      if (across <= 0 || needed / across > highest) continue;
      const y = (object.height + anchor.height) / 2 - needed / across;
      if (y > (furthest[column] as number)) furthest[column] = Math.min(y, half);
    }
  }
  return furthest.reduce((sum, y) => sum + y, 0) / (COLUMNS * half);
}
