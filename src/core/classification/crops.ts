/**
 * Crops of proposals: a square of the original picture around each, in whole pixels, resampled to the
 * side that the classifier sees by the same bicubic interpolation as everywhere else (enlarged where
 * the proposal is small, anti-aliased where it is large). Beyond the picture's edges its outermost
 * pixels are repeated, so that a proposal at the edge, or of a single pixel, needs no case of its own.
 *
 * It works on plain arrays: the pixels lie there anyhow, crops are small, and they all have other sizes,
 * for each of which a GPU would compile its kernels anew.
 */
import type { Box } from '../boxes/box.ts';
import type { Tile } from '../detection/slices.ts';
import type { Picture } from '../detection/types.ts';
import { type BicubicTap, bicubicTaps } from '../superResolution/bicubic.ts';
import type { CropConfig } from './config.ts';

/**
 * The square that is cut out for a proposal, in whole pixels of the picture; it may reach beyond it.
 *
 * @param box in pixels of the picture
 * @throws RangeError for a box that is not of finite numbers
 */
export function cropWindow(
  [x1, y1, x2, y2]: Box,
  { side, context, maxEnlargement }: CropConfig,
): Tile {
  if (![x1, y1, x2, y2].every(Number.isFinite)) {
    throw new RangeError(`A proposal at [${x1}, ${y1}, ${x2}, ${y2}] cannot be cut out.`);
  }
  const longer = Math.max(x2 - x1, y2 - y1);
  const least = Math.max(1, Math.ceil(side / maxEnlargement));
  const length = Math.max(least, Math.round(context * longer));
  const left = Math.round((x1 + x2 - length) / 2);
  const top = Math.round((y1 + y2 - length) / 2);
  return { left, top, width: length, height: length };
}

/**
 * What is in a window of a picture, at another size.
 *
 * @param window square; may reach beyond the picture
 * @param side pixels of the result's side
 * @returns `[side * side * 3]` RGB in 0..255, clipped but not rounded
 */
export function cutCrop(picture: Picture, window: Tile, side: number): Float32Array {
  const { left, top, width } = window;
  const taps = bicubicTaps(width, side);
  const columns = Int32Array.from({ length: width }, (_, x) => {
    return inside(left + x, picture.width) * picture.channels;
  });
  // Rows first: they lie together in memory.
  const narrowed = new Float32Array(side * width * 3);
  for (const { indices, weights } of taps) {
    for (let y = 0; y < side; y++) {
      const weight = weights[y] as number;
      if (weight === 0) continue;
      const row = inside(top + (indices[y] as number), picture.height);
      addRow(narrowed, 3 * width * y, picture, row, columns, weight);
    }
  }
  return narrowColumns(narrowed, taps, width, side);
}

function addRow(
  sum: Float32Array,
  at: number,
  { width, channels, data }: Picture,
  row: number,
  columns: Int32Array,
  weight: number,
): void {
  const start = row * width * channels;
  for (let x = 0; x < columns.length; x++) {
    const from = start + (columns[x] as number);
    const to = at + 3 * x;
    for (let k = 0; k < 3; k++) {
      sum[to + k] = (sum[to + k] as number) + weight * (data[from + k] as number);
    }
  }
}

function narrowColumns(
  rows: Float32Array,
  taps: readonly BicubicTap[],
  width: number,
  side: number,
): Float32Array {
  const result = new Float32Array(side * side * 3);
  for (const { indices, weights } of taps) {
    for (let x = 0; x < side; x++) {
      const weight = weights[x] as number;
      if (weight === 0) continue;
      const column = 3 * (indices[x] as number);
      for (let y = 0; y < side; y++) {
        const [from, to] = [3 * width * y + column, 3 * (side * y + x)];
        for (let k = 0; k < 3; k++) {
          result[to + k] = (result[to + k] as number) + weight * (rows[from + k] as number);
        }
      }
    }
  }
  return result.map((value) => Math.min(255, Math.max(0, value)));
}

/** The nearest place inside. */
const inside = (place: number, length: number) => Math.min(Math.max(place, 0), length - 1);
