/**
 * What the trunk sees of proposals, and what it says of them: from boxes to pixels, sharpened where
 * that is asked for, and from pixels to the numbers that a head reads. Training and the app both come
 * here, so that heads see the same in both.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Box } from '../boxes/box.ts';
import type { Tile } from '../detection/slices.ts';
import { BGR_MEAN } from '../detection/transform.ts';
import type { Picture } from '../detection/types.ts';
import type { Vgg16 } from '../detection/vgg16.ts';
import type { RedNet } from '../superResolution/redNet.ts';
import { sharpen } from '../superResolution/upscale.ts';
import type { CropConfig, HeadConfig, HeadKind } from './config.ts';
import { cropWindow, cutCrop } from './crops.ts';
import { headTaps, poolFeatures } from './head.ts';

/**
 * RED-Net was trained on enlargements of 2, 3 and 4. Between them it does as well (on Set5 a network
 * trained for a few minutes adds 1.6 dB to bicubic at 2.5 and 1.7 at 3.5), but below it sharpens what
 * is sharp already: it takes away 1.6 dB at 1.75 and 3.6 at 1.5.
 */
const LEAST_SHARPENED = 2;

/** A proposal that was cut out. */
export interface Cut {
  /** in whole pixels of the picture; may reach beyond its edges */
  readonly window: Tile;
  /** by how much the picture was enlarged for it; below 1 it was shrunk */
  readonly enlargement: number;
  /** whether RED-Net is to see it */
  readonly sharpens: boolean;
  /** `[side * side * 3]` RGB, 0..255, by bicubic interpolation */
  readonly pixels: Float32Array;
}

/**
 * Cuts a proposal out of its picture.
 *
 * @throws RangeError for a box that is not of finite numbers
 */
export function cutProposal(
  picture: Picture,
  box: Box,
  crop: CropConfig,
  upscaling: HeadKind,
): Cut {
  const window = cropWindow(box, crop);
  const enlargement = crop.side / window.width;
  return {
    window,
    enlargement,
    sharpens: upscaling === 'super-resolution' && enlargement >= LEAST_SHARPENED,
    pixels: cutCrop(picture, window, crop.side),
  };
}

/**
 * The pixels of crops on the device, RED-Net's work done.
 *
 * @param redNet needed where one of them is to be sharpened
 * @returns `[count, side, side, 3]` RGB, 0..255, the caller's to dispose
 */
export function cropPixels(cuts: readonly Cut[], side: number, redNet?: RedNet): tf.Tensor4D {
  const places = (sharpens: boolean) =>
    cuts.flatMap((cut, place) => (cut.sharpens === sharpens ? [place] : []));
  const [plain, sharp] = [places(false), places(true)];
  return tf.tidy(() => {
    const upload = (some: readonly number[]) => {
      const values = new Float32Array(some.length * side * side * 3);
      some.forEach((place, at) => {
        values.set((cuts[place] as Cut).pixels, at * side * side * 3);
      });
      return tf.tensor4d(values, [some.length, side, side, 3]);
    };
    if (sharp.length === 0) return upload(plain);
    if (!redNet) throw new RangeError('Super-resolution needs its network.');
    const sharpened: tf.Tensor4D = tf.clipByValue(sharpen(upload(sharp), redNet), 0, 255);
    if (plain.length === 0) return sharpened;
    const rows = [...sharp, ...plain];
    const order = cuts.map((_, place) => rows.indexOf(place));
    return tf.gather(tf.concat([sharpened, upload(plain)], 0), tf.tensor1d(order, 'int32'));
  });
}

/**
 * What a head reads of crops.
 *
 * @param pixels `[count, side, side, 3]` RGB, 0..255
 * @param pause awaited between layers with the share that is done; may throw to stop
 * @returns `[count, headInputs]`, the caller's to dispose
 */
export async function cropFeatures(
  trunk: Vgg16,
  pixels: tf.Tensor4D,
  head: HeadConfig,
  pause: (fraction: number) => Promise<void> | void = () => {},
): Promise<tf.Tensor2D> {
  const input = tf.tidy(() => tf.sub(tf.reverse(pixels, 3), tf.tensor1d([...BGR_MEAN])));
  const features = await trunk
    .forwardInSteps(input as tf.Tensor4D, { taps: headTaps(head) }, pause)
    .finally(() => input.dispose());
  const pooled = poolFeatures(features, head);
  tf.dispose(features as tf.NamedTensorMap);
  return pooled;
}
