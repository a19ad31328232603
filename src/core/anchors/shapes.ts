/**
 * The shapes of an anchor set: width and height of every size in every aspect ratio, without a
 * place. The generator lays them over a feature map; theory, coverage and fitting need no more.
 */
import type { AnchorSet } from './sets.ts';

/** Width and height in pixels. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** A square. */
export const square = (side: number): Extent => ({ width: side, height: side });

/** An anchor or an object by its side (the root of its area) and its ratio (height over width). */
export function extentOf(side: number, aspectRatio: number): Extent {
  const root = Math.sqrt(aspectRatio);
  return { width: side / root, height: side * root };
}

/**
 * All shapes of a set, sizes outermost: (size 0, ratio 0), (size 0, ratio 1) ...
 *
 * @throws RangeError when a size or a ratio is not a positive number, or there is none
 */
export function shapesOf({ sizes, aspectRatios }: AnchorSet): Extent[] {
  if (sizes.length === 0 || aspectRatios.length === 0) {
    throw new RangeError('An anchor set needs at least one size and one aspect ratio.');
  }
  for (const value of [...sizes, ...aspectRatios]) requirePositive(value);
  return sizes.flatMap((size) => aspectRatios.map((ratio) => extentOf(size, ratio)));
}

/** Throws a RangeError unless a size, a ratio or a stride is a positive number. */
export function requirePositive(value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`Anchor sizes, ratios and stride must be positive, not ${value}.`);
  }
}
