/**
 * Which objects an anchor set reaches: the ranges are those of the IoU's formula, and the shares of
 * positions are what was measured when the sizes were chosen.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  matchedPositions,
  reachedPositions,
  reachedSides,
  sidesReachedEverywhere,
} from '../../src/core/anchors/reach.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { shapesOf } from '../../src/core/anchors/shapes.ts';
import { iou } from '../../src/core/boxes/box.ts';

const square = (side: number) => [-side / 2, -side / 2, side / 2, side / 2] as const;

describe('the sides reached in the best position', () => {
  it('are those whose IoU with an anchor is at least 0.5', () => {
    const sizes = fc.array(fc.integer({ min: 4, max: 600 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 2, max: 900, noNaN: true }), (given, side) => {
        const best = Math.max(...given.map((size) => iou(square(size), square(side))));
        fc.pre(Math.abs(best - 0.5) > 1e-6);
        const ranges = reachedSides({ sizes: given });
        const inside = ranges.some(([from, to]) => side >= from && side <= to);
        expect(inside).toBe(best >= 0.5);
        const ends = ranges.flat();
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      }),
    );
  });

  it("leave no gap where sizes at most double, and two in Chen's set", () => {
    expect(reachedSides(ANCHOR_SETS.paper)).toHaveLength(1);
    expect(reachedSides(ANCHOR_SETS['faster-rcnn'])).toHaveLength(1);
    expect(reachedSides(ANCHOR_SETS.chen)).toHaveLength(3);
  });
});

describe('the sides reached at every position', () => {
  it('are those of which no position is left out, up to their upper end', () => {
    const sizes = fc.array(fc.integer({ min: 8, max: 300 }), { minLength: 1, maxLength: 4 });
    const ratios = fc.constantFrom([1], [1, 0.5, 2], [0.5, 2]);
    const side = fc.double({ min: 4, max: 500, noNaN: true });
    fc.assert(
      fc.property(
        ...[sizes, ratios, fc.constantFrom(4, 8, 16), side],
        (sizes, aspectRatios, stride, side) => {
          const shapes = shapesOf({ sizes, aspectRatios });
          const ranges = sidesReachedEverywhere(shapes, stride, 0.5);
          const object = { width: side, height: side };
          const share = matchedPositions(shapes, stride, object, 0.5);
          const near = ranges.flat().some((end) => Math.abs(end - side) < 0.01 * end);
          fc.pre(!near);
          const inside = ranges.some(([from, to]) => side > from && side < to);
          if (inside) expect(share).toBeCloseTo(1, 9);
          else expect(share).toBeLessThan(1);
          const ends = ranges.flat();
          expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are none where the stride is too wide, and end at twice the area of the largest anchor', () => {
    expect(sidesReachedEverywhere(shapesOf({ sizes: [16], aspectRatios: [1] }), 16, 0.5)).toEqual(
      [],
    );
    const [range] = sidesReachedEverywhere(shapesOf({ sizes: [64], aspectRatios: [1] }), 1e-9, 0.5);
    expect(range?.[0]).toBeCloseTo(64 / Math.SQRT2, 6);
    expect(range?.[1]).toBeCloseTo(64 * Math.SQRT2, 6);
  });
});

describe('the share of positions', () => {
  // Measured independently, in design.md.
  it.each([
    [16, 0.27],
    [8, 0.92],
    [4, 1],
  ])('of a 16-pixel object at stride %d is %f', (stride, share) => {
    expect(reachedPositions(ANCHOR_SETS.paper, stride, 16)).toBeCloseTo(share, 1.7);
  });

  it('is 0 outside of the reached sides', () => {
    for (const set of Object.values(ANCHOR_SETS)) {
      const ranges = reachedSides(set);
      for (let side = 4; side < 900; side *= 1.3) {
        if (ranges.some(([from, to]) => side >= from && side <= to)) continue;
        expect(reachedPositions(set, 8, side)).toBe(0);
      }
    }
  });
});
