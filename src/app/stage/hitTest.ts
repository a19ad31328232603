/**
 * Which detection is under the pointer. Boxes of small objects are often a handful of CSS pixels
 * wide, so each is given a target of at least 24 of them (WCAG 2.2, 2.5.8). Of several boxes the smallest
 * wins: a cup on a plate can be reached although the plate surrounds it. Of several that are smaller than
 * their targets the one whose middle is nearest wins: in a crowd, the one that is pointed at.
 */
import type { Box } from '../../core/boxes/box.ts';
import type { BoxIndex } from './boxIndex.ts';
import { boxToScreen, type Point, toPicture, type View } from './geometry.ts';

const TARGET = 24;

/** The index of the box hit at `at` (CSS pixels on the stage), or null. */
export function hitTest(index: BoxIndex, view: View, at: Point): number | null {
  const { x, y } = toPicture(view, at);
  const reach = TARGET / 2 / view.scale;
  let best: number | null = null;
  let least: readonly [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const place of index.touching([x - reach, y - reach, x + reach, y + reach])) {
    const [x1, y1, x2, y2] = boxToScreen(view, index.boxes[place] as Box);
    const growX = Math.max(0, (TARGET - (x2 - x1)) / 2);
    const growY = Math.max(0, (TARGET - (y2 - y1)) / 2);
    const inside =
      at.x >= x1 - growX && at.x <= x2 + growX && at.y >= y1 - growY && at.y <= y2 + growY;
    if (!inside) continue;
    const isSmall = growX > 0 && growY > 0;
    const fromMiddle = Math.hypot(at.x - (x1 + x2) / 2, at.y - (y1 + y2) / 2);
    const rank = isSmall ? ([0, fromMiddle] as const) : ([1, (x2 - x1) * (y2 - y1)] as const);
    if (rank[0] < least[0] || (rank[0] === least[0] && rank[1] < least[1])) {
      best = place;
      least = rank;
    }
  }
  return best;
}
