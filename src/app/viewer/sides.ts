/**
 * The pictures of the comparison as canvases, so that they can be painted at any zoom and saved: the
 * enlarged pixels as they came, the photo's own pixels as squares, and the difference of the two
 * enlargements.
 */
import type { Tile } from '../../core/detection/slices.ts';
import type { Pixels } from '../../worker/protocol.ts';

export const SIDE_TITLES = {
  nearest: 'Pixels',
  bicubic: 'Bicubic',
  sharpened: 'Super-resolved',
  difference: 'Difference',
} as const;

export type Side = keyof typeof SIDE_TITLES;

/** Null where a picture is not there yet. */
export type Pictures = Readonly<Record<Side, OffscreenCanvas | null>>;

/** A level's difference is drawn as so many: sharpening moves most pixels by less than ten. */
export const GAIN = 4;
/** No difference. */
const GREY = 128;

export function canvasOf({ width, height, data }: Pixels): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  return canvas;
}

/** Each pixel of the region as a square. */
export function nearestOf(photo: ImageBitmap, region: Tile, scale: number): OffscreenCanvas {
  const { left, top, width, height } = region;
  const canvas = new OffscreenCanvas(scale * width, scale * height);
  const context = canvas.getContext('2d');
  if (context) {
    context.imageSmoothingEnabled = false;
    context.drawImage(photo, left, top, width, height, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}

/** What sharpening added or took away, about grey; both pictures have the same size. */
export function differenceOf(bicubic: Pixels, sharpened: Pixels): Pixels {
  const data = new Uint8ClampedArray(bicubic.data.length);
  for (let i = 0; i < data.length; i++) {
    const change = (sharpened.data[i] as number) - (bicubic.data[i] as number);
    data[i] = i % 4 === 3 ? 255 : GREY + GAIN * change;
  }
  return { ...bicubic, data };
}
