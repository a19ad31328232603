/**
 * Chapter 2: anchors. Their areas, ratios, places and order are what the paper and the RPN's head
 * expect.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { area, boxAt } from '../../src/core/boxes/box.ts';

const sizes = fc.array(fc.integer({ min: 4, max: 600 }), { minLength: 1, maxLength: 6 });
const ratios = fc.array(fc.constantFrom(0.25, 0.5, 1, 2, 4), { minLength: 1, maxLength: 4 });
const stride = fc.constantFrom(4, 8, 16);

describe('the anchor generator', () => {
  test('gives every cell each size in each ratio, centred on the cell', () => {
    fc.assert(
      fc.property(sizes, ratios, stride, (sizes, aspectRatios, stride) => {
        const generator = new AnchorGenerator({ sizes, aspectRatios }, stride);
        const anchors = generator.generate(2, 3);
        expect(anchors.length).toBe(2 * 3 * sizes.length * aspectRatios.length * 4);
        let index = 0;
        for (let row = 0; row < 2; row++) {
          for (let column = 0; column < 3; column++) {
            for (const size of sizes) {
              for (const ratio of aspectRatios) {
                const box = boxAt(anchors, index);
                expect([...generator.anchor(index++, 3)]).toEqual(box);
                const [x1, y1, x2, y2] = box;
                expect(area(box) / (size * size)).toBeCloseTo(1, 3);
                expect((y2 - y1) / (x2 - x1) / ratio).toBeCloseTo(1, 3);
                expect((x1 + x2) / 2).toBeCloseTo((column + 0.5) * stride, 3);
                expect((y1 + y2) / 2).toBeCloseTo((row + 0.5) * stride, 3);
              }
            }
          }
        }
      }),
    );
  });

  test('refuses an empty set and sizes that are not positive', () => {
    expect(() => new AnchorGenerator({ sizes: [], aspectRatios: [1] }, 8)).toThrow(RangeError);
    expect(() => new AnchorGenerator({ sizes: [16], aspectRatios: [0] }, 8)).toThrow(RangeError);
    expect(() => new AnchorGenerator({ sizes: [Number.NaN], aspectRatios: [1] }, 8)).toThrow(
      RangeError,
    );
  });

  test("has the paper's set: six sides in three ratios", () => {
    expect(new AnchorGenerator(ANCHOR_SETS.paper, 16).perLocation).toBe(18);
    expect(ANCHOR_SETS['faster-rcnn'].sizes).toEqual([128, 256, 512]);
    expect(ANCHOR_SETS.chen.sizes).toEqual([16, 40, 100]);
  });
});
