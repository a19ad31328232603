/**
 * Coverage against the long way round: all anchors of the grid, made by the generator, with every
 * box. And what is kept from one question to the next never changes an answer.
 */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoverageCache, coverageBySize, coverageOf } from '../../src/core/anchors/coverage.ts';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { placeBoxes, thinned } from '../../src/core/anchors/placement.ts';
import { matchedPositions } from '../../src/core/anchors/reach.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { extentOf, shapesOf, square } from '../../src/core/anchors/shapes.ts';
import { displacedIou } from '../../src/core/anchors/theory.ts';
import { BoxCollector } from '../../src/core/annotations/boxSet.ts';
import { readBoxes } from '../../src/core/annotations/readBoxes.ts';
import { packBoxes, pairwiseIou } from '../../src/core/boxes/box.ts';
import { anySet, setOf } from './anySet.ts';

const TRAIN = '../shared/data/sod_coco10/annotations/train.json';

const sizes = fc.array(fc.integer({ min: 4, max: 120 }), { minLength: 1, maxLength: 5 });
const aspectRatios = fc.uniqueArray(fc.constantFrom(0.5, 1, 2), { minLength: 1 });
const anchorSet = fc.record({ sizes, aspectRatios });
const stride = fc.constantFrom(4, 7, 8, 16);
const threshold = fc.constantFrom(0.3, 0.5, 0.7);

describe('coverage', () => {
  it('is what the whole grid of anchors reaches', () => {
    fc.assert(
      fc.property(anySet, anchorSet, stride, threshold, (list, set, stride, threshold) => {
        const placed = placeBoxes(setOf(list), stride);
        const { bestIoU, meanBestIoU } = coverageOf(placed, shapesOf(set), threshold);
        list.forEach(({ width, height, box }, index) => {
          const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
          const anchors = new AnchorGenerator(set, stride).generate(rows, columns);
          const best = pairwiseIou(anchors, packBoxes([box])).reduce((a, b) => Math.max(a, b), 0);
          expect(bestIoU[index]).toBeCloseTo(best, 4);
        });
        expect(meanBestIoU).toBeCloseTo(bestIoU.reduce((a, b) => a + b, 0) / list.length, 9);
      }),
      { numRuns: 50 },
    );
  });

  it('counts every reached object once, at its best anchor', () => {
    fc.assert(
      fc.property(anySet, anchorSet, threshold, (list, set, threshold) => {
        const placed = placeBoxes(setOf(list), 8);
        const coverage = coverageOf(placed, shapesOf(set), threshold);
        const { matched, reached, bestPossibleRecall, bestIoU } = coverage;
        const found = bestIoU.filter((value) => value >= threshold).length;
        expect(bestPossibleRecall).toBeCloseTo(found / list.length, 12);
        expect(matched.reduce((a, b) => a + b, 0)).toBe(found);
        matched.forEach((objects, anchor) => {
          expect(reached[anchor]).toBeGreaterThanOrEqual(objects);
        });
        expect(coverage.unused).toBe(matched.filter((objects) => objects === 0).length);
        const ranges = coverageBySize(placed, coverage);
        expect(ranges.reduce((sum, { boxes }) => sum + boxes, 0)).toBe(list.length);
      }),
    );
  });

  it('is the same asked in a row, with what is kept, as asked once', () => {
    const moves = fc.array(
      fc.record({
        at: fc.nat(4),
        size: fc.integer({ min: 4, max: 100 }),
        threshold,
        grow: fc.nat(9),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(anySet, anchorSet, moves, (list, set, moves) => {
        const placed = placeBoxes(setOf(list), 8);
        const cache = new CoverageCache(placed);
        const sizes = [...set.sizes];
        for (const { at, size, threshold, grow } of moves) {
          if (grow === 0) sizes.push(size);
          else sizes[at % sizes.length] = size;
          const shapes = shapesOf({ ...set, sizes });
          expect(cache.measure(shapes, threshold)).toEqual(coverageOf(placed, shapes, threshold));
        }
      }),
    );
  });

  it('follows photos to their working size', () => {
    const half = new BoxCollector();
    half.add(half.addPicture(1280, 960), 100, 60, 40, 20);
    const whole = new BoxCollector();
    whole.add(whole.addPicture(640, 480), 50, 30, 20, 10);
    const [a, b] = [
      placeBoxes(half.finish('half'), 16, 640),
      placeBoxes(whole.finish('whole'), 16),
    ];
    expect(a).toEqual(b);
    expect(a.cellsPerPicture).toBe(40 * 30);
    expect(() => placeBoxes(whole.finish('whole'), 0)).toThrow(RangeError);
  });

  it('needs no more boxes than it is told', () => {
    const set = new BoxCollector();
    for (let side = 1; side <= 100; side++) set.add(set.addPicture(200, 200), 0, 0, side, side);
    const placed = placeBoxes(set.finish('many'), 8);
    const few = thinned(placed, 10);
    expect(few.count).toBe(10);
    expect([...few.width]).toEqual([1, 11, 21, 31, 41, 51, 61, 71, 81, 91]);
    expect(thinned(placed, 100)).toBe(placed);
  });
});

describe('the share of positions', () => {
  it('is what a grid of positions shows, for any object', () => {
    const side = fc.integer({ min: 6, max: 80 });
    fc.assert(
      fc.property(
        anchorSet,
        side,
        aspectRatios,
        stride,
        threshold,
        (set, side, [ratio = 1], stride, least) => {
          const shapes = shapesOf(set);
          const object = extentOf(side, ratio);
          const steps = 60;
          let reached = 0;
          for (let row = 0; row < steps; row++) {
            for (let column = 0; column < steps; column++) {
              const apart = {
                x: Math.abs((column + 0.5) / steps - 0.5) * stride,
                y: Math.abs((row + 0.5) / steps - 0.5) * stride,
              };
              reached += Number(
                shapes.some((shape) => displacedIou(object, shape, apart) >= least),
              );
            }
          }
          const share = matchedPositions(shapes, stride, object, least);
          expect(Math.abs(share - reached / steps ** 2)).toBeLessThan(0.04);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    [16, 27.4],
    [8, 91.7],
    [4, 100],
  ])('of a 16-pixel object at stride %d is %f % to a point', (stride, percent) => {
    const share = matchedPositions(shapesOf(ANCHOR_SETS.paper), stride, square(16), 0.5);
    expect(Math.abs(100 * share - percent)).toBeLessThan(1);
  });
});

describe.skipIf(!existsSync(TRAIN))('on sod_coco10', () => {
  it.each([
    [16, 0.615],
    [8, 0.781],
  ])("the paper's set reaches, at stride %d, %f of the objects", (stride, recall) => {
    const file = { name: TRAIN, text: readFileSync(TRAIN, 'utf8') };
    const placed = placeBoxes(readBoxes([file]).boxes, stride);
    const { bestPossibleRecall } = coverageOf(placed, shapesOf(ANCHOR_SETS.paper), 0.5);
    expect(bestPossibleRecall).toBeCloseTo(recall, 3);
  });
});
