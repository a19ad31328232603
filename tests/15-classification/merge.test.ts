/**
 * Chapter 15: two scores become one by the rule of the model, whatever was classified again, and the
 * detections stay the detector's.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MERGE_RULES, mergeConfigSchema } from '../../src/core/classification/config.ts';
import {
  mergeDetections,
  mergeScore,
  proposalsToClassify,
} from '../../src/core/classification/merge.ts';
import type { Detection } from '../../src/core/detection/types.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const rule = (name: (typeof MERGE_RULES)[number], weight = 0.5) => ({ rule: name, weight });

const detection = (x: number, score: number, label: number, proposal: number): Detection => ({
  box: [x, 0, x + 10, 10],
  score,
  label,
  className: `class ${label}`,
  proposal,
});

describe('One score out of two', () => {
  test("is the detector's, the classifier's, or between the two", () => {
    fc.assert(
      fc.property(share, share, share, (detector, classifier, weight) => {
        expect(mergeScore(detector, classifier, rule('detector', weight))).toBe(detector);
        expect(mergeScore(detector, classifier, rule('classifier', weight))).toBe(classifier);
        for (const name of ['product', 'mean'] as const) {
          const merged = mergeScore(detector, classifier, rule(name, weight));
          expect(merged).toBeGreaterThanOrEqual(Math.min(detector, classifier) - 1e-12);
          expect(merged).toBeLessThanOrEqual(Math.max(detector, classifier) + 1e-12);
        }
      }),
    );
  });

  test('is the geometric or the arithmetic mean at equal shares', () => {
    expect(mergeScore(0.9, 0.4, rule('product'))).toBeCloseTo(0.6);
    expect(mergeScore(0.9, 0.4, rule('mean'))).toBeCloseTo(0.65);
  });

  test('needs a rule that exists and a share', () => {
    expect(mergeConfigSchema.safeParse(rule('product', 1.5)).success).toBe(false);
    expect(mergeConfigSchema.safeParse({ rule: 'sum' }).success).toBe(false);
    expect(mergeConfigSchema.parse({ rule: 'mean' })).toEqual(rule('mean'));
  });
});

describe('Proposals to classify again', () => {
  test('are those of the most certain detections, each once', () => {
    const detections = [
      detection(0, 0.2, 0, 7),
      detection(20, 0.9, 0, 3),
      detection(20, 0.5, 1, 3),
      detection(40, 0.6, 0, 1),
    ];
    expect(proposalsToClassify(detections, 10)).toEqual([3, 1, 7]);
    expect(proposalsToClassify(detections, 2)).toEqual([3, 1]);
    expect(proposalsToClassify([], 2)).toEqual([]);
  });
});

describe('Merged detections', () => {
  // Background, class 0, class 1.
  const scores = new Map([[3, Float32Array.of(0.1, 0.1, 0.8)]]);

  test('have new scores where their proposal was classified, and keep theirs elsewhere', () => {
    const detections = [detection(0, 0.6, 0, 3), detection(0, 0.3, 1, 3), detection(50, 0.5, 0, 4)];
    const merged = mergeDetections(detections, scores, rule('classifier'));
    expect(merged.map(({ label, score }) => [label, Number(score.toFixed(4))])).toEqual([
      [1, 0.8],
      [0, 0.5],
      [0, 0.1],
    ]);
    expect(merged.map(({ box }) => box[0])).toEqual([0, 50, 0]);
  });

  test('are as before without scores, and with the rule that changes nothing', () => {
    const detections = [detection(0, 0.6, 0, 3), detection(50, 0.5, 1, 3)];
    expect(mergeDetections(detections, new Map(), rule('product'))).toEqual(detections);
    expect(mergeDetections(detections, scores, rule('detector'))).toEqual(
      detections.map((one) => {
        const classifier = scores.get(one.proposal)?.[one.label + 1];
        return { ...one, secondLook: { detector: one.score, classifier } };
      }),
    );
  });

  test('that fall below the least score go, and of two on one object the better one stays', () => {
    const both = new Map([
      [3, Float32Array.of(0.9, 0.1, 0)],
      [4, Float32Array.of(0.1, 0.9, 0)],
    ]);
    const detections = [detection(0, 0.6, 0, 3), detection(1, 0.5, 0, 4), detection(90, 0.4, 1, 3)];
    const merged = mergeDetections(detections, both, rule('classifier'));
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({ proposal: 4, secondLook: { detector: 0.5 } });
  });
});
