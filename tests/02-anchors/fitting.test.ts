/**
 * Fitted anchors: as many as asked for, never worse than the alternatives they claim to beat, and
 * the same every time. And what leaves for other programs says the same numbers.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSets } from '../../src/core/anchors/comparison.ts';
import { CoverageCache, coverageOf } from '../../src/core/anchors/coverage.ts';
import { mmdetectionSnippet, torchvisionSnippet } from '../../src/core/anchors/export.ts';
import { FIT_METHODS, fitSizes } from '../../src/core/anchors/fitting.ts';
import { type PlacedBoxes, placeBoxes } from '../../src/core/anchors/placement.ts';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { shapesOf } from '../../src/core/anchors/shapes.ts';
import { anySet, setOf } from './anySet.ts';

const RATIOS = [1, 0.5, 2];
const ratios = fc.constantFrom([1], RATIOS, [0.25, 4]);
const count = fc.integer({ min: 1, max: 5 });
const stride = fc.constantFrom(4, 8, 16);

const recallOf = (placed: PlacedBoxes, sizes: readonly number[], aspectRatios: readonly number[]) =>
  coverageOf(placed, shapesOf({ sizes, aspectRatios }), 0.5).bestPossibleRecall;

describe('fitted sizes', () => {
  it('are as many as asked for, rising, no two the same, positive, and the same again', () => {
    fc.assert(
      fc.property(anySet, count, ratios, stride, (list, count, aspectRatios, stride) => {
        const placed = placeBoxes(setOf(list), stride);
        for (const method of FIT_METHODS) {
          const options = { method, count, aspectRatios, threshold: 0.5 };
          const sizes = fitSizes(placed, options);
          expect(sizes).toHaveLength(count);
          expect(sizes.every((size) => size > 0)).toBe(true);
          expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
          expect(fitSizes(placed, options)).toEqual(sizes);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('by recall reach no fewer objects than by k-means, by theory, or than any size of a scan', () => {
    fc.assert(
      fc.property(anySet, count, ratios, stride, (list, count, aspectRatios, stride) => {
        const placed = placeBoxes(setOf(list), stride);
        const by = (method: (typeof FIT_METHODS)[number], count: number) => {
          const sizes = fitSizes(placed, { method, count, aspectRatios, threshold: 0.5 });
          return recallOf(placed, sizes, aspectRatios);
        };
        const best = by('recall', count);
        expect(best).toBeGreaterThanOrEqual(by('k-means', count));
        expect(best).toBeGreaterThanOrEqual(by('theory', count));
        const one = by('recall', 1);
        for (let size = 2; size < 120; size *= 1.02) {
          expect(one).toBeGreaterThanOrEqual(recallOf(placed, [size], aspectRatios));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('by theory stand no further apart than equation 2 allows', () => {
    fc.assert(
      fc.property(anySet, count, stride, (list, count, stride) => {
        const placed = placeBoxes(setOf(list), stride);
        const options = { method: 'theory', count, aspectRatios: RATIOS, threshold: 0.5 } as const;
        const sizes = fitSizes(placed, options);
        sizes.slice(1).forEach((size, k) => {
          expect(size / (sizes[k] as number)).toBeLessThan(Math.SQRT2 + 0.02);
        });
      }),
    );
  });

  it('are refused where nothing could be fitted', () => {
    const placed = placeBoxes(setOf([{ width: 64, height: 64, box: [0, 0, 9, 9] }]), 8);
    const options = { method: 'recall', count: 3, aspectRatios: [1], threshold: 0.5 } as const;
    expect(() => fitSizes({ ...placed, count: 0 }, options)).toThrow(/no objects/);
    expect(() => fitSizes(placed, { ...options, count: 0 })).toThrow(RangeError);
    expect(() => fitSizes(placed, { ...options, threshold: 1 })).toThrow(RangeError);
  });
});

describe('the comparison', () => {
  it('puts sets side by side, with what they cost', () => {
    const placed = placeBoxes(setOf([{ width: 160, height: 96, box: [20, 20, 36, 36] }]), 16);
    const rows = compareSets(new CoverageCache(placed), ANCHOR_SETS, 0.5);
    expect(rows.map(({ name }) => name)).toEqual(['paper', 'faster-rcnn', 'chen', 'paper-plus']);
    const [paper, faster] = rows;
    expect(paper?.anchorsPerPicture).toBe(10 * 6 * 18);
    expect(paper?.gflop).toBeCloseTo((10 * 6 * 18 * 5 * 512) / 1e9, 12);
    expect(faster?.bestPossibleRecall).toBe(0);
    expect(faster?.unused).toBe(9);
    expect(paper?.bySize.filter(({ boxes }) => boxes > 0)).toHaveLength(1);
  });
});

describe('snippets', () => {
  const anchors = { sizes: [16, 25.5], aspectRatios: [1, 0.5], stride: 8 };

  it('say sizes and ratios in torchvision and in mmdetection', () => {
    expect(torchvisionSnippet(anchors)).toContain('sizes=((16.0, 25.5),)');
    expect(torchvisionSnippet(anchors)).toContain('aspect_ratios=((1.0, 0.5),)');
    expect(torchvisionSnippet({ ...anchors, sizes: [16] })).toContain('sizes=((16.0,),)');
    expect(mmdetectionSnippet(anchors)).toContain('scales=[2, 3.1875]');
    expect(mmdetectionSnippet(anchors)).toContain('strides=[8]');
    expect(mmdetectionSnippet(anchors)).toContain('center_offset=0.5');
  });
});
