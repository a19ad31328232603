/**
 * COCO AP is pycocotools' to 1e-9 on all of its fixtures, and keeps the invariants that any
 * average precision has.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apPerCategory,
  averageRecall,
  cocoStats,
  evaluateCoco,
} from '../../src/core/evaluation/cocoEval.ts';
import { parseGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import { linspace } from '../../src/core/evaluation/params.ts';
import { cocoCases, parsedCase } from './fixtures.ts';

const cases = cocoCases();

function expectClose(actual: readonly number[], expected: readonly number[]) {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThan(1e-9);
  });
}

describe('pycocotools answers the same', () => {
  it.each(cases.map(({ seed, style }, index) => ({ seed, style, index })))(
    'case $seed ($style)',
    ({ index }) => {
      const { expected } = cases[index] as (typeof cases)[number];
      const { truth, results } = parsedCase(index);
      const evaluation = evaluateCoco(truth, results);
      expectClose(cocoStats(evaluation), expected.stats);

      const perCategory = apPerCategory(evaluation);
      const flat = (list: readonly { category_id: number; AP: number; AP50: number }[]) =>
        list.flatMap(({ category_id, AP, AP50 }) => [category_id, AP, AP50]);
      expectClose(flat(perCategory), flat(expected.per_category));

      // precision[:, :, :, :, 2], as the fixtures sum it
      const defined = evaluation.precision.filter((value, at) => at % 3 === 2 && value > -1);
      expect(defined.length).toBe(expected.precision_count);
      const sum = defined.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - expected.precision_sum)).toBeLessThan(1e-9 * Math.max(1, sum));
    },
  );
});

describe('invariants', () => {
  const anyCase = fc.integer({ min: 0, max: cases.length - 1 });

  it('the order in which a file lists its images and annotations does not matter', () => {
    fc.assert(
      fc.property(anyCase, fc.integer(), (index, seed) => {
        const { truth, results } = parsedCase(index);
        const shuffled = {
          ...truth,
          images: shuffle(truth.images, seed),
          categories: shuffle(truth.categories, seed),
        };
        expect(cocoStats(evaluateCoco(shuffled, results))).toEqual(
          cocoStats(evaluateCoco(truth, results)),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('only the order of the scores counts, not their values', () => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0.25, max: 4, noNaN: true }), (index, power) => {
        const { truth, results } = parsedCase(index);
        // Ranks first, so that close scores cannot fall together in floating point.
        const ranked = [...new Set(results.map(({ score }) => score))].sort((a, b) => a - b);
        const rank = new Map(ranked.map((score, at) => [score, at]));
        const bent = results.map((result) => ({
          ...result,
          score: ((rank.get(result.score) as number) + 1) ** power,
        }));
        expect(cocoStats(evaluateCoco(truth, bent))).toEqual(
          cocoStats(evaluateCoco(truth, results)),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('detections of a class or an image that the ground truth does not list change nothing', () => {
    const { truth, results } = parsedCase(3);
    const [first] = results;
    if (!first) throw new Error('case 3 has detections');
    const more = [
      ...results,
      { ...first, category_id: 999_999, score: 1 },
      { ...first, image_id: 'elsewhere.jpg', score: 1 },
    ];
    expect(cocoStats(evaluateCoco(truth, more))).toEqual(cocoStats(evaluateCoco(truth, results)));
  });

  it('the ground truth itself, found with score 1, is perfect', () => {
    const { truth } = parsedCase(0);
    const perfect = truth.annotations.filter(({ iscrowd }) => !iscrowd);
    const results = perfect.map((annotation) => ({ ...annotation, score: 1 }));
    const [AP, AP50] = cocoStats(evaluateCoco({ ...truth, annotations: perfect }, results));
    expect(AP).toBeCloseTo(1, 12);
    expect(AP50).toBeCloseTo(1, 12);
  });

  it('without ground truth everything is -1; without detections everything defined is 0', () => {
    const { truth, results } = parsedCase(0);
    const bare = evaluateCoco({ ...truth, annotations: [] }, results);
    expect(cocoStats(bare)).toEqual(Array(12).fill(-1));
    const silent = cocoStats(evaluateCoco(truth, []));
    expect(silent.every((value) => value === 0 || value === -1)).toBe(true);
    expect(silent[0]).toBe(0);
  });
});

describe('other parameters', () => {
  const image = { id: 1, width: 100, height: 100 };
  const box = (x: number, size: number) => [x, 0, size, size] as const;
  const truth = parseGroundTruth({
    images: [image],
    categories: [
      { id: 1, name: 'cup' },
      { id: 2, name: 'clock' },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: 1, bbox: box(0, 9) },
      { id: 2, image_id: 1, category_id: 2, bbox: box(50, 40) },
    ],
  });

  it('without classes a box finds an object of any class, and maxDets may be anything', () => {
    const results = [
      { image_id: 1, category_id: 1, bbox: box(50, 40), score: 0.9 },
      { image_id: 1, category_id: 1, bbox: box(0, 9), score: 0.8 },
    ];
    const evaluation = evaluateCoco(truth, results, { useCategories: false, maxDets: [1, 1000] });
    expect(averageRecall(evaluation, { maxDets: 1 })).toBe(0.5);
    expect(averageRecall(evaluation, { maxDets: 1000 })).toBe(1);
  });

  it('a range may be a share of the picture', () => {
    const small = { name: 'all', min: 0, max: 0.01, unit: 'image' } as const;
    const results = [{ image_id: 1, category_id: 1, bbox: box(0, 9), score: 0.8 }];
    const evaluation = evaluateCoco(truth, results, { areaRanges: [small] });
    expect(averageRecall(evaluation, { category: 1 })).toBe(1);
    expect(averageRecall(evaluation, { category: 2 })).toBe(-1);
  });

  it('a share of a picture without a size is refused in words', () => {
    const small = { name: 'all', min: 0, max: 0.01, unit: 'image' } as const;
    const bare = { ...truth, images: [{ id: 1 }] };
    expect(() => evaluateCoco(bare, [], { areaRanges: [small] })).toThrow(/Image 1 has no "width"/);
  });

  it('thresholds are numpy.linspace, rounding included', () => {
    expect(linspace(0.5, 0.95, 10)[8]).toBe(0.8999999999999999);
    expect(linspace(0, 1, 101)[29]).toBe(0.29);
  });
});

/** A Fisher-Yates shuffle by a small linear congruential generator: the same for the same seed. */
function shuffle<T>(list: readonly T[], seed: number): T[] {
  const result = [...list];
  let state = seed >>> 0;
  for (let i = result.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
