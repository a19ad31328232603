/**
 * The tiles of sliced inference: the photo is looked at whole and then once more in overlapping
 * tiles, each enlarged to the working size. An object of 12 pixels in the whole photo has 21 in a
 * tile, which the anchors and the strides see much better; the whole photo is needed all the same,
 * for what is larger than a tile's overlap.
 *
 * A tile's inner edges cut objects in two. What such an edge cuts is dropped: an object smaller than
 * the overlap is whole in a neighbour, a larger one in the whole photo.
 */
import type { Box } from '../boxes/box.ts';
import { workingDimensions } from './transform.ts';
import type { Picture } from './types.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a photo, in whole pixels of it. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface SliceOptions {
  /** a tile's width and height as shares of the photo's, above 0 and at most 1 */
  readonly tileShare: number;
  /** how much of its side a tile shares with its neighbour at least, from 0 and below 1 */
  readonly overlap: number;
}

/** Two tiles a side that overlap by exactly a quarter: four tiles, each enlarged 1.75 times. */
export const DEFAULT_SLICE_OPTIONS: SliceOptions = { tileShare: 4 / 7, overlap: 0.25 };

/** Tiles that enlarge less than this are not worth their time: small photos are enlarged already. */
const LEAST_GAIN = 1.5;
/** An object this near to an inner edge counts as cut: half a cell of conv4_3, in working pixels. */
const CUT_MARGIN = 4;

/**
 * The tiles that are worth a look besides the whole photo; none of a photo that is enlarged already.
 *
 * @param longSide pixels of the long side of what the network sees, of the photo and of each tile
 */
export function slicesOf({ width, height }: Size, longSide: number): Tile[] {
  const least = LEAST_GAIN * enlargement({ width, height }, longSide);
  return tilesOf(width, height, DEFAULT_SLICE_OPTIONS).filter(
    (tile) => enlargement(tile, longSide) >= least,
  );
}

/**
 * Tiles that together cover a photo of `width` by `height` pixels, row by row; a photo that one tile
 * covers has one.
 *
 * @throws RangeError for a share or an overlap out of its range
 */
export function tilesOf(width: number, height: number, options: SliceOptions): Tile[] {
  const { tileShare, overlap } = options;
  if (!(tileShare > 0 && tileShare <= 1 && overlap >= 0 && overlap < 1)) {
    throw new RangeError(
      `Tiles of share ${tileShare} with overlap ${overlap} do not cover a photo.`,
    );
  }
  const across = intervals(width, options);
  return intervals(height, options).flatMap(({ start: top, length: height }) =>
    across.map(({ start: left, length: width }) => ({ left, top, width, height })),
  );
}

/** The tile's own pixels, as a picture. */
export function cropPicture(picture: Picture, { left, top, width, height }: Tile): Picture {
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    data.set(picture.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

/** A box in pixels of the tile, in pixels of the photo. */
export const toPhoto = (box: Box, { left, top }: Tile): Box => moved(box, left, top);

/** A box in pixels of the photo, in pixels of the tile. */
export const toTile = (box: Box, { left, top }: Tile): Box => moved(box, -left, -top);

/**
 * Whether an inner edge of the tile may cut this object.
 *
 * @param box in pixels of the photo
 * @param longSide as in `slicesOf`
 */
export function isCut(
  [x1, y1, x2, y2]: Box,
  { left, top, width, height }: Tile,
  photo: Size,
  longSide: number,
): boolean {
  const margin = CUT_MARGIN / enlargement({ width, height }, longSide);
  return (
    (left > 0 && x1 < left + margin) ||
    (top > 0 && y1 < top + margin) ||
    (left + width < photo.width && x2 > left + width - margin) ||
    (top + height < photo.height && y2 > top + height - margin)
  );
}

/** Working pixels per pixel of a photo or tile, along its longer side. */
export function enlargement({ width, height }: Size, longSide: number): number {
  const working = workingDimensions(width, height, longSide);
  return Math.max(working.width, working.height) / Math.max(width, height);
}

const moved = ([x1, y1, x2, y2]: Box, dx: number, dy: number): Box => [
  x1 + dx,
  y1 + dy,
  x2 + dx,
  y2 + dy,
];

/** One side of a photo as evenly spread pieces of one length. */
function intervals(
  side: number,
  { tileShare, overlap }: SliceOptions,
): { start: number; length: number }[] {
  const length = Math.min(side, Math.ceil(side * tileShare));
  const longestStep = Math.max(1, Math.floor(length * (1 - overlap)));
  const steps = Math.ceil((side - length) / longestStep);
  return Array.from({ length: steps + 1 }, (_, index) => ({
    start: steps === 0 ? 0 : Math.floor((index * (side - length)) / steps),
    length,
  }));
}
