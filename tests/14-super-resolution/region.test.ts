/**
 * Chapter 14: a region of a photo, enlarged, is the cut of the whole photo enlarged, wherever it lies
 * and however small it is; and what is no number is named.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Box } from '../../src/core/boxes/box.ts';
import { requireFinite } from '../../src/core/superResolution/finite.ts';
import { RedNet } from '../../src/core/superResolution/redNet.ts';
import { MOST_PIXELS, regionOf, SCALES, scalesFor } from '../../src/core/superResolution/region.ts';
import { toBytes, upscale } from '../../src/core/superResolution/upscale.ts';
import { upscaleRegion } from '../../src/core/superResolution/upscaleRegion.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { TINY_RED_NET, tinyRedNetWeights } from '../support/tinyRedNet.ts';

const PHOTO = noisePicture(23, 17);

describe('The region of a box', () => {
  const place = fc.double({ min: -50, max: 150, noNaN: true });
  test('is whole pixels inside the photo, at least one, that cover what of the box lies inside', () => {
    fc.assert(
      fc.property(place, place, place, place, (a, b, c, d) => {
        const box: Box = [Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d)];
        const { left, top, width, height } = regionOf(box, PHOTO);
        for (const value of [left, top, width, height]) expect(Number.isInteger(value)).toBe(true);
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(PHOTO.width);
        expect(top + height).toBeLessThanOrEqual(PHOTO.height);
        expect(left).toBeLessThanOrEqual(Math.max(0, box[0]));
        expect(left + width).toBeGreaterThanOrEqual(Math.min(PHOTO.width, box[2]));
      }),
    );
  });

  test('is enlarged as far as its pixels allow', () => {
    expect(scalesFor({ width: 40, height: 30 })).toEqual([2, 3, 4]);
    expect(scalesFor({ width: MOST_PIXELS / 4, height: 1 })).toEqual([2]);
    expect(scalesFor({ width: 4000, height: 3000 })).toEqual([]);
  });
});

describe('What a backend gives', () => {
  test('is named when it is no number', () => {
    requireFinite(Float32Array.of(0, 1, -1), 'a test ran');
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => requireFinite(Float32Array.of(0, bad), 'a test ran')).toThrow(
        /backend computed something that is no number while a test ran/,
      );
    }
  });
});

describeOnBackends('A region', () => {
  let weights: Map<string, tf.Tensor>;
  let redNet: RedNet;
  beforeAll(() => {
    weights = tinyRedNetWeights();
    redNet = RedNet.build(TINY_RED_NET, weights);
  });
  afterAll(() => {
    redNet.dispose();
    tf.dispose([...weights.values()]);
  });

  test('equals the cut of the whole photo enlarged, at its edges and down to one pixel', async () => {
    for (const scale of SCALES) {
      for (const net of [undefined, redNet]) {
        const photo = { ...PHOTO, channels: 3 as const };
        const whole = toBytes(await upscale(photo, scale, net ? { redNet: net } : {}));
        for (const box of [
          [9, 8, 10, 9],
          [0, 0, 5, 4],
          [18, 3, 23, 17],
        ] as const) {
          const region = regionOf(box, PHOTO);
          const seen = await upscaleRegion(PHOTO, region, scale, { redNet: net });
          expect(seen).toHaveLength(4 * scale ** 2 * region.width * region.height);
          expect(largestDifference(seen, whole, region, scale)).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  test('can be stopped before and between tiles, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const region = regionOf([0, 0, 8, 8], PHOTO);
    const stopped = upscaleRegion(PHOTO, region, 2, {
      redNet,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(stopped).rejects.toThrow(/abort/);
    const unbegun = upscaleRegion(PHOTO, region, 2, { redNet, signal: stop.signal });
    await expect(unbegun).rejects.toThrow(/abort/);
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Between a region's RGBA and its place in the whole picture's RGB; alpha must be opaque. */
function largestDifference(
  seen: Uint8ClampedArray,
  whole: Uint8ClampedArray,
  region: { left: number; top: number; width: number; height: number },
  scale: number,
): number {
  let largest = 0;
  const width = scale * region.width;
  for (let i = 0; i < seen.length; i++) {
    const [pixel, channel] = [Math.floor(i / 4), i % 4];
    const x = scale * region.left + (pixel % width);
    const y = scale * region.top + Math.floor(pixel / width);
    const expected = channel === 3 ? 255 : whole[3 * (y * scale * PHOTO.width + x) + channel];
    largest = Math.max(largest, Math.abs((seen[i] as number) - (expected as number)));
  }
  return largest;
}
