/** Arbitrary boxes for property tests: quarter pixels, so that sums stay exact. */
import fc from 'fast-check';
import type { Box } from '../../src/core/boxes/box.ts';

export const coordinate = fc.integer({ min: -2000, max: 2000 }).map((value) => value / 4);
export const side = fc.integer({ min: 1, max: 4000 }).map((value) => value / 4);
export const anyBox = fc
  .tuple(coordinate, coordinate, side, side)
  .map(([x, y, width, height]): Box => [x, y, x + width, y + height]);
