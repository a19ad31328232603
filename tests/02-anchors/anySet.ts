/** Arbitrary data sets of one box a picture, for property tests. */
import fc from 'fast-check';
import { BoxCollector, type BoxSet } from '../../src/core/annotations/boxSet.ts';
import type { Box } from '../../src/core/boxes/box.ts';

interface PictureWithBox {
  readonly width: number;
  readonly height: number;
  readonly box: Box;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const side = fc.integer({ min: 2, max: 60 });

const picture = fc
  .tuple(
    fc.integer({ min: 64, max: 150 }),
    fc.integer({ min: 64, max: 150 }),
    side,
    side,
    share,
    share,
  )
  .map(([width, height, wide, high, x, y]): PictureWithBox => {
    const [left, top] = [x * (width - wide), y * (height - high)];
    return { width, height, box: [left, top, left + wide, top + high] };
  });

export const anySet = fc.array(picture, { minLength: 1, maxLength: 20 });

export function setOf(list: readonly PictureWithBox[]): BoxSet {
  const collector = new BoxCollector();
  for (const { width, height, box } of list) {
    const [x1, y1, x2, y2] = box;
    collector.add(collector.addPicture(width, height), x1, y1, x2 - x1, y2 - y1);
  }
  return collector.finish('The set');
}
