/**
 * Which objects an anchor set reaches: the ranges are those of the IoU's formula, and the shares of
 * positions are what was measured when the sizes were chosen.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachedPositions, reachedSides } from '../../src/core/anchors/reach.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
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
