/** Half precision: exact both ways, and rounded to nearest, ties to even. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';

const everyHalf = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** What a half means, from its definition. */
function meaning(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = (half & 0x3ff) / 1024;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

test('each of the 65,536 halves widens to the number it stands for', () => {
  expect(Array.from(fromFloat16(everyHalf))).toEqual(Array.from(everyHalf, meaning));
});

test('each of the 65,536 halves survives widening and rounding, NaN payloads included', () => {
  expect(toFloat16(fromFloat16(everyHalf))).toEqual(everyHalf);
});

test('a number half way between two halves goes to the even one, just beside it to the nearer one', () => {
  const positive = Array.from(fromFloat16(everyHalf.subarray(0, 0x7c00)));
  const halfWay = positive.slice(1).map((upper, low) => (upper + (positive[low] as number)) / 2);
  const even = halfWay.map((_, low) => (low % 2 === 0 ? low : low + 1));
  expect(Array.from(toFloat16(Float32Array.from(halfWay)))).toEqual(even);
  const nudged = (by: number) => Float32Array.from(halfWay, (value) => value * (1 + by));
  expect(Array.from(toFloat16(nudged(-1e-7)))).toEqual(halfWay.map((_, low) => low));
  expect(Array.from(toFloat16(nudged(1.3e-7)))).toEqual(halfWay.map((_, low) => low + 1));
});

test('values beyond the largest half become infinity, and NaN stays NaN', () => {
  const halves = toFloat16(Float32Array.of(65504, 65519.99, 65520, 1e30, -1e30, Number.NaN, 1e-9));
  expect(Array.from(halves)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7e00, 0]);
});

test('rounding keeps the order of numbers', () => {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [low, high] = fromFloat16(toFloat16(Float32Array.of(Math.min(a, b), Math.max(a, b))));
      expect(low as number).toBeLessThanOrEqual(high as number);
    }),
  );
});
