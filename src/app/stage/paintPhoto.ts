/**
 * Draws the part of a photo that a view shows. Only the visible part is handed to the canvas (a
 * 48-megapixel photo at 32x would be a very large rectangle), made smaller with care, and made
 * larger without smoothing once single pixels can be told apart: small objects are made of few.
 */
import type { Size, View } from './geometry.ts';
import { toPicture } from './geometry.ts';

/** From this many canvas pixels per picture pixel on, pixels are drawn as squares. */
const SQUARES_FROM = 5;

/**
 * @param context already scaled so that one unit is one CSS pixel
 * @param density canvas pixels per CSS pixel
 */
export function paintPhoto(
  context: CanvasRenderingContext2D,
  bitmap: ImageBitmap,
  view: View,
  stage: Size,
  density: number,
): void {
  const from = toPicture(view, { x: 0, y: 0 });
  const to = toPicture(view, { x: stage.width, y: stage.height });
  const x = Math.max(0, Math.floor(from.x));
  const y = Math.max(0, Math.floor(from.y));
  const width = Math.min(bitmap.width, Math.ceil(to.x)) - x;
  const height = Math.min(bitmap.height, Math.ceil(to.y)) - y;
  if (width <= 0 || height <= 0) return;
  context.imageSmoothingEnabled = view.scale * density < SQUARES_FROM;
  context.imageSmoothingQuality = 'high';
  const { scale } = view;
  context.drawImage(
    bitmap,
    x,
    y,
    width,
    height,
    view.x + x * scale,
    view.y + y * scale,
    width * scale,
    height * scale,
  );
}
