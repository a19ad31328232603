/**
 * VOC AP on cases small enough to work out by hand, and on what holds for any.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGroundTruth, parseResults } from '../../src/core/evaluation/cocoJson.ts';
import { areaUnder, elevenPoint, evaluateVoc } from '../../src/core/evaluation/vocAp.ts';
import { cocoCases } from './fixtures.ts';

type Bbox = readonly [number, number, number, number];

/** A ground truth of 10 x 10 boxes of class 1 at these x, each in image 1 or as told. */
function objects(list: readonly { x: number; image?: number; difficult?: 1; iscrowd?: 1 }[]) {
  return parseGroundTruth({
    images: [{ id: 1 }, { id: 2 }],
    categories: [{ id: 1, name: 'cup' }],
    annotations: list.map(({ x, image = 1, ...flags }, index) => ({
      id: index + 1,
      image_id: image,
      category_id: 1,
      bbox: [x, 0, flags.iscrowd ? 100 : 10, 10],
      ...flags,
    })),
  });
}

function found(x: number, score: number, image = 1) {
  return { image_id: image, category_id: 1, bbox: [x, 0, 10, 10] as Bbox, score };
}

describe('worked out by hand', () => {
  it('right, wrong, right: the area counts the best precision at or beyond each recall', () => {
    // Precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
    const result = evaluateVoc(objects([{ x: 0 }, { x: 50 }]), [
      found(0, 0.9),
      found(200, 0.8),
      found(50, 0.7),
    ]);
    expect(result.mAP50).toBeCloseTo(0.5 * 1 + 0.5 * (2 / 3), 12);
    expect(result.mAP50_11point).toBeCloseTo((6 * 1 + 5 * (2 / 3)) / 11, 12);
  });

  it('the second detection of an object is a false positive, even where another is near', () => {
    // Both overlap the object at 0 most; the one at 4 could also have reached the object at 8.
    const result = evaluateVoc(objects([{ x: 0 }, { x: 8 }]), [found(0, 0.9), found(3, 0.8)]);
    expect(result.mAP50).toBeCloseTo(0.5, 12);
  });

  it('scores are ranked over all images', () => {
    const truth = objects([{ x: 0 }, { x: 0, image: 2 }]);
    const early = evaluateVoc(truth, [found(0, 0.5), found(90, 0.9, 2), found(0, 0.7, 2)]);
    // wrong, right, right: precision 0, 1/2, 2/3
    expect(early.mAP50).toBeCloseTo(2 / 3, 12);
  });

  it('an overlap of exactly one half is enough, and boxes are continuous', () => {
    const truth = objects([{ x: 0 }]);
    const half = { ...found(0, 1), bbox: [0, 0, 10, 20] as Bbox };
    expect(evaluateVoc(truth, [half]).mAP50).toBe(1);
    // The devkit, which counts pixels inclusively, would let this pass: 11 x 11 of 11 x 21.1.
    const less = { ...found(0, 1), bbox: [0, 0, 10, 20.1] as Bbox };
    expect(evaluateVoc(truth, [less]).mAP50).toBe(0);
  });

  it('finding a difficult object, or a part of a crowd, is neither right nor wrong', () => {
    const plain = evaluateVoc(objects([{ x: 0 }]), [found(0, 0.5)]);
    const difficult = objects([{ x: 0 }, { x: 50, difficult: 1 }]);
    expect(evaluateVoc(difficult, [found(0, 0.5), found(50, 0.9)])).toEqual(plain);
    const crowd = objects([{ x: 0 }, { x: 50, iscrowd: 1 }]);
    const inCrowd = [found(60, 0.9), found(80, 0.8)];
    expect(evaluateVoc(crowd, [found(0, 0.5), ...inCrowd])).toEqual(plain);
  });

  it('an object inside a crowd can still be found', () => {
    const truth = objects([{ x: 60 }, { x: 50, iscrowd: 1 }]);
    expect(evaluateVoc(truth, [found(60, 0.9)]).mAP50).toBe(1);
  });

  it('a class without objects is -1 and left out of the mean', () => {
    const truth = objects([{ x: 0 }]);
    const categories = [...truth.categories, { id: 7, name: 'clock' }];
    const result = evaluateVoc({ ...truth, categories }, [found(0, 1)]);
    expect(result.perCategory[1]).toEqual({ category_id: 7, AP50: -1, AP50_11point: -1 });
    expect(result.mAP50).toBe(1);
    expect(evaluateVoc(objects([]), []).mAP50).toBe(-1);
  });

  it('without detections it is 0', () => {
    expect(areaUnder({ recall: [], precision: [] })).toBe(0);
    expect(elevenPoint({ recall: [], precision: [] })).toBe(0);
  });
});

describe('invariants', () => {
  const cases = cocoCases();

  it('the area is within what a curve of 101 recalls can miss of COCO AP50, without crowds', () => {
    // COCO chooses another object where VOC counts a double, so allow for a few.
    for (const { ground_truth, detections, expected, style } of cases) {
      if (style === 'crowd' || style === 'overflow') continue;
      const truth = parseGroundTruth(ground_truth);
      if (truth.annotations.some(({ iscrowd }) => iscrowd)) continue;
      const voc = evaluateVoc(truth, parseResults(detections));
      expect(Math.abs(voc.mAP50 - (expected.stats[1] as number))).toBeLessThan(0.03);
    }
  });

  it('only the order of the scores counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: cases.length - 1 }), (index) => {
        const { ground_truth, detections } = cases[index] as (typeof cases)[number];
        const truth = parseGroundTruth(ground_truth);
        const results = parseResults(detections);
        const halved = results.map((result) => ({ ...result, score: result.score / 2 }));
        expect(evaluateVoc(truth, halved)).toEqual(evaluateVoc(truth, results));
      }),
      { numRuns: 15 },
    );
  });
});
