/**
 * Luma as the super-resolution literature takes it: the Y of MATLAB's `rgb2ycbcr` (ITU-R BT.601, 16
 * for black to 235 for white). RED-Net sharpens luma alone. Colour is what bicubic makes of it, and
 * since Y goes into red, green and blue alike, a change of luma is simply added to all three.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Picture } from '../detection/types.ts';

/** Shares of red, green and blue in Y, for values of 0..255. */
const SHARES = [65.481 / 255, 128.553 / 255, 24.966 / 255] as const;
const BLACK = 16;

/** Levels of red, green and blue per level of luma. */
export const RGB_PER_LUMA = 255 / 219;

/** Pictures of one or three channels, rows from the top, values 0..255. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  /** 1: luma; 3: RGB */
  readonly channels: 1 | 3;
  readonly data: Float32Array | Uint8Array | Uint8ClampedArray;
}

/**
 * The luma of a decoded picture, rounded to 8 bits as MATLAB does for 8-bit pictures.
 *
 * @param picture RGB or RGBA, 0..255; alpha is not used
 */
export function lumaOf(picture: Picture): Samples {
  const { width, height, channels, data } = picture;
  const luma = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < luma.length; i++, at += channels) {
    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]] as [number, number, number];
    luma[i] = Math.round(BLACK + SHARES[0] * red + SHARES[1] * green + SHARES[2] * blue);
  }
  return { width, height, channels: 1, data: luma };
}

/**
 * The luma of RGB pictures, not rounded.
 *
 * @param rgb `[batch, height, width, 3]`, 0..255
 * @returns `[batch, height, width, 1]`, the caller's to dispose
 */
export function lumaTensor(rgb: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const weighted = tf.mul(rgb, tf.tensor1d([...SHARES]));
    return tf.add(tf.sum(weighted, 3, true), BLACK);
  });
}
