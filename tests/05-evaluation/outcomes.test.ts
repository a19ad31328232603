/**
 * Stored outcomes say all that AP50 needs: they equal the evaluator to the last bit, survive JSON,
 * and weighing images is the same as evaluating copies of them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apPerCategory,
  averagePrecision,
  evaluateCoco,
} from '../../src/core/evaluation/cocoEval.ts';
import { parseGroundTruth, parseResults } from '../../src/core/evaluation/cocoJson.ts';
import { FLAT_TOP, operatingPoint } from '../../src/core/evaluation/operatingPoint.ts';
import {
  ap50PerClass,
  meanAp50,
  meanRecall,
  objectCount,
  outcomesOf,
  scoredClasses,
} from '../../src/core/evaluation/outcomes.ts';
import { COCO_AREA_RANGES, IMAGE_AREA_RANGES } from '../../src/core/evaluation/params.ts';
import { precisionRecall, thinCurve } from '../../src/core/evaluation/precisionRecall.ts';
import {
  instanceWeightedAp,
  rankClass,
  weightedMeanAp,
} from '../../src/core/evaluation/weightedAp.ts';
import { cocoCases, copiesOf, parsedCase } from './fixtures.ts';

const cases = cocoCases().map((one, index) => ({ seed: one.seed, style: one.style, index }));

describe('AP50 of outcomes is the evaluator’s, to the last bit', () => {
  it.each(cases)('case $seed ($style)', ({ index }) => {
    const { truth, results } = parsedCase(index);
    const evaluation = evaluateCoco(truth, results);
    for (const range of COCO_AREA_RANGES) {
      const outcomes = JSON.parse(JSON.stringify(outcomesOf(truth, results, range)));
      expect(meanAp50(outcomes)).toBe(averagePrecision(evaluation, { iou: 0.5, area: range.name }));
    }
    const perClass = apPerCategory(evaluation).map(({ AP50 }) => AP50);
    expect(ap50PerClass(outcomesOf(truth, results))).toEqual(perClass);
  });
});

describe("the paper's weighted average", () => {
  it('counts each class as often as it has objects in the images that count', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: cases.length - 1 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 30, maxLength: 30 }),
        (index, times) => {
          const { truth, results } = parsedCase(index);
          const classes = scoredClasses(outcomesOf(truth, results));
          const weights = Int32Array.from(times);
          let [sum, total] = [0, 0];
          for (const one of classes) {
            const objects = one.objects.reduce((all, n, image) => all + n * (times[image] ?? 0), 0);
            sum += objects * weightedMeanAp([one], weights);
            total += objects;
          }
          const expected = total === 0 ? -1 : sum / total;
          expect(instanceWeightedAp(classes, weights)).toBeCloseTo(expected, 12);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is the mean where all classes have as many', () => {
    const objects = Int32Array.of(2, 1);
    const found = (right: number[]) => ({ objects, ranked: rankClass([0, 0, 1], right) });
    const classes = [found([1, 1, 0]), found([0, 1, 1])];
    const weights = Int32Array.of(1, 1);
    expect(instanceWeightedAp(classes, weights)).toBeCloseTo(weightedMeanAp(classes, weights), 12);
    expect(instanceWeightedAp(classes, Int32Array.of(0, 0))).toBe(-1);
  });
});

describe('weights', () => {
  it('an image that counts three times is three copies of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: cases.length - 1 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }),
        (index, weights) => {
          const { truth, results } = parsedCase(index, 'distinct scores');
          const copied = copiesOf(truth, results, weights);
          const naive = averagePrecision(evaluateCoco(copied.truth, copied.results), { iou: 0.5 });
          const weighted = weightedMeanAp(
            scoredClasses(outcomesOf(truth, results)),
            Int32Array.from(weights),
          );
          expect(weighted).toBeCloseTo(naive, 12);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('sizes', () => {
  /** A cup of 0.25 % of the picture, drawn as a thin outline, and one of 25 %. */
  const truth = parseGroundTruth({
    images: [{ id: 1, width: 100, height: 100 }],
    categories: [{ id: 1, name: 'cup' }],
    annotations: [
      { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5], area: 3 },
      { id: 2, image_id: 1, category_id: 1, bbox: [50, 50, 50, 50], area: 10 },
    ],
  });
  const [tiny, , large] = IMAGE_AREA_RANGES;

  it('a share of the picture is of the box; boxes outside of the range are left out', () => {
    const results = parseResults([
      { image_id: 1, category_id: 1, bbox: [50, 50, 50, 50], score: 0.9 },
      { image_id: 1, category_id: 1, bbox: [0, 50, 50, 50], score: 0.8 },
      { image_id: 1, category_id: 1, bbox: [0, 0, 4, 5], score: 0.7 },
    ]);
    const small = outcomesOf(truth, results, tiny);
    expect(small.classes[0]).toMatchObject({ objects: [1], right: [1], scores: [0.7] });
    expect(meanAp50(small)).toBeCloseTo(1, 12);
    expect(outcomesOf(truth, results, large).classes[0]?.right).toEqual([1, 0]);
  });

  it('recall is the share found, and undefined where there is nothing to find', () => {
    const results = parseResults([{ image_id: 1, category_id: 1, bbox: [0, 0, 4, 5], score: 0.7 }]);
    expect(meanRecall(outcomesOf(truth, results))).toBe(0.5);
    const between = outcomesOf(truth, results, IMAGE_AREA_RANGES[1]);
    expect([objectCount(between), meanRecall(between), meanAp50(between)]).toEqual([0, -1, -1]);
  });

  it('a share of a picture without a size is refused in words', () => {
    const bare = { ...truth, images: [{ id: 1 }] };
    expect(() => outcomesOf(bare, [], tiny)).toThrow(/^Image 1 has no "width" and "height"/);
  });
});

