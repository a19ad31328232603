/**
 * Boxes under the hands of a visitor: drawn, moved, and pulled at a corner. Whatever is done to them,
 * they stay on the photo, have an area, and lie on whole pixels of it.
 */
import type { Box } from '../../../core/boxes/box.ts';
import type { Point, Size } from '../../stage/geometry.ts';

/** Pixels of the photo; a smaller box could not be taken hold of, or is a slip of the hand. */
export const LEAST_SIDE = 2;

/** The corners, clockwise from the upper left. */
export const CORNERS = ['nw', 'ne', 'se', 'sw'] as const;
export type Corner = (typeof CORNERS)[number];

const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The box between two points. */
export function boxBetween(a: Point, b: Point, photo: Size): Box {
  const [x1, x2] = span(a.x, b.x, photo.width);
  const [y1, y2] = span(a.y, b.y, photo.height);
  return [x1, y1, x2, y2];
}

function span(a: number, b: number, length: number): readonly [number, number] {
  const from = between(Math.round(Math.min(a, b)), 0, Math.max(0, length - LEAST_SIDE));
  return [from, between(Math.round(Math.max(a, b)), Math.min(length, from + LEAST_SIDE), length)];
}

/** A square of some side around a point, as far as it fits. */
export function boxAround({ x, y }: Point, side: number, photo: Size): Box {
  const a = { x: x - side / 2, y: y - side / 2 };
  return boxBetween(a, { x: a.x + side, y: a.y + side }, photo);
}

/** The box elsewhere, as large as it is. */
export function movedBox([x1, y1, x2, y2]: Box, by: Point, photo: Size): Box {
  const x = between(Math.round(by.x), -x1, photo.width - x2);
  const y = between(Math.round(by.y), -y1, photo.height - y2);
  return [x1 + x, y1 + y, x2 + x, y2 + y];
}

/** The box with a corner somewhere else; pulled beyond the opposite one, it is turned over. */
export function pulledBox([x1, y1, x2, y2]: Box, corner: Corner, to: Point, photo: Size): Box {
  const opposite = { x: corner.endsWith('w') ? x2 : x1, y: corner.startsWith('n') ? y2 : y1 };
  return boxBetween(opposite, to, photo);
}

/**
 * What a key does to a box: arrows move it by a pixel, with Alt by ten; with Shift they move its lower
 * right corner instead.
 */
export function keyedBox(
  box: Box,
  { key, shiftKey, altKey }: { key: string; shiftKey: boolean; altKey: boolean },
  photo: Size,
): Box | undefined {
  const step = altKey ? 10 : 1;
  const by = arrowOf(key, step);
  if (!by) return undefined;
  if (!shiftKey) return movedBox(box, by, photo);
  // Not turned over: a key that is held must not make it grow again on the other side.
  const x = Math.max(box[0] + LEAST_SIDE, box[2] + by.x);
  const y = Math.max(box[1] + LEAST_SIDE, box[3] + by.y);
  return pulledBox(box, 'se', { x, y }, photo);
}

/** Where an arrow key points, by so much. */
export function arrowOf(key: string, step: number): Point | undefined {
  const ways: Record<string, Point> = {
    ArrowLeft: { x: -step, y: 0 },
    ArrowRight: { x: step, y: 0 },
    ArrowUp: { x: 0, y: -step },
    ArrowDown: { x: 0, y: step },
  };
  return ways[key];
}
