/**
 * Enlarging pictures of any size: bicubic, and what RED-Net adds to it. The work is done in tiles,
 * so that memory does not grow with the picture. Each tile is computed with as much around it as a
 * pixel of the result can reach, and that margin is then cut off: the result is the same as in one
 * piece, without seams.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tile } from '../detection/slices.ts';
import { BICUBIC_RADIUS, bicubicResize } from './bicubic.ts';
import { lumaTensor, RGB_PER_LUMA, type Samples } from './luma.ts';
import type { RedNet } from './redNet.ts';

/** Pixels of the result along a tile's side: with RED10's margins a sixth is computed twice. */
const TILE_SIDE = 256;

export interface UpscaleOptions {
  /** sharpens what bicubic made; bicubic alone when left out */
  readonly redNet?: RedNet;
  /** pixels of the result along a tile's side; Infinity for one piece */
  readonly tileSide?: number;
  /** awaited after each tile, with the share of tiles that are done: a worker can breathe, or throw to stop */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

/**
 * Enlarges a picture.
 *
 * @param scale whole, 1 or more
 * @returns `[scale * height * scale * width * channels]`, neither rounded nor clipped
 * @throws RangeError for another scale, or data that does not fit the size; what `onProgress` throws
 */
export async function upscale(
  samples: Samples,
  scale: number,
  { redNet, tileSide = TILE_SIDE, onProgress }: UpscaleOptions = {},
): Promise<Float32Array> {
  const { width, height, channels, data } = samples;
  if (!Number.isInteger(scale) || scale < 1) {
    throw new RangeError(
      `A picture cannot be enlarged ${scale} times, only a whole number of times.`,
    );
  }
  if (data.length !== width * height * channels || data.length === 0) {
    throw new RangeError(
      `A ${width} x ${height} picture of ${channels} channels has not ${data.length} values.`,
    );
  }
  const result = new Float32Array(data.length * scale * scale);
  const margin = reachOf(scale, redNet);
  const tiles = tilesOf(samples, Math.max(1, Math.floor(tileSide / scale)));
  for (const [index, tile] of tiles.entries()) {
    const around = grown(tile, margin, samples);
    const output = tf.tidy(() => {
      const enlarged = enlarge(cut(samples, around), scale, redNet);
      const begin = [0, scale * (tile.top - around.top), scale * (tile.left - around.left), 0];
      return tf.slice(enlarged, begin, [1, scale * tile.height, scale * tile.width, channels]);
    });
    const values = await output.data();
    output.dispose();
    const rowLength = scale * tile.width * channels;
    for (let y = 0; y < scale * tile.height; y++) {
      const to = ((scale * tile.top + y) * width + tile.left) * scale * channels;
      result.set(values.subarray(y * rowLength, (y + 1) * rowLength), to);
    }
    await onProgress?.((index + 1) / tiles.length);
  }
  return result;
}

/** How many pixels of the original a pixel of the enlarged picture can reach to either side. */
export function reachOf(scale: number, redNet: RedNet | undefined): number {
  return Math.ceil((redNet?.radius ?? 0) / scale) + BICUBIC_RADIUS;
}

/** Rounded to 8 bits and clipped. */
export function toBytes(values: Float32Array): Uint8ClampedArray {
  return Uint8ClampedArray.from(values);
}

/**
 * Bicubic, and the residual of its luma on top, in red, green and blue alike.
 *
 * @param x `[1, height, width, 1 or 3]`; it is used inside a tidy
 */
function enlarge(x: tf.Tensor4D, scale: number, redNet: RedNet | undefined): tf.Tensor4D {
  const [, height, width] = x.shape;
  const bicubic = bicubicResize(x, [scale * height, scale * width]);
  return redNet ? sharpen(bicubic, redNet) : bicubic;
}

/**
 * What RED-Net makes of enlarged pictures: their luma and its residual, which is added in red, green
 * and blue alike.
 *
 * @param enlarged `[batch, height, width, 1 or 3]`, 0..255, by bicubic interpolation
 * @returns the same shape, not clipped, the caller's to dispose
 */
export function sharpen(enlarged: tf.Tensor4D, redNet: RedNet): tf.Tensor4D {
  return tf.tidy(() =>
    enlarged.shape[3] === 1
      ? tf.add(enlarged, redNet.residual(enlarged))
      : tf.add(enlarged, tf.mul(redNet.residual(lumaTensor(enlarged)), RGB_PER_LUMA)),
  );
}

function tilesOf({ width, height }: Samples, side: number): Tile[] {
  const tiles: Tile[] = [];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const [right, bottom] = [Math.min(left + side, width), Math.min(top + side, height)];
      tiles.push({ left, top, width: right - left, height: bottom - top });
    }
  }
  return tiles;
}

/** With a margin on all sides, as far as the picture goes: its own edges stay edges. */
export function grown(
  { left, top, width, height }: Tile,
  margin: number,
  whole: Pick<Tile, 'width' | 'height'>,
): Tile {
  const [x1, y1] = [Math.max(0, left - margin), Math.max(0, top - margin)];
  const x2 = Math.min(whole.width, left + width + margin);
  const y2 = Math.min(whole.height, top + height + margin);
  return { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
}

function cut({ width, channels, data }: Samples, part: Tile): tf.Tensor4D {
  const rowLength = part.width * channels;
  const values = new Float32Array(part.height * rowLength);
  for (let y = 0; y < part.height; y++) {
    const from = ((part.top + y) * width + part.left) * channels;
    values.set(data.subarray(from, from + rowLength), y * rowLength);
  }
  return tf.tensor4d(values, [1, part.height, part.width, channels]);
}
