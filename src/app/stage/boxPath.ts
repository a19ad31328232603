/**
 * The outlines of boxes as a path. That of thousands is kept for as long as the scale stays: a pan only
 * moves it.
 */
import type { Box } from '../../core/boxes/box.ts';
import type { BoxIndex } from './boxIndex.ts';
import { boxToScreen } from './geometry.ts';

/** How a box is outlined: the width of its line, and one unit, both in canvas units. */
export interface Outline {
  readonly width: number;
  readonly unit: number;
}

/** Boxes where they are on the stage. */
export function pathOf(boxes: Iterable<Box>, { width, unit }: Outline): Path2D {
  const path = new Path2D();
  // The line lies just outside, so that a knob of six pixels is framed and not covered.
  const out = width / 2;
  for (const [x1, y1, x2, y2] of boxes) {
    path.roundRect(x1 - out, y1 - out, x2 - x1 + width, y2 - y1 + width, 2 * unit);
  }
  return path;
}

const kept = new WeakMap<BoxIndex, { readonly key: string; readonly path: Path2D }>();

/** All boxes at a scale, where they are when the picture's corner is the stage's. */
export function wholePath(index: BoxIndex, scale: number, outline: Outline): Path2D {
  const key = `${scale} ${outline.width} ${outline.unit}`;
  const known = kept.get(index);
  if (known?.key === key) return known.path;
  const view = { scale, x: 0, y: 0 };
  const path = pathOf(
    index.boxes.map((box) => boxToScreen(view, box)),
    outline,
  );
  kept.set(index, { key, path });
  return path;
}
