/**
 * Chapter 15: crops of proposals are what bicubic interpolation makes of the square around them.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cropWindow, cutCrop } from '../../src/core/classification/crops.ts';
import { cropPicture } from '../../src/core/detection/slices.ts';
import { bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { noisePicture } from '../support/noisePicture.ts';

const CROP = { side: 32, context: 1.5, maxEnlargement: 4 };

const anyBox = fc
  .tuple(
    fc.double({ min: -50, max: 500, noNaN: true }),
    fc.double({ min: -50, max: 500, noNaN: true }),
    fc.double({ min: 0, max: 300, noNaN: true }),
    fc.double({ min: 0, max: 300, noNaN: true }),
  )
  .map(([x, y, width, height]) => [x, y, x + width, y + height] as const);

describe('The window of a proposal', () => {
  test('is a square around its middle that holds it with its context', () => {
    fc.assert(
      fc.property(anyBox, (box) => {
        const { left, top, width, height } = cropWindow(box, CROP);
        expect(width).toBe(height);
        expect(Math.abs(left + width / 2 - (box[0] + box[2]) / 2)).toBeLessThanOrEqual(0.5);
        expect(Math.abs(top + height / 2 - (box[1] + box[3]) / 2)).toBeLessThanOrEqual(0.5);
        const longer = Math.max(box[2] - box[0], box[3] - box[1]);
        expect(width).toBeGreaterThanOrEqual(Math.max(8, 1.5 * longer - 0.5));
        expect([left, top, width].every(Number.isInteger)).toBe(true);
      }),
    );
  });

  test('is never enlarged more than the config allows', () => {
    expect(cropWindow([10, 10, 11, 11], CROP).width).toBe(8);
    expect(cropWindow([10, 10, 10, 10], { ...CROP, maxEnlargement: 16 }).width).toBe(2);
  });

  test('is refused for a box that is no box', () => {
    expect(() => cropWindow([0, Number.NaN, 1, 1], CROP)).toThrow(/cannot be cut out/);
    expect(() => cropWindow([0, 0, Number.POSITIVE_INFINITY, 1], CROP)).toThrow(RangeError);
  });
});

describe('The pixels of a crop', () => {
  test('at its own size are those of the picture, alpha left out', () => {
    const rgb = noisePicture(9, 7);
    const data = Uint8Array.from({ length: 4 * 9 * 7 }, (_, i) =>
      i % 4 === 3 ? 7 : (rgb.data[3 * Math.floor(i / 4) + (i % 4)] as number),
    );
    const window = { left: 2, top: 1, width: 5, height: 5 };
    const expected = Float32Array.from(cropPicture(rgb, window).data);
    expect(cutCrop(rgb, window, 5)).toEqual(expected);
    expect(cutCrop({ width: 9, height: 7, channels: 4, data }, window, 5)).toEqual(expected);
  });

  test('beyond the edges are the outermost ones', () => {
    const picture = noisePicture(4, 3);
    const crop = cutCrop(picture, { left: -2, top: -2, width: 8, height: 8 }, 8);
    const pixel = (x: number, y: number) => [...crop.subarray(3 * (8 * y + x)).subarray(0, 3)];
    const of = (x: number, y: number) => [...picture.data.subarray(3 * (4 * y + x)).subarray(0, 3)];
    expect(pixel(0, 0)).toEqual(of(0, 0));
    expect(pixel(7, 7)).toEqual(of(3, 2));
    expect(pixel(3, 0)).toEqual(of(1, 0));
    expect(pixel(0, 4)).toEqual(of(0, 2));
  });

  test('far from the picture, or of a picture of one pixel, are of one colour', () => {
    const picture = noisePicture(1, 1);
    const crop = cutCrop(picture, { left: -900, top: 40, width: 3, height: 3 }, 16);
    const expected = Float32Array.from({ length: crop.length }, (_, i) => picture.data[i % 3] ?? 0);
    expect(largestError(crop, expected)).toBeLessThan(1e-3);
  });
});

describeOnBackends('Crops', () => {
  test('equal bicubic interpolation on tensors, enlarged and shrunk, within a thousandth of a level', async () => {
    const picture = noisePicture(60, 50);
    for (const [length, side] of [
      [12, 32],
      [47, 32],
      [32, 32],
    ] as const) {
      const window = { left: 3, top: 2, width: length, height: length };
      const { data } = cropPicture(picture, window);
      const resized = tf.tidy(() => {
        const whole = tf.tensor3d(Float32Array.from(data), [length, length, 3]);
        return tf.clipByValue(bicubicResize(whole, [side, side]), 0, 255);
      });
      const expected = await resized.data();
      resized.dispose();
      expect(largestError(cutCrop(picture, window, side), expected)).toBeLessThan(1e-3);
    }
  });
});
