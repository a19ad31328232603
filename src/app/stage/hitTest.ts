/**
 * Which detection is under the pointer. Boxes of small objects are often a handful of CSS pixels
 * wide, so each is given a target of at least 24 of them (WCAG 2.2, 2.5.8), and of several boxes the
 * smallest wins: a cup on a plate can be reached although the plate surrounds it.
 */
import type { Box } from '../../core/boxes/box.ts';
import { boxToScreen, type Point, type View } from './geometry.ts';

const TARGET = 24;

/** The index of the box hit at `at` (CSS pixels on the stage), or null. */
export function hitTest(boxes: readonly Box[], view: View, at: Point): number | null {
  let best: number | null = null;
  let bestArea = Number.POSITIVE_INFINITY;
  boxes.forEach((box, index) => {
    const [x1, y1, x2, y2] = boxToScreen(view, box);
    const growX = Math.max(0, (TARGET - (x2 - x1)) / 2);
    const growY = Math.max(0, (TARGET - (y2 - y1)) / 2);
    const inside =
      at.x >= x1 - growX && at.x <= x2 + growX && at.y >= y1 - growY && at.y <= y2 + growY;
    const area = (x2 - x1) * (y2 - y1);
    if (inside && area < bestArea) {
      best = index;
      bestArea = area;
    }
  });
  return best;
}
