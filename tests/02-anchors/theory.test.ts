/**
 * The theory of anchor sizes against brute force: the equations say what boxes laid on top of each
 * other show, for every displacement, and their inverses are where a scan finds the edge.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Extent, extentOf, square } from '../../src/core/anchors/shapes.ts';
import {
  bestReachableIou,
  both,
  displacedIou,
  largestAnchor,
  matchedSides,
  overhangIou,
  overhangOf,
  smallestMatchable,
  smallestObject,
  smallestShare,
} from '../../src/core/anchors/theory.ts';
import { type Box, iou } from '../../src/core/boxes/box.ts';

const length = fc.integer({ min: 8, max: 800 }).map((value) => value / 4);
const extent: fc.Arbitrary<Extent> = fc.record({ width: length, height: length });
const distance = fc.integer({ min: 0, max: 120 }).map((value) => value / 4);
const apart = fc.record({ x: distance, y: distance });
const threshold = fc.integer({ min: 3, max: 8 }).map((value) => value / 10);
const ratio = fc.constantFrom(0.25, 0.5, 1, 2, 4);

const boxAround = ({ width, height }: Extent, x: number, y: number): Box => [
  x - width / 2,
  y - height / 2,
  x + width / 2,
  y + height / 2,
];

describe('equation 1', () => {
  it('is the IoU of two boxes whose centres are apart, in every direction', () => {
    fc.assert(
      fc.property(extent, extent, apart, (object, anchor, { x, y }) => {
        const said = displacedIou(object, anchor, { x, y });
        for (const [sx, sy] of [
          [1, 1],
          [-1, 1],
          [1, -1],
          [-1, -1],
        ] as const) {
          const laid = iou(boxAround(object, sx * x, sy * y), boxAround(anchor, 0, 0));
          expect(said).toBeCloseTo(laid, 12);
        }
      }),
    );
  });

  it("is the paper's where the object sticks out of a larger anchor", () => {
    expect(overhangIou(square(20), square(25), both(4))).toBeCloseTo(16 ** 2 / (625 + 400 - 256));
    expect(() => overhangIou(square(20), { width: 30, height: 19 }, both(0))).toThrow(RangeError);
    fc.assert(
      fc.property(extent, distance, distance, apart, (object, wider, higher, displaced) => {
        const anchor = { width: object.width + wider, height: object.height + higher };
        const overhang = overhangOf(object, anchor, displaced);
        expect(overhangIou(object, anchor, overhang)).toBeCloseTo(
          displacedIou(object, anchor, displaced),
          12,
        );
      }),
    );
  });
});

describe('equation 2', () => {
  it('gives the largest anchor: every larger one falls short, no smaller one around the object', () => {
    fc.assert(
      fc.property(length, distance, threshold, (side, overhang, least) => {
        const largest = largestAnchor(square(side), both(overhang), least);
        for (let anchor = side; anchor < 3 * side; anchor += side / 16) {
          if (largest !== undefined && Math.abs(anchor - largest) < 1e-6) continue;
          const matched = overhangIou(square(side), square(anchor), both(overhang)) >= least;
          if (Math.abs(anchor - side) > 1e-6) expect(matched).toBe(anchor < (largest ?? 0));
        }
      }),
    );
  });

  it('has an answer from the smallest object on, and not below', () => {
    fc.assert(
      fc.property(
        apart.filter(({ x, y }) => x + y > 0),
        threshold,
        ratio,
        (overhang, least, aspectRatio) => {
          const smallest = smallestObject(overhang, least, aspectRatio);
          const at = (side: number) =>
            largestAnchor(extentOf(side, aspectRatio), overhang, least) !== undefined;
          expect([at(1.001 * smallest), at(0.999 * smallest)]).toEqual([true, false]);
        },
      ),
    );
    expect(smallestObject(both(8), 0.5)).toBeCloseTo(8 / (1 - Math.sqrt(2 / 3)));
  });

  it('keeps object over anchor at 1 / sqrt 2 or more at IoU 0.5, and reaches that without overhang', () => {
    expect(smallestShare(0.5)).toBeCloseTo(Math.SQRT1_2);
    fc.assert(
      fc.property(length, distance, threshold, (side, overhang, least) => {
        const largest = largestAnchor(square(side), both(overhang), least);
        if (largest !== undefined) {
          expect(side / largest).toBeGreaterThanOrEqual(smallestShare(least) - 1e-12);
        }
        const inside = largestAnchor(square(side), both(0), least) as number;
        expect(side / inside).toBeCloseTo(smallestShare(least), 12);
      }),
    );
  });
});

describe('the sides of anchors that match', () => {
  it('are those that a scan finds, for rectangles and two displacements', () => {
    fc.assert(
      fc.property(extent, ratio, apart, threshold, (object, aspectRatio, displaced, least) => {
        const [from, to] = matchedSides(object, aspectRatio, displaced, least) ?? [0, 0];
        for (let side = 1; side < 900; side *= 1.03) {
          const value = displacedIou(object, extentOf(side, aspectRatio), displaced);
          if (Math.abs(value - least) < 1e-9) continue;
          expect(value >= least).toBe(side >= from && side <= to);
        }
        for (const end of to > 0 ? [from, to] : []) {
          const value = displacedIou(object, extentOf(end, aspectRatio), displaced);
          expect(value).toBeCloseTo(least, 9);
        }
      }),
    );
  });
});

describe('what any anchor can reach', () => {
  it('is no less than what the anchors of a fine scan reach', () => {
    fc.assert(
      fc.property(extent, apart, (object, displaced) => {
        const best = bestReachableIou(object, displaced);
        for (let width = object.width / 4; width < 4 * object.width; width *= 1.15) {
          for (let height = object.height / 4; height < 4 * object.height; height *= 1.15) {
            const value = displacedIou(object, { width, height }, displaced);
            expect(value).toBeLessThanOrEqual(best + 1e-12);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('is enough from the smallest matchable object on, at every smaller displacement too', () => {
    const some = apart.filter(({ x, y }) => x + y > 0);
    fc.assert(
      fc.property(some, threshold, ratio, (displaced, least, aspectRatio) => {
        const smallest = smallestMatchable(displaced, least, aspectRatio);
        const at = (side: number, { x, y } = displaced) =>
          bestReachableIou(extentOf(side, aspectRatio), { x, y });
        expect(at(0.999 * smallest)).toBeLessThan(least);
        for (let share = 0; share <= 1; share += 0.125) {
          const { x, y } = displaced;
          expect(at(1.001 * smallest, { x: share * x, y })).toBeGreaterThan(least);
          expect(at(1.001 * smallest, { x, y: share * y })).toBeGreaterThan(least);
        }
      }),
    );
  });

  it.each([
    [16, 38.63],
    [8, 19.31],
    [4, 9.66],
  ])('at stride %d, anywhere in a cell, begins at %f pixels', (stride, side) => {
    expect(smallestMatchable(both(stride / 2), 0.5)).toBeCloseTo(side, 2);
  });
});
