/** Boxes that cannot be used as they are: each is counted by what is wrong with it, and costs no other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_SKIPPED, skippedText } from '../../src/core/annotations/boxSet.ts';
import { readBoxes } from '../../src/core/annotations/readBoxes.ts';
import { coco, json, one, type Picture, sentence, voc } from './made.ts';

describe('boxes that are no use', () => {
  it('are counted by what is wrong with them', () => {
    const set = coco([
      { ...one, boxes: [...one.boxes, [630, 10, 50, 20], [700, 0, 9, 9], [5, 5, 0, 9]] },
    ]);
    set.annotations.push(
      { image_id: 0, category_id: 1, bbox: [0, 0, 50, 50], iscrowd: 1 },
      { image_id: 99, category_id: 1, bbox: [0, 0, 50, 50] },
      // Rounding: half a pixel out.
      { image_id: 0, category_id: 1, bbox: [-0.5, 0, 50, 50] },
    );
    const { boxes } = readBoxes([json(set)]);
    expect(boxes.count).toBe(3);
    expect(boxes.skipped).toEqual({
      ...{ ...NOTHING_SKIPPED, clipped: 1, outside: 1, empty: 1, crowds: 1, unlisted: 1 },
    });
    expect(skippedText(boxes.skipped)).toBe(
      '1 crowd, 1 box outside of their picture, 1 box without an area and 1 box of pictures that are not listed left out; 1 box cut at the edge of its picture',
    );
    expect(skippedText({ ...NOTHING_SKIPPED, clipped: 2 })).toBe(
      '2 boxes cut at the edges of their pictures',
    );
    expect(skippedText(NOTHING_SKIPPED)).toBe('');
  });

  it('are cut at the edge of their picture where a part of them lies in it', () => {
    const around = fc.tuple(fc.integer({ min: -60, max: 160 }), fc.integer({ min: 1, max: 90 }));
    fc.assert(
      fc.property(around, around, ([x, wide], [y, high]) => {
        const inside: Picture = { width: 100, height: 100, boxes: [[1, 1, 9, 9]] };
        const set = coco([{ ...inside, boxes: [...inside.boxes, [x, y, wide, high]] }]);
        const { boxes } = readBoxes([json(set)]);
        const { clipped, outside } = boxes.skipped;
        const [left, top] = [Math.max(0, x), Math.max(0, y)];
        const [right, bottom] = [Math.min(100, x + wide), Math.min(100, y + high)];
        const out = Math.max(-x, -y, x + wide - 100, y + high - 100);
        if (right <= left || bottom <= top) {
          if (out > 1) expect([clipped, outside]).toEqual([0, 1]);
        } else if (out > 1) {
          expect([clipped, outside]).toEqual([1, 0]);
          expect([...boxes.boxes.subarray(4)]).toEqual([left, top, right, bottom]);
        } else {
          expect([clipped, outside]).toEqual([0, 0]);
          expect([...boxes.boxes.subarray(4)]).toEqual([x, y, x + wide, y + high]);
        }
      }),
    );
  });

  it('cost nobody the rest of a COCO file, whatever is wrong with them', () => {
    const set = coco([one]);
    const bad = [null, 7, {}, { image_id: 0 }, { image_id: 0, bbox: [1, 2, 'x', 4] }, [1]];
    set.annotations.push(...(bad as object[]), { id: 'a', image_id: 0, bbox: [1, 2, 8, 8] });
    const { boxes } = readBoxes([json(set)]);
    expect(boxes.count).toBe(2);
    expect(boxes.skipped).toEqual({ ...NOTHING_SKIPPED, broken: bad.length });
    expect(skippedText(boxes.skipped)).toBe('6 entries without a box left out');
  });

  it('of a picture of an impossible size are left out, and told', () => {
    const huge = { width: 1e9, height: 1e9, boxes: one.boxes };
    const { boxes } = readBoxes([json(coco([one, huge, one]))]);
    expect(boxes.count).toBe(2);
    expect([...boxes.pictureSizes]).toEqual([640, 480, 640, 480]);
    expect(skippedText(boxes.skipped)).toBe('1 box of pictures of an impossible size left out');
    expect(sentence(() => readBoxes([json(coco([huge]))]))).toBe(
      'train.json has no boxes to choose anchors for (1 box of pictures of an impossible size left out); choose annotations with objects in them.',
    );
    expect(sentence(() => readBoxes([{ name: 'a.xml', text: voc(huge) }]))).toContain(
      'impossible size',
    );
  });
});
