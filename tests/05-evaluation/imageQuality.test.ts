/**
 * Chapter 5: PSNR and SSIM. That they are the literature's is shown by published numbers, where the
 * benchmark's pictures are (`loupe evaluate-sr`); here are their invariants.
 */
import { describe, expect, test } from 'vitest';
import { psnr, ssim, withoutBorder } from '../../src/core/evaluation/imageQuality.ts';
import { lumaOf } from '../../src/core/superResolution/luma.ts';
import { noisePicture } from '../support/noisePicture.ts';

const [width, height] = [20, 16];
const truth = lumaOf(noisePicture(width, height));
const other = (change: (value: number, index: number) => number) => ({
  ...truth,
  data: Float64Array.from(truth.data, change),
});

describe('PSNR', () => {
  test('is what the mean squared error says in decibels', () => {
    // An error of 1 everywhere: 20 log10(255).
    const off = other((value) => value + 1);
    expect(psnr(off, truth)).toBeCloseTo(48.1308, 4);
    expect(
      psnr(
        other((value, i) => value + (i % 2 ? 10 : -10)),
        truth,
      ),
    ).toBeCloseTo(28.1308, 4);
    expect(psnr(truth, truth)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('SSIM', () => {
  test('is 1 for equal pictures, and the same whichever is the truth', () => {
    const noisy = other((value, i) => value + 40 * Math.sin(i * i));
    expect(ssim(truth, truth)).toBeCloseTo(1, 12);
    expect(ssim(noisy, truth)).toBeLessThan(0.99);
    expect(ssim(noisy, truth)).toBeCloseTo(ssim(truth, noisy), 12);
  });

  test('of two flat pictures compares their means alone', () => {
    const flat = (value: number) => other(() => value);
    const c1 = (0.01 * 255) ** 2;
    const expected = (2 * 100 * 120 + c1) / (100 ** 2 + 120 ** 2 + c1);
    expect(ssim(flat(100), flat(120))).toBeCloseTo(expected, 9);
  });

  test('is no number where its window does not fit', () => {
    expect(ssim(withoutBorder(truth, 3), withoutBorder(truth, 3))).toBeNaN();
  });
});

describe('The border', () => {
  test('is cut on all sides', () => {
    const inner = withoutBorder(truth, 2);
    expect(inner).toMatchObject({ width: width - 4, height: height - 4 });
    expect(inner.data[0]).toBe(truth.data[2 * width + 2]);
    expect(inner.data[(width - 4) * (height - 4) - 1]).toBe(
      truth.data[(height - 3) * width + width - 3],
    );
  });

  test('can be all there is', () => {
    expect(withoutBorder(truth, 30).data).toHaveLength(0);
  });

  test('pictures of two sizes are not compared', () => {
    expect(() => psnr(withoutBorder(truth, 1), truth)).toThrow(RangeError);
  });
});
