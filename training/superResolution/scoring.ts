/**
 * The benchmark of the super-resolution literature: a picture is made small by bicubic
 * interpolation, enlarged again by the method in question, and compared with what it was. On luma,
 * cropped to a multiple of the scale, rounded to 8 bits, without a border of `scale` pixels.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Plane, psnr, ssim, withoutBorder } from '../../src/core/evaluation/imageQuality.ts';
import { bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import { lumaOf, type Samples } from '../../src/core/superResolution/luma.ts';
import type { RedNet } from '../../src/core/superResolution/redNet.ts';
import { toBytes, upscale } from '../../src/core/superResolution/upscale.ts';
import { UserError } from '../console.ts';
import { readPicture } from '../images.ts';

export interface UpscalingScore {
  /** decibels */
  readonly psnr: number;
  readonly ssim: number;
}

/** Below this SSIM's window does not fit between the borders. */
const LEAST_SIDE = 24;

/**
 * Reads a picture's luma, 8 bits.
 * @throws UserError as `readPicture`, and for one that is too small to be shrunk
 */
export async function readLuma(path: string): Promise<Samples> {
  const luma = lumaOf(await readPicture(path));
  if (Math.min(luma.width, luma.height) < LEAST_SIDE) {
    throw new UserError(
      `${path} is ${luma.width} x ${luma.height} pixels; super-resolution is measured and trained on pictures of at least ${LEAST_SIDE} on each side.`,
    );
  }
  return luma;
}

/** The part from the top left whose sides are multiples of the scale. */
export function cropToMultiple(luma: Samples, scale: number): Samples {
  const { width, height } = luma;
  return crop(luma, 0, 0, width - (width % scale), height - (height % scale));
}

/** A square in the middle, as large as the picture where that is smaller. */
export function squareInside(luma: Samples, side: number): Samples {
  const [width, height] = [Math.min(side, luma.width), Math.min(side, luma.height)];
  const [left, top] = [(luma.width - width) >> 1, (luma.height - height) >> 1];
  return crop(luma, left, top, width, height);
}

function crop(luma: Samples, left: number, top: number, width: number, height: number): Samples {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * luma.width + left;
    data.set(luma.data.subarray(from, from + width), y * width);
  }
  return { width, height, channels: 1, data };
}

/**
 * A picture made small by bicubic interpolation.
 *
 * @param luma whose sides are multiples of the scale
 * @returns neither rounded nor clipped
 */
export async function shrink({ width, height, data }: Samples, scale: number): Promise<Samples> {
  const small = { width: width / scale, height: height / scale, channels: 1 as const };
  const shrunk = tf.tidy(() =>
    bicubicResize(tf.tensor3d(Float32Array.from(data), [height, width, 1]), [
      small.height,
      small.width,
    ]),
  );
  const values = (await shrunk.data()) as Float32Array;
  shrunk.dispose();
  return { ...small, data: values };
}

/**
 * Scores a method on one picture.
 *
 * @param luma 8 bits, of any size
 * @param redNet the network; bicubic alone when left out
 */
export async function scoreUpscaling(
  luma: Samples,
  scale: number,
  redNet?: RedNet,
): Promise<UpscalingScore> {
  const truth = cropToMultiple(luma, scale);
  // As published: what is made small is not rounded before it is enlarged, only the result is.
  const enlarged = await upscale(await shrink(truth, scale), scale, redNet ? { redNet } : {});
  const { width, height } = truth;
  const inner = (plane: Plane) => withoutBorder(plane, scale);
  const [result, expected] = [inner({ width, height, data: toBytes(enlarged) }), inner(truth)];
  return { psnr: psnr(result, expected), ssim: ssim(result, expected) };
}
