/**
 * Chapter 4: the tiles of a photo. They miss no pixel, boxes come home to where they were, and what a
 * tile's edge cuts is known.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cropPicture,
  DEFAULT_SLICE_OPTIONS,
  isCut,
  tilesOf,
  toPhoto,
  toTile,
} from '../../src/core/detection/slices.ts';
import { anyBox } from '../01-boxes/anyBox.ts';
import { noisePicture } from '../support/noisePicture.ts';

const side = fc.integer({ min: 1, max: 400 });
const sliceOptions = fc.record({
  tileShare: fc.double({ min: 0.05, max: 1, noNaN: true }),
  overlap: fc.double({ min: 0, max: 0.9, noNaN: true }),
});

test('tiles cover every pixel, all alike, and neighbours overlap as much as was asked', () => {
  fc.assert(
    fc.property(side, side, sliceOptions, (width, height, options) => {
      const tiles = tilesOf(width, height, options);
      for (const [total, start, length] of [
        [width, 'left', 'width'],
        [height, 'top', 'height'],
      ] as const) {
        const size = tiles[0]?.[length] as number;
        const starts = [...new Set(tiles.map((tile) => tile[start]))].sort((a, b) => a - b);
        expect(new Set(tiles.map((tile) => tile[length])).size).toBe(1);
        expect(starts[0]).toBe(0);
        expect((starts.at(-1) as number) + size).toBe(total);
        // Pieces of whole pixels: a tile of 1 pixel has none to share, one of 2 at most 1.
        const asked = Math.min(options.overlap * size, size - 1);
        starts.slice(1).forEach((at, index) => {
          expect((starts[index] as number) + size - at).toBeGreaterThanOrEqual(asked - 1e-9);
        });
      }
      const across = new Set(tiles.map(({ left }) => left)).size;
      const down = new Set(tiles.map(({ top }) => top)).size;
      expect(tiles).toHaveLength(across * down);
    }),
  );
});

test('the usual tiles are at most four, each enlarged at least one and a half times', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 9000 }), side, (width, height) => {
      const tiles = tilesOf(width, height, DEFAULT_SLICE_OPTIONS);
      expect(tiles.length).toBeLessThanOrEqual(4);
      for (const tile of tiles) expect(width / tile.width).toBeGreaterThanOrEqual(1.5);
    }),
  );
});

test('tiles that cannot cover a photo are refused', () => {
  for (const options of [
    { tileShare: 0, overlap: 0 },
    { tileShare: 1.2, overlap: 0 },
    { tileShare: 0.5, overlap: 1 },
    { tileShare: Number.NaN, overlap: 0 },
  ]) {
    expect(() => tilesOf(10, 10, options)).toThrow(RangeError);
  }
});

test('from the photo to a tile and back, a box is where it was', () => {
  fc.assert(
    fc.property(anyBox, fc.nat(5000), fc.nat(5000), (box, left, top) => {
      const tile = { left, top, width: 10, height: 10 };
      expect(toPhoto(toTile(box, tile), tile)).toEqual(box);
      expect(toTile(toPhoto(box, tile), tile)).toEqual(box);
    }),
  );
});

test('a tile has the pixels of its place', () => {
  const extent = fc.integer({ min: 2, max: 40 });
  fc.assert(
    fc.property(extent, extent, (w, h) => {
      const photo = noisePicture(w, h);
      for (const tile of tilesOf(w, h, DEFAULT_SLICE_OPTIONS)) {
        const { data, width, height } = cropPicture(photo, tile);
        const rows = Array.from({ length: height }, (_, y) => {
          const from = 3 * ((tile.top + y) * w + tile.left);
          return Buffer.from(photo.data.subarray(from, from + 3 * width));
        });
        expect(Buffer.concat(rows).equals(Buffer.from(data))).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});

test('an object away from the inner edges is not cut, one across such an edge is', () => {
  const photo = { width: 100, height: 100 };
  const tile = { left: 0, top: 40, width: 60, height: 60 };
  expect(isCut([0, 45, 50, 100], tile, photo, 60)).toBe(false); // the photo's own edges cut nothing
  expect(isCut([0, 42, 50, 90], tile, photo, 60)).toBe(true);
  expect(isCut([30, 50, 60, 70], tile, photo, 60)).toBe(true);
});
