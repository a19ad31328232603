/**
 * Chapter 4: the transform. Every picture reaches the network the same way on every machine.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BGR_MEAN,
  cropWorking,
  restoreBoxes,
  SIZE_MULTIPLE,
  transform,
  workingDimensions,
} from '../../src/core/detection/transform.ts';
import { readFixture } from '../support/fixture.ts';

interface ResizeCase {
  readonly width: number;
  readonly height: number;
  readonly longSide: number;
  readonly newWidth: number;
  readonly newHeight: number;
  readonly rgb: number[];
  readonly expected: number[];
}

describe('the transform', () => {
  test("resizes as Pillow's antialiased bilinear filter does, in BGR minus mean", () => {
    for (const { width, height, longSide, newWidth, newHeight, rgb, expected } of readFixture<
      ResizeCase[]
    >('reference/resize.json')) {
      const working = transform(
        { width, height, channels: 3, data: Uint8Array.from(rgb) },
        longSide,
      );
      expect([working.width, working.height]).toEqual([newWidth, newHeight]);
      for (let y = 0; y < newHeight; y++) {
        for (let x = 0; x < newWidth; x++) {
          for (let k = 0; k < 3; k++) {
            const value =
              (working.data[3 * (y * working.paddedWidth + x) + k] as number) +
              (BGR_MEAN[k] as number);
            expect(
              Math.abs(value - (expected[3 * (y * newWidth + x) + 2 - k] as number)),
            ).toBeLessThan(2e-3);
          }
        }
      }
    }
  });

  test('mirrors when asked, and ignores an alpha channel', () => {
    const rgba = Uint8Array.from({ length: 5 * 4 * 4 }, (_, index) => (index * 37) % 256);
    const rgb = rgba.filter((_, index) => index % 4 !== 3);
    const plain = transform({ width: 5, height: 4, channels: 3, data: rgb }, 10);
    const alpha = transform({ width: 5, height: 4, channels: 4, data: rgba }, 10);
    const flipped = transform({ width: 5, height: 4, channels: 3, data: rgb }, 10, { flip: true });
    expect(alpha).toEqual(plain);
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 10; x++) {
        for (let k = 0; k < 3; k++) {
          expect(flipped.data[3 * (y * 16 + x) + k]).toBe(plain.data[3 * (y * 16 + 9 - x) + k]);
        }
      }
    }
  });

  test('gives whole cells of every tap, at least one pixel a side, and never enlarges beyond twice', () => {
    const sideLength = fc.integer({ min: 1, max: 9000 });
    fc.assert(
      fc.property(sideLength, sideLength, (width, height) => {
        const working = workingDimensions(width, height, 640);
        expect(Math.min(working.width, working.height)).toBeGreaterThanOrEqual(1);
        expect(Math.max(working.width, working.height)).toBeLessThanOrEqual(640);
        expect(Math.max(working.width / width, working.height / height)).toBeLessThanOrEqual(
          2 + 1e-9,
        );
      }),
    );
    for (const [width, height] of [
      [1, 1],
      [1, 700],
      [333, 21],
    ] as const) {
      const data = new Uint8Array(width * height * 3);
      const working = transform({ width, height, channels: 3, data }, 64);
      expect(working.paddedWidth % SIZE_MULTIPLE).toBe(0);
      expect(working.paddedHeight % SIZE_MULTIPLE).toBe(0);
      expect(working.data.length).toBe(working.paddedWidth * working.paddedHeight * 3);
    }
  });

  test('cuts a window out, padded like a picture of its own', () => {
    const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, index) => (index * 37) % 256);
    const whole = transform({ width: 40, height: 30, channels: 3, data }, 40);
    const part = cropWorking(whole, { left: 5, top: 7, width: 20, height: 11 });
    expect([part.width, part.height, part.paddedWidth, part.paddedHeight]).toEqual([
      20, 11, 32, 16,
    ]);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 32; x++) {
        const seen = x < 20 && y < 11;
        const from = 3 * ((y + 7) * whole.paddedWidth + x + 5);
        expect(part.data[3 * (y * 32 + x)]).toBe(seen ? whole.data[from] : 0);
      }
    }
    const outside = { left: 30, top: 7, width: 20, height: 11 };
    expect(() => cropWorking(whole, outside)).toThrow(RangeError);
  });

  test('takes boxes back to the picture and clips them to it', () => {
    const working = { scaleX: 0.5, scaleY: 0.25 };
    const boxes = restoreBoxes(Float32Array.of(10, 10, 20, 20, -3, 0, 900, 900), working, {
      width: 100,
      height: 90,
    });
    expect(Array.from(boxes)).toEqual([20, 40, 40, 80, 0, 0, 100, 90]);
  });

  test('refuses pixel data that does not fit the size', () => {
    expect(() =>
      transform({ width: 2, height: 2, channels: 3, data: new Uint8Array(11) }, 64),
    ).toThrow(RangeError);
  });
});
