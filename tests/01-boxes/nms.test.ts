/**
 * Chapter 1: non-maximum suppression, against ONNX Runtime's and against its own definition.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boxAt, iou, packBoxes } from '../../src/core/boxes/box.ts';
import { argsortDescending, nms } from '../../src/core/boxes/nms.ts';
import { readFixture } from '../support/fixture.ts';
import { anyBox } from './anyBox.ts';

interface NmsCase {
  readonly iouThreshold: number;
  readonly boxes: number[];
  readonly scores: number[];
  readonly expected: number[];
}

const scored = fc.array(fc.tuple(anyBox, fc.integer({ min: 0, max: 20 })), { maxLength: 30 });

describe('NMS', () => {
  test("keeps the same boxes as ONNX Runtime's, in the same order", () => {
    for (const { boxes, scores, expected, iouThreshold } of readFixture<NmsCase[]>(
      'reference/nms.json',
    )) {
      const kept = nms(Float32Array.from(boxes), scores, { iouThreshold });
      expect(Array.from(kept)).toEqual(expected);
    }
  });

  test('leaves no two boxes that overlap more than the threshold, and no box without a reason', () => {
    fc.assert(
      fc.property(
        scored,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (list, iouThreshold) => {
          const boxes = packBoxes(list.map(([box]) => box));
          const scores = list.map(([, score]) => score);
          const kept = Array.from(nms(boxes, scores, { iouThreshold }));
          const overlap = (a: number, b: number) => iou(boxAt(boxes, a), boxAt(boxes, b));
          for (const a of kept) {
            for (const b of kept)
              if (a !== b) expect(overlap(a, b)).toBeLessThanOrEqual(iouThreshold + 1e-6);
          }
          for (let index = 0; index < list.length; index++) {
            if (kept.includes(index)) continue;
            const better = kept.filter((k) => (scores[k] as number) >= (scores[index] as number));
            expect(better.some((k) => overlap(k, index) > iouThreshold - 1e-6)).toBe(true);
          }
        },
      ),
    );
  });

  test('of groups is NMS within each group', () => {
    fc.assert(
      fc.property(scored, (list) => {
        const boxes = packBoxes(list.map(([box]) => box));
        const scores = list.map(([, score]) => score);
        const groups = list.map((_, index) => index % 3);
        const together = Array.from(nms(boxes, scores, { iouThreshold: 0.5, groups })).sort(
          (a, b) => a - b,
        );
        const apart = [0, 1, 2].flatMap((group) => {
          const members = groups.flatMap((g, index) => (g === group ? [index] : []));
          const some = packBoxes(members.map((index) => boxAt(boxes, index)));
          const kept = nms(
            some,
            members.map((index) => scores[index] as number),
            { iouThreshold: 0.5 },
          );
          return Array.from(kept, (k) => members[k] as number);
        });
        expect(together).toEqual(apart.sort((a, b) => a - b));
      }),
    );
  });

  test('stops at the limit with the best', () => {
    const boxes = packBoxes([
      [0, 0, 9, 9],
      [20, 0, 29, 9],
      [40, 0, 49, 9],
    ]);
    expect(Array.from(nms(boxes, [0.2, 0.9, 0.5], { iouThreshold: 0.5, limit: 2 }))).toEqual([
      1, 2,
    ]);
  });
});

describe('sorting by score', () => {
  test('keeps the order of equals, puts NaN last, and a limit takes the first', () => {
    const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(score, { maxLength: 40 }), fc.nat(50), (scores, limit) => {
        const key = (index: number) =>
          Number.isNaN(scores[index]) ? -Infinity : (scores[index] as number);
        const expected = scores.map((_, index) => index).sort((a, b) => key(b) - key(a) || a - b);
        expect(Array.from(argsortDescending(scores))).toEqual(expected);
        expect(Array.from(argsortDescending(scores, limit))).toEqual(expected.slice(0, limit));
      }),
    );
  });
});
