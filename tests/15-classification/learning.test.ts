/**
 * Chapter 15: what the heads learn from: rows of a batch, samples of a photo, and the config that says so.
 */
import { describe, expect, test } from 'vitest';
import {
  classifierTrainingSchema,
  readClassifierTraining,
} from '../../training/classifier/config.ts';
import { RowOrder } from '../../training/classifier/rows.ts';
import { samplesOf } from '../../training/classifier/samples.ts';
import { HEAD, madeUpRows, tinyTraining } from './madeUpRows.ts';

describe('What is learned from', () => {
  test('is half background, and of every class something', () => {
    const order = new RowOrder(tinyTraining(), madeUpRows());
    const { targets } = madeUpRows();
    const drawn = Array.from({ length: 20 }, (_, step) => order.rows(step)).flat();
    const counts = [0, 1, 2, 3].map((k) => drawn.filter((row) => targets[row] === k).length);
    expect(counts[0]).toBe(160);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(20);
    expect(order.rows(7)).toEqual(order.rows(7));
    expect(order.rows(7)).not.toEqual(order.rows(8));
  });

  test('of a photo: its objects moved a little, proposals that reach them, and background', () => {
    const photo = {
      ...{ key: 'a/1', path: '', width: 100, height: 100 },
      boxes: Float32Array.of(10, 10, 30, 30),
      labels: Int32Array.of(2),
      ignored: Float32Array.of(60, 60, 100, 100),
      labelled: Float32Array.of(1, 1, 1, 1),
    };
    const proposal = (...box: [number, number, number, number]) => ({
      ...{ box, anchor: box, objectness: 0.5 },
    });
    const proposals = [
      proposal(12, 12, 32, 32),
      proposal(70, 70, 90, 90), // in a region where nobody knows
      proposal(50, 10, 60, 20),
      proposal(10, 50, 20, 60),
    ];
    const detections = [
      { box: proposals[3]?.box as never, score: 0.9, label: 0, className: '', proposal: 3 },
    ];
    const config = { proposals: 300, objects: 4, backgrounds: 1, jitter: 0.15, seed: 1 };
    const { boxes, targets } = samplesOf(photo, { proposals, detections }, config);
    expect(targets).toEqual([3, 3, 0]);
    const [moved, reached, background] = boxes;
    (moved ?? []).forEach((edge, k) => {
      expect(Math.abs(edge - (photo.boxes[k] as number))).toBeLessThan(
        0.15 * 20 + 0.15 * 10 + 0.01,
      );
    });
    expect(reached).toEqual([12, 12, 32, 32]);
    expect(background).toEqual([10, 50, 20, 60]);
    expect(samplesOf(photo, { proposals, detections }, config)).toEqual({ boxes, targets });
    expect(
      samplesOf({ ...photo, key: 'a/2' }, { proposals, detections }, config).boxes[0],
    ).not.toEqual(moved);
  });

  test('is what the config in the repository says, and a config that cannot be is refused', () => {
    expect(readClassifierTraining('training/configs/classifier.json').name).toBe('classifier');
    const issueOf = (changes: object) =>
      classifierTrainingSchema.safeParse({ ...tinyTraining(), ...changes }).error?.issues[0]
        ?.message;
    expect(issueOf({ redNet: undefined })).toMatch(/is needed for the kind super-resolution/);
    expect(issueOf({ head: { ...HEAD, bins: { conv4_3: 3, conv5_3: 1 } } })).toMatch(/equal bins/);
  });
});
