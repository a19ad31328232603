/**
 * The photo with its boxes at full size, painted by the painter of the stage. Lines and labels grow
 * with the picture, so that they read the same on 1 and on 24 megapixels.
 */
import type { Detection } from '../../core/detection/types.ts';
import { paintDetections } from '../stage/painter.ts';
import type { Photo } from '../store/state.ts';

/** A line is one unit wide where the picture is this many pixels long. */
const UNIT_LENGTH = 1100;

/** Throws where the browser has no canvas of that size. */
export function pictureWithBoxes(photo: Photo, detections: readonly Detection[]): Promise<Blob> {
  const { width, height, bitmap } = photo;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no canvas to draw on.');
  context.drawImage(bitmap, 0, 0, width, height);
  paintDetections(context, {
    detections,
    view: { scale: 1, x: 0, y: 0 },
    stage: { width, height },
    hovered: null,
    selected: null,
    unit: Math.max(1, Math.max(width, height) / UNIT_LENGTH),
  });
  return canvas.convertToBlob({ type: 'image/png' });
}
