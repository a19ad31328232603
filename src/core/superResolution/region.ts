/**
 * Which pixels of a photo a box means when they are to be enlarged, and by how much they can be. Plain
 * arithmetic, for the page as well as for the worker.
 */
import { type Box, clip } from '../boxes/box.ts';
import type { Tile } from '../detection/slices.ts';

/** The factors that RED-Net was trained for. */
export const SCALES = [2, 3, 4] as const;
export type Scale = (typeof SCALES)[number];

/** Pixels of an enlarged region at most: on WebAssembly, RED10 takes about a minute for them. */
export const MOST_PIXELS = 2 ** 21;

/** The whole pixels that a box touches, at least one, inside the photo. */
export function regionOf(
  box: Box,
  { width, height }: { readonly width: number; readonly height: number },
): Tile {
  const [x1, y1, x2, y2] = clip(box, width, height);
  const left = Math.min(Math.floor(x1), width - 1);
  const top = Math.min(Math.floor(y1), height - 1);
  return {
    left,
    top,
    width: Math.max(1, Math.ceil(x2) - left),
    height: Math.max(1, Math.ceil(y2) - top),
  };
}

/** The factors by which a region of this size can be enlarged. */
export function scalesFor({ width, height }: Pick<Tile, 'width' | 'height'>): Scale[] {
  return SCALES.filter((scale) => width * height * scale ** 2 <= MOST_PIXELS);
}
