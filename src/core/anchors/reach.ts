/**
 * Which objects an anchor set can be matched with at all: the theory behind the paper's choice of
 * sizes (Krishna and Jawahar, ACPR 2017, section 3.1), for square objects. In the best position an
 * anchor and an object share their centre; elsewhere the object's centre lies anywhere in a cell of
 * the feature map, and the larger the stride, the fewer small objects find an anchor.
 */
import { type Box, boxAt, iou } from '../boxes/box.ts';
import { AnchorGenerator } from './generator.ts';
import type { AnchorSet } from './sets.ts';

/** What the RPN's matcher, and every AP here, asks for. */
const MATCHED = 0.5;

/**
 * The sides of squares that have an anchor at the IoU asked for when they share its centre: of an
 * anchor of side a, those from a * sqrt(IoU) to a / sqrt(IoU).
 *
 * @returns ranges in pixels, rising; those that overlap or touch are one
 */
export function reachedSides(
  { sizes }: Pick<AnchorSet, 'sizes'>,
  least = MATCHED,
): [from: number, to: number][] {
  const ranges: [from: number, to: number][] = [];
  for (const size of sizes.toSorted((a, b) => a - b)) {
    const [from, to] = [size * Math.sqrt(least), size / Math.sqrt(least)];
    const last = ranges.at(-1);
    // Sides that double touch, but for the last bit.
    if (last && from <= last[1] * (1 + 1e-9)) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges;
}

/** Positions tried along each side of a quarter of a cell. */
const STEPS = 16;

/**
 * The share of positions at which a square has an anchor: its centre is laid on a fine grid in a
 * cell, whose other three quarters mirror the first.
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
  const { cell, perLocation } = new AnchorGenerator(set, stride);
  const anchors = Array.from({ length: perLocation }, (_, index) => boxAt(cell, index));
  const half = side / 2;
  let reached = 0;
  for (let row = 0; row < STEPS; row++) {
    for (let column = 0; column < STEPS; column++) {
      const x = ((column + 0.5) / STEPS) * (stride / 2);
      const y = ((row + 0.5) / STEPS) * (stride / 2);
      const object: Box = [x - half, y - half, x + half, y + half];
      reached += Number(anchors.some((anchor) => iou(anchor, object) >= least));
    }
  }
  return reached / STEPS ** 2;
}
