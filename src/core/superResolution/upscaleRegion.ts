/**
 * One region of a photo, enlarged: what the viewer shows and exports. The region is computed with as
 * much of the photo around it as its pixels can reach, so it is, to the level, the cut of the whole
 * photo enlarged. Any region will do: a single pixel, or one at the photo's edge.
 */
import { cropPicture, type Tile } from '../detection/slices.ts';
import type { CancelToken, Picture } from '../detection/types.ts';
import { requireFinite } from './finite.ts';
import type { RedNet } from './redNet.ts';
import { grown, reachOf, toBytes, upscale } from './upscale.ts';

export interface RegionOptions {
  /** sharpens what bicubic made; bicubic alone when left out */
  readonly redNet?: RedNet | undefined;
  readonly signal?: CancelToken;
  /** awaited between tiles, with the share that is done: the moment to breathe */
  readonly onProgress?: (fraction: number) => Promise<void> | void;
}

/**
 * Enlarges a region.
 *
 * @param region whole pixels inside the photo, from `regionOf`
 * @returns RGBA, `[scale * height * scale * width * 4]`, opaque
 * @throws NotFiniteError when the backend gives NaN; RangeError as `upscale`; what the signal throws
 */
export async function upscaleRegion(
  picture: Picture,
  region: Tile,
  scale: number,
  { redNet, signal, onProgress }: RegionOptions = {},
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  signal?.throwIfAborted();
  const around = grown(region, reachOf(scale, redNet), picture);
  const { width, height } = around;
  const samples = {
    width,
    height,
    channels: 3 as const,
    data: rgbOf(cropPicture(picture, around)),
  };
  const enlarged = await upscale(samples, scale, {
    ...(redNet && { redNet }),
    async onProgress(fraction) {
      await onProgress?.(fraction);
      signal?.throwIfAborted();
    },
  });
  requireFinite(enlarged, 'a region was enlarged');
  const bytes = toBytes(enlarged);
  const result = new Uint8ClampedArray(scale * region.width * scale * region.height * 4).fill(255);
  let at = 0;
  for (let y = 0; y < scale * region.height; y++) {
    const row = scale * (region.top - around.top) + y;
    let from = 3 * (row * scale * width + scale * (region.left - around.left));
    for (let x = 0; x < scale * region.width; x++, at += 4, from += 3) {
      result[at] = bytes[from] as number;
      result[at + 1] = bytes[from + 1] as number;
      result[at + 2] = bytes[from + 2] as number;
    }
  }
  return result;
}

/** Red, green and blue without alpha. */
function rgbOf({ channels, data }: Picture): Uint8Array {
  if (channels === 3) return new Uint8Array(data);
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, at = 0; from < data.length; from += 4, at += 3) {
    rgb[at] = data[from] as number;
    rgb[at + 1] = data[from + 1] as number;
    rgb[at + 2] = data[from + 2] as number;
  }
  return rgb;
}
