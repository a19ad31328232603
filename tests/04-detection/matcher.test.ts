/**
 * Chapter 4: the matcher's promises, for any boxes.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxAt, iou, packBoxes } from '../../src/core/boxes/box.ts';
import {
  BACKGROUND,
  IGNORED,
  matchBoxes,
  ROI_MATCHER,
  RPN_MATCHER,
} from '../../src/core/detection/matcher.ts';

/** Small whole numbers, so that boxes overlap often and every IoU is exact. */
const box = fc
  .tuple(fc.nat(30), fc.nat(30), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
  .map(([x, y, width, height]) => [x, y, x + width, y + height] as const);
const boxes = fc.array(box, { minLength: 1, maxLength: 25 }).map(packBoxes);
const objects = fc.array(box, { minLength: 1, maxLength: 6 }).map(packBoxes);
const NOTHING = new Float32Array();
const EXACT = 1e-6;

function bestIou(candidates: Float32Array, index: number, truth: Float32Array): number {
  return Math.max(...overlaps(candidates, index, truth));
}

function overlaps(candidates: Float32Array, index: number, truth: Float32Array): number[] {
  const own = boxAt(candidates, index);
  return Array.from({ length: truth.length / 4 }, (_, j) => iou(own, boxAt(truth, j)));
}

describe('The matcher', () => {
  test('gives each box the object it overlaps most from the high threshold on, background below the low one, and leaves out the rest', () => {
    fc.assert(
      fc.property(boxes, objects, (candidates, truth) => {
        const options = { high: 0.7, low: 0.3, allowLowQualityMatches: false };
        matchBoxes(candidates, truth, NOTHING, options).forEach((match, index) => {
          const best = bestIou(candidates, index, truth);
          if (Math.abs(best - 0.7) < EXACT || Math.abs(best - 0.3) < EXACT) return;
          if (best > 0.7) {
            expect(overlaps(candidates, index, truth)[match]).toBeCloseTo(best, 5);
          } else expect(match).toBe(best < 0.3 ? BACKGROUND : IGNORED);
        });
      }),
    );
  });

  test('leaves no box out for RoIs: their thresholds are one', () => {
    fc.assert(
      fc.property(boxes, objects, (candidates, truth) => {
        expect([...matchBoxes(candidates, truth, NOTHING, ROI_MATCHER)]).not.toContain(IGNORED);
      }),
    );
  });

  test('gives every object that overlaps any anchor the anchors that overlap it most', () => {
    fc.assert(
      fc.property(boxes, objects, (candidates, truth) => {
        const matches = matchBoxes(candidates, truth, NOTHING, RPN_MATCHER);
        for (let j = 0; j < truth.length / 4; j++) {
          const column = Array.from(matches, (_, i) => overlaps(candidates, i, truth)[j] as number);
          const best = Math.max(...column);
          if (best === 0) continue;
          column.forEach((value, i) => {
            // Such an anchor is positive, for the object that it in turn overlaps most.
            if (value > best - EXACT / 10) {
              const match = matches[i] as number;
              expect(match).toBeGreaterThanOrEqual(0);
              expect(overlaps(candidates, i, truth)[match]).toBeCloseTo(
                bestIou(candidates, i, truth),
                5,
              );
            }
          });
        }
      }),
    );
  });

  test('changes nothing but makes positives by the low-quality matches', () => {
    fc.assert(
      fc.property(boxes, objects, (candidates, truth) => {
        const strict = { ...RPN_MATCHER, allowLowQualityMatches: false };
        const before = matchBoxes(candidates, truth, NOTHING, strict);
        const after = matchBoxes(candidates, truth, NOTHING, RPN_MATCHER);
        after.forEach((match, index) => {
          if (match < 0 || (before[index] as number) >= 0) expect(match).toBe(before[index]);
        });
      }),
    );
  });

  test('never matches a box that overlaps no object', () => {
    fc.assert(
      fc.property(boxes, objects, (candidates, truth) => {
        matchBoxes(candidates, truth, NOTHING, RPN_MATCHER).forEach((match, index) => {
          if (bestIou(candidates, index, truth) === 0) expect(match).toBe(BACKGROUND);
        });
      }),
    );
  });

  test('takes background, and only background, out of ignored regions', () => {
    fc.assert(
      fc.property(boxes, objects, objects, (candidates, truth, regions) => {
        const before = matchBoxes(candidates, truth, NOTHING, RPN_MATCHER);
        const after = matchBoxes(candidates, truth, regions, RPN_MATCHER);
        after.forEach((match, index) => {
          const [x1, y1, x2, y2] = boxAt(candidates, index);
          const covered = Array.from({ length: regions.length / 4 }, (_, r) => {
            const [rx1, ry1, rx2, ry2] = boxAt(regions, r);
            const width = Math.max(0, Math.min(x2, rx2) - Math.max(x1, rx1));
            const height = Math.max(0, Math.min(y2, ry2) - Math.max(y1, ry1));
            return (width * height) / ((x2 - x1) * (y2 - y1));
          });
          const lost = before[index] === BACKGROUND && Math.max(...covered) > 0.5;
          expect(match).toBe(lost ? IGNORED : before[index]);
        });
      }),
    );
  });

  test('says background of everything where there is no object', () => {
    fc.assert(
      fc.property(boxes, (candidates) => {
        const matches = matchBoxes(candidates, NOTHING, NOTHING, RPN_MATCHER);
        expect(matches.length).toBe(candidates.length / 4);
        expect(new Set(matches)).toEqual(new Set([BACKGROUND]));
      }),
    );
  });

  test('knows no boxes, no matches', () => {
    expect(matchBoxes(NOTHING, packBoxes([[0, 0, 1, 1]]), NOTHING, RPN_MATCHER)).toHaveLength(0);
  });
});
