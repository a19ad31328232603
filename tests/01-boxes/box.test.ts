/**
 * Chapter 1: boxes. What must hold for any boxes, whatever their place and size.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  area,
  type Box,
  boxAt,
  clip,
  enlargeBoxes,
  fromXywh,
  iou,
  packBoxes,
  pairwiseIou,
  toXywh,
} from '../../src/core/boxes/box.ts';
import { anyBox, coordinate, side } from './anyBox.ts';

describe('IoU', () => {
  test('is 1 of a box with itself, symmetric, and within 0 and 1', () => {
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        expect(iou(a, a)).toBeCloseTo(1, 12);
        expect(iou(a, b)).toBe(iou(b, a));
        expect(iou(a, b)).toBeGreaterThanOrEqual(0);
        expect(iou(a, b)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('does not change when both boxes move or grow alike', () => {
    fc.assert(
      fc.property(anyBox, anyBox, coordinate, side, (a, b, shift, scale) => {
        const move = (box: Box) => box.map((value) => (value + shift) * scale) as unknown as Box;
        expect(iou(move(a), move(b))).toBeCloseTo(iou(a, b), 9);
      }),
    );
  });

  test('counts cells on a grid', () => {
    const cell = fc.integer({ min: 0, max: 12 });
    const grid = fc
      .tuple(cell, cell, cell, cell)
      .map(([a, b, c, d]): Box => [Math.min(a, b), Math.min(c, d), Math.max(a, b), Math.max(c, d)]);
    const inside = ([x1, y1, x2, y2]: Box, x: number, y: number) =>
      x >= x1 && x < x2 && y >= y1 && y < y2;
    fc.assert(
      fc.property(grid, grid, (a, b) => {
        let both = 0;
        let either = 0;
        for (let y = 0; y < 12; y++) {
          for (let x = 0; x < 12; x++) {
            if (inside(a, x, y) && inside(b, x, y)) both++;
            if (inside(a, x, y) || inside(b, x, y)) either++;
          }
        }
        expect(iou(a, b)).toBeCloseTo(either === 0 ? 0 : both / either, 12);
      }),
    );
  });

  test('of boxes without area is 0, not NaN', () => {
    expect(iou([3, 3, 3, 9], [3, 3, 3, 9])).toBe(0);
    expect(iou([1, 1, 1, 1], [0, 0, 2, 2])).toBe(0);
  });

  test('of many with many agrees with one by one', () => {
    fc.assert(
      fc.property(
        fc.array(anyBox, { maxLength: 8 }),
        fc.array(anyBox, { maxLength: 8 }),
        (a, b) => {
          const all = pairwiseIou(packBoxes(a), packBoxes(b));
          a.forEach((first, i) => {
            b.forEach((second, j) => {
              expect(all[i * b.length + j]).toBeCloseTo(iou(first, second), 5);
            });
          });
        },
      ),
    );
  });
});

describe('a box', () => {
  test('survives the way to COCO and back', () => {
    fc.assert(
      fc.property(anyBox, (box) => {
        expect(fromXywh(toXywh(box))).toEqual(box);
      }),
    );
  });

  test('clipped lies in the picture and never grows', () => {
    fc.assert(
      fc.property(anyBox, side, side, (box, width, height) => {
        const [x1, y1, x2, y2] = clip(box, width, height);
        expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(0);
        expect(x2).toBeLessThanOrEqual(width);
        expect(y2).toBeLessThanOrEqual(height);
        expect(area([x1, y1, x2, y2])).toBeLessThanOrEqual(area(box));
      }),
    );
  });

  test('enlarged keeps its centre and its shape', () => {
    const factors = fc.double({ min: 1, max: 4, noNaN: true });
    fc.assert(
      fc.property(fc.array(anyBox, { maxLength: 3 }), factors, (list, factor) => {
        const larger = enlargeBoxes(packBoxes(list), factor);
        list.forEach(([x1, y1, x2, y2], at) => {
          const box = boxAt(larger, at);
          expect(box[0] + box[2]).toBeCloseTo(x1 + x2, 2);
          expect(box[1] + box[3]).toBeCloseTo(y1 + y2, 2);
          expect(box[2] - box[0]).toBeCloseTo(factor * (x2 - x1), 2);
          expect(box[3] - box[1]).toBeCloseTo(factor * (y2 - y1), 2);
        });
      }),
    );
  });

  test('is found in its row, and a row that is not there is refused', () => {
    const boxes = packBoxes([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    expect(boxAt(boxes, 1)).toEqual([5, 6, 7, 8]);
    expect(() => boxAt(boxes, 2)).toThrow(RangeError);
  });
});
