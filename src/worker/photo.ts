/**
 * From a file to pixels, in the worker: checks the header, lets the browser decode, and reads the
 * pixels upright, on white where the picture is transparent, at full resolution. All resizing is left
 * to core, so that the browser and the command line feed the network the same numbers.
 */
import type { Picture } from '../core/detection/types.ts';
import { type ImageFormat, type ImageHeader, readImageHeader } from '../core/images/header.ts';
import {
  FORMAT_NAMES,
  NOT_AN_IMAGE,
  refusalOf,
  tooLarge,
  undecodable,
} from '../core/images/refusal.ts';
import { PhotoError } from './protocol.ts';

export interface DecodedPhoto {
  /** Every pixel of the photo, RGBA. */
  readonly picture: Picture;
  /** To look at: the same pixels. */
  readonly bitmap: ImageBitmap;
  readonly notes: string[];
}

/** Enough to tell a picture from, say, a film, before all of it is read. */
const SNIFF_BYTES = 4096;
/** Canvases of the size of a large photo fail, silently, in one browser or another. */
const TILE_SIDE = 2048;
/** These have no transparency; the others might. */
const OPAQUE: readonly ImageFormat[] = ['jpeg', 'bmp'];

/**
 * Decodes a photo.
 *
 * @throws PhotoError with one plain sentence, or whatever the signal throws
 */
export async function decodePhoto(file: Blob, signal: AbortSignal): Promise<DecodedPhoto> {
  const header = await checkedHeader(file);
  signal.throwIfAborted();
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new PhotoError(undecodable(header.format));
  }
  try {
    signal.throwIfAborted();
    const { width, height } = bitmap;
    const refusal = tooLarge(width, height); // for headers that do not tell their size
    if (refusal) throw new PhotoError(refusal);
    const data = readPixels(bitmap);
    if (!OPAQUE.includes(header.format)) {
      bitmap.close();
      bitmap = await createImageBitmap(new ImageData(data, width, height));
    }
    const picture: Picture = { width, height, channels: 4, data };
    const notes = header.animated
      ? [`Only the first frame of this ${FORMAT_NAMES[header.format]} was looked at.`]
      : [];
    return { picture, bitmap, notes };
  } catch (error) {
    bitmap.close();
    throw error instanceof RangeError
      ? new PhotoError(
          'This picture needs more memory than the browser has; make it smaller first.',
        )
      : error;
  }
}

async function checkedHeader(file: Blob): Promise<ImageHeader> {
  const bytes = async (part: Blob) => {
    try {
      return new Uint8Array(await part.arrayBuffer());
    } catch {
      throw new PhotoError('This file could not be read; it may have been moved. Choose it again.');
    }
  };
  const sniffed = readImageHeader(await bytes(file.slice(0, SNIFF_BYTES)));
  if (file.size > 0 && !sniffed) throw new PhotoError(NOT_AN_IMAGE);
  const header = readImageHeader(await bytes(file));
  const refusal = refusalOf(header, file.size);
  if (refusal || !header) throw new PhotoError(refusal ?? NOT_AN_IMAGE);
  return header;
}

/** All pixels as RGBA on white, tile by tile: a canvas of the photo's own size might be too large. */
function readPixels(bitmap: ImageBitmap): Uint8ClampedArray<ArrayBuffer> {
  const { width, height } = bitmap;
  const data = new Uint8ClampedArray(width * height * 4);
  const canvas = new OffscreenCanvas(Math.min(width, TILE_SIDE), Math.min(height, TILE_SIDE));
  // A canvas in the processor's memory: exact, and quick to read.
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new RangeError('no canvas');
  context.fillStyle = 'white';
  for (let top = 0; top < height; top += canvas.height) {
    for (let left = 0; left < width; left += canvas.width) {
      const columns = Math.min(canvas.width, width - left);
      const rows = Math.min(canvas.height, height - top);
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(bitmap, left, top, columns, rows, 0, 0, columns, rows);
      const tile = context.getImageData(0, 0, columns, rows).data;
      for (let row = 0; row < rows; row++) {
        const line = tile.subarray(row * columns * 4, (row + 1) * columns * 4);
        data.set(line, ((top + row) * width + left) * 4);
      }
    }
  }
  return data;
}
