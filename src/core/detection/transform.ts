/**
 * The transform at the network's door (torchvision's `GeneralizedRCNNTransform`): any picture in,
 * one working tensor out, and boxes back to the picture's own pixels.
 *
 * All resizing happens here, on plain arrays and with one filter, so that the browser, which
 * would resize with the GPU, and the command line, which would with libvips, feed the network the
 * same numbers. The filter is the triangle (bilinear) stretched when shrinking, as in Pillow and
 * in PyTorch's `antialias=True`: without that, a 16-pixel object in a 4000-pixel photo is lost
 * between the samples.
 */
import type { Boxes } from '../boxes/box.ts';
import type { Picture } from './types.ts';

/** VGG16 was trained on BGR pixels of 0..255 less these means (B, G, R). */
export const BGR_MEAN = [103.939, 116.779, 123.68] as const;

/** Working sizes are padded to whole cells of conv5_3, so that every tap has whole cells too. */
export const SIZE_MULTIPLE = 16;

/** Small pictures are enlarged, but not beyond this: there is nothing more in them to see. */
const MAX_ENLARGEMENT = 2;

/** A picture as the network sees it. */
export interface WorkingPicture {
  /** `[paddedHeight * paddedWidth * 3]`, BGR minus mean; the padding on the right and below is 0 */
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly paddedWidth: number;
  readonly paddedHeight: number;
  /** working pixels per original pixel */
  readonly scaleX: number;
  readonly scaleY: number;
}

/** Width and height of the working copy of a picture whose long side becomes `longSide` pixels. */
export function workingDimensions(
  width: number,
  height: number,
  longSide: number,
): { width: number; height: number } {
  const scale = Math.min(longSide / Math.max(width, height), MAX_ENLARGEMENT);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/**
 * Resizes, reorders to BGR, subtracts the mean and pads.
 *
 * @param longSide pixels of the longer side of the working copy (before padding)
 * @param options.flip mirrors left and right (training)
 * @throws RangeError when the pixel data does not fit the stated size
 */
export function transform(
  picture: Picture,
  longSide: number,
  options: { readonly flip?: boolean } = {},
): WorkingPicture {
  const { channels, data } = picture;
  if (data.length !== picture.width * picture.height * channels || data.length === 0) {
    throw new RangeError(
      `A ${picture.width} x ${picture.height} picture of ${channels} channels needs ` +
        `${picture.width * picture.height * channels} values, not ${data.length}.`,
    );
  }
  const { width, height } = workingDimensions(picture.width, picture.height, longSide);
  const paddedWidth = Math.ceil(width / SIZE_MULTIPLE) * SIZE_MULTIPLE;
  const paddedHeight = Math.ceil(height / SIZE_MULTIPLE) * SIZE_MULTIPLE;
  const narrowed = resizeRows(picture, resampler(picture.width, width));
  const vertical = resampler(picture.height, height);
  const result = new Float32Array(paddedHeight * paddedWidth * 3);
  const stride = width * 3;
  const row = new Float32Array(stride);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    const first = vertical.first[y] as number;
    for (let k = 0; k < vertical.taps; k++) {
      const weight = vertical.weights[y * vertical.taps + k] as number;
      if (weight === 0) continue;
      const from = (first + k) * stride;
      for (let i = 0; i < stride; i++)
        row[i] = (row[i] as number) + weight * (narrowed[from + i] as number);
    }
    let at = y * paddedWidth * 3;
    for (let x = 0; x < width; x++) {
      const from = 3 * (options.flip ? width - 1 - x : x);
      result[at++] = (row[from + 2] as number) - BGR_MEAN[0];
      result[at++] = (row[from + 1] as number) - BGR_MEAN[1];
      result[at++] = (row[from] as number) - BGR_MEAN[2];
    }
  }
  return {
    data: result,
    width,
    height,
    paddedWidth,
    paddedHeight,
    scaleX: width / picture.width,
    scaleY: height / picture.height,
  };
}

/**
 * A window of a working picture, as a working picture of its own, padded again.
 * @param window in working pixels; must lie inside the picture
 * @throws RangeError when it does not
 */
export function cropWorking(
  whole: WorkingPicture,
  window: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  },
): WorkingPicture {
  const { left, top, width, height } = window;
  if (left < 0 || top < 0 || left + width > whole.width || top + height > whole.height) {
    throw new RangeError(
      `A window of ${width} x ${height} at ${left}, ${top} leaves the ${whole.width} x ${whole.height} picture.`,
    );
  }
  const paddedWidth = Math.ceil(width / SIZE_MULTIPLE) * SIZE_MULTIPLE;
  const paddedHeight = Math.ceil(height / SIZE_MULTIPLE) * SIZE_MULTIPLE;
  const data = new Float32Array(paddedHeight * paddedWidth * 3);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * whole.paddedWidth + left);
    data.set(whole.data.subarray(from, from + 3 * width), 3 * y * paddedWidth);
  }
  const { scaleX, scaleY } = whole;
  return { data, width, height, paddedWidth, paddedHeight, scaleX, scaleY };
}

/** Boxes of the working picture as boxes of the original one, clipped to it. */
export function restoreBoxes(
  boxes: Boxes,
  working: Pick<WorkingPicture, 'scaleX' | 'scaleY'>,
  picture: { readonly width: number; readonly height: number },
): Boxes {
  return boxes.map((value, index) => {
    const horizontal = index % 2 === 0;
    const limit = horizontal ? picture.width : picture.height;
    return Math.min(Math.max(value / (horizontal ? working.scaleX : working.scaleY), 0), limit);
  });
}

/** For every output sample, `taps` weights that start at input sample `first` and sum to 1. */
interface Resampler {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

function resampler(from: number, to: number): Resampler {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = Math.min(from, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.min(Math.max(Math.floor(centre - support), 0), from - taps);
    first[i] = start;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = Math.max(0, 1 - Math.abs(start + k + 0.5 - centre) / support);
      weights[i * taps + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[i * taps + k] = (weights[i * taps + k] as number) / sum;
  }
  return { taps, first, weights };
}

/** The horizontal half of the separable resize: `[height * width' * 3]`, RGB. */
function resizeRows({ width, height, channels, data }: Picture, columns: Resampler): Float32Array {
  const { first, taps, weights } = columns;
  const newWidth = first.length;
  const result = new Float32Array(height * newWidth * 3);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const line = y * width * channels;
    for (let x = 0; x < newWidth; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let from = line + (first[x] as number) * channels;
      const weightsAt = x * taps;
      for (let k = 0; k < taps; k++, from += channels) {
        const weight = weights[weightsAt + k] as number;
        red += weight * (data[from] as number);
        green += weight * (data[from + 1] as number);
        blue += weight * (data[from + 2] as number);
      }
      result[at++] = red;
      result[at++] = green;
      result[at++] = blue;
    }
  }
  return result;
}