describe('precision-recall curves', () => {
  const curves = cases.flatMap(({ index }) => {
    const { truth, results } = parsedCase(index);
    return outcomesOf(truth, results).classes.map((one) => ({ one, curve: precisionRecall(one) }));
  });

  it('recall never falls, the score never rises, and a class without objects has none', () => {
    for (const { one, curve } of curves) {
      expect(curve === undefined).toBe(one.objects.every((count) => count === 0));
      if (!curve) continue;
      expect(curve.recall).toEqual(curve.recall.toSorted((a, b) => a - b));
      expect(curve.score).toEqual(curve.score.toSorted((a, b) => b - a));
      expect(Math.max(0, ...curve.recall, ...curve.precision)).toBeLessThanOrEqual(1);
    }
  });

  it('a thin curve has few of its points, the ends among them, and the same hull', () => {
    for (const { curve } of curves) {
      if (!curve) continue;
      const thin = thinCurve(curve, 20);
      expect(thin.recall.length).toBeLessThanOrEqual(23);
      expect(thin.recall.at(-1)).toBe(curve.recall.at(-1));
      expect(thin.score[0]).toBe(curve.score[0]);
      for (let step = 0; step <= 20; step++) {
        expect(hull(thin, step * 0.05)).toBe(hull(curve, step * 0.05));
      }
    }
  });
});

/** The best precision at or beyond a recall. */
function hull(
  { recall, precision }: { recall: readonly number[]; precision: readonly number[] },
  least: number,
): number {
  return Math.max(0, ...precision.filter((_, at) => (recall[at] as number) >= least));
}

describe('The threshold to show from is the lowest on the flat top of F1', () => {
  it.each(cases)('case $seed ($style)', ({ index }) => {
    const { truth, results } = parsedCase(index);
    const outcomes = outcomesOf(truth, results);
    const all = outcomes.classes.flatMap(({ scores, right }) =>
      scores.map((score, at) => ({ score, right: right[at] as number })),
    );
    const f1From = (threshold: number) => {
      const passing = all.filter(({ score }) => score >= threshold);
      const found = passing.filter(({ right }) => right === 1).length;
      return (2 * found) / (passing.length + objectCount(outcomes));
    };
    const point = operatingPoint(outcomes);
    const highest = Math.max(0, ...all.map(({ score }) => f1From(score)));
    if (!point) return expect(highest).toBe(0);
    expect(point.f1).toBeCloseTo(f1From(point.threshold), 12);
    expect(point.f1).toBeGreaterThanOrEqual(FLAT_TOP * highest - 1e-12);
    for (const { score } of all) {
      if (score < point.threshold) expect(f1From(score)).toBeLessThan(FLAT_TOP * highest);
    }
  });

  it('is none where nothing is right', () => {
    const nothing = { category_id: 1, name: 'cup', objects: [1], images: [0], scores: [0.5] };
    const [range] = COCO_AREA_RANGES as [(typeof COCO_AREA_RANGES)[number]];
    const outcomes = { range, images: [7], classes: [{ ...nothing, right: [0] }] };
    expect(operatingPoint(outcomes)).toBeUndefined();
  });
});
