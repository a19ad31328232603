/**
 * Where a picture lies on the stage. A view is a scale and an offset (`screen = picture * scale +
 * offset`, in CSS pixels), and everything that moves it is a pure function here: no Konva, no DOM,
 * so that "the point under the pointer stays put" can be tested as the invariant it is.
 */
import type { Box } from '../../core/boxes/box.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `scale` is CSS pixels per picture pixel; `x`, `y` is where the picture's corner lies on stage. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The smallest and largest scale the stage offers for a picture. */
export interface ScaleLimits {
  readonly min: number;
  readonly max: number;
}

/** How many CSS pixels one picture pixel may grow to: enough to count the pixels of a knob. */
const LARGEST_PIXEL = 32;

/** How much of the stage must stay covered when a zoomed picture is dragged away, in CSS pixels. */
const GRIP = 64;

export const toScreen = (view: View, point: Point): Point => ({
  x: point.x * view.scale + view.x,
  y: point.y * view.scale + view.y,
});

export const toPicture = (view: View, point: Point): Point => ({
  x: (point.x - view.x) / view.scale,
  y: (point.y - view.y) / view.scale,
});

/** A box of the picture as it lies on the stage, in CSS pixels. */
export const boxToScreen = (view: View, [x1, y1, x2, y2]: Box): Box => [
  x1 * view.scale + view.x,
  y1 * view.scale + view.y,
  x2 * view.scale + view.x,
  y2 * view.scale + view.y,
];

/** What the picture leaves free on the stage: room for the zoom buttons, and to breathe. */
export interface Insets {
  readonly side: number;
  readonly top: number;
  readonly bottom: number;
}

const NO_INSETS: Insets = { side: 0, top: 0, bottom: 0 };

/** The picture whole, in the middle of what the insets leave of the stage. */
export function fitView(picture: Size, stage: Size, insets: Insets = NO_INSETS): View {
  const width = Math.max(1, stage.width - 2 * insets.side);
  const height = Math.max(1, stage.height - insets.top - insets.bottom);
  const scale = Math.min(width / picture.width, height / picture.height, LARGEST_PIXEL);
  return {
    scale,
    x: insets.side + (width - picture.width * scale) / 2,
    y: insets.top + (height - picture.height * scale) / 2,
  };
}

/** From half of what fits (or of 1:1, where that is smaller) up to 32 CSS pixels per pixel. */
export function scaleLimits(picture: Size, stage: Size): ScaleLimits {
  const fit = fitView(picture, stage).scale;
  return { min: Math.min(fit, 1) / 2, max: LARGEST_PIXEL };
}

/** Scales by `factor` (kept within `limits`) so that what lies under `at` stays under it. */
export function zoomAt(view: View, at: Point, factor: number, limits: ScaleLimits): View {
  const scale = Math.min(limits.max, Math.max(limits.min, view.scale * factor));
  const under = toPicture(view, at);
  return { scale, x: at.x - under.x * scale, y: at.y - under.y * scale };
}

export const panBy = (view: View, dx: number, dy: number): View => ({
  ...view,
  x: view.x + dx,
  y: view.y + dy,
});

/**
 * Keeps a picture from getting lost: along an axis where it leaves the insets free it is centred
 * between them, elsewhere some of it always stays in reach.
 */
export function clampView(
  view: View,
  picture: Size,
  stage: Size,
  insets: Insets = NO_INSETS,
): View {
  const along = (offset: number, length: number, room: number, before: number, after: number) => {
    const free = room - before - after;
    // A rounding error must not tell a fitted picture from one that is a hair too large.
    if (length <= free + 0.01) return before + (free - length) / 2;
    const grip = Math.min(GRIP, room / 2);
    return Math.min(room - grip, Math.max(grip - length, offset));
  };
  const { side, top, bottom } = insets;
  return {
    scale: view.scale,
    x: along(view.x, picture.width * view.scale, stage.width, side, side),
    y: along(view.y, picture.height * view.scale, stage.height, top, bottom),
  };
}

/** The view with `box` in the middle of the stage, filling about `share` of its shorter way. */
export function viewOfBox(box: Box, picture: Size, stage: Size, share = 0.3): View {
  const [x1, y1, x2, y2] = box;
  const limits = scaleLimits(picture, stage);
  const wanted = Math.min(
    (stage.width * share) / Math.max(1, x2 - x1),
    (stage.height * share) / Math.max(1, y2 - y1),
  );
  // Past 8 CSS pixels per pixel there is only mosaic to see, and never zoom out on the way.
  const fit = fitView(picture, stage).scale;
  const scale = Math.min(limits.max, Math.max(fit, Math.min(wanted, 8)));
  return {
    scale,
    x: stage.width / 2 - ((x1 + x2) / 2) * scale,
    y: stage.height / 2 - ((y1 + y2) / 2) * scale,
  };
}

/** Somewhere between two views, `t` in 0..1. The scale moves geometrically, as zooming feels. */
export function between(from: View, to: View, t: number): View {
  const scale = from.scale * (to.scale / from.scale) ** t;
  // The offset follows the scale, so that the fixed point of the zoom does not swim.
  const zooms = Math.abs(to.scale / from.scale - 1) > 1e-6;
  const moved = zooms ? (scale - from.scale) / (to.scale - from.scale) : t;
  return {
    scale,
    x: from.x + (to.x - from.x) * moved,
    y: from.y + (to.y - from.y) * moved,
  };
}

/** A square window of `side` CSS pixels onto `box`, whose longer side takes `share` of it. */
export function lensView([x1, y1, x2, y2]: Box, side: number, share: number): View {
  const scale = Math.min(LARGEST_PIXEL, (side * share) / Math.max(1, x2 - x1, y2 - y1));
  return {
    scale,
    x: side / 2 - ((x1 + x2) / 2) * scale,
    y: side / 2 - ((y1 + y2) / 2) * scale,
  };
}
