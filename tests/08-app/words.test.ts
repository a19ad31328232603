/** Figures and words: units, roundings, what screen readers hear, what is exported. */
import { expect, test } from 'vitest';
import { toCoco } from '../../src/app/export/coco.ts';
import { formatBytes, formatDuration, formatShare, formatSize } from '../../src/app/format.ts';
import { describeProgress, describeResult } from '../../src/app/store/announce.ts';
import { describeFast, describeFine, listClasses } from '../../src/app/words.ts';
import type { Progress } from '../../src/worker/protocol.ts';
import { madeUpSummary } from '../support/summary.ts';
import { detection } from './fakeWorker.ts';

test('figures carry their unit and no more digits than they are worth', () => {
  expect(formatSize([10.2, 20.4, 55.1, 58.2])).toBe('45 × 38 px');
  expect(formatShare([0, 0, 40, 40], 1000, 1000)).toBe('0.16 %');
  expect(formatShare([0, 0, 4, 4], 4000, 4000)).toBe('< 0.01 %');
  expect(formatShare([0, 0, 700, 600], 1000, 1000)).toBe('42 %');
  expect([85.4, 1240, 12_340].map(formatDuration)).toEqual(['85 ms', '1.24 s', '12.3 s']);
  expect([200, 227_474, 4_123_000].map(formatBytes)).toEqual(['1 kB', '227 kB', '4.1 MB']);
});

test('a result is told as a count by class, most frequent first', () => {
  const found = [detection('bowl', 0.9), detection('cup', 0.8), detection('cup', 0.7)];
  expect(describeResult(found, 0.3)).toBe('3 objects found: 2 cup, 1 bowl.');
  expect(describeResult([], 0.3)).toBe('Nothing found in this photo.');
});

test('progress is told at each new stage and each quarter, and not in between', () => {
  const at = (fraction: number, stage: Progress['stage'] = 'download'): Progress => ({
    stage,
    fraction,
    message: 'Downloading the model',
  });
  expect(describeProgress(at(0.1), at(0.2))).toBe('');
  expect(describeProgress(at(0.2), at(0.26))).toBe('Downloading the model, 26 %.');
  expect(describeProgress(at(0.6), at(0.61, 'detect'))).not.toBe('');
});

test('the COCO document is complete: image, classes, boxes as x, y, width, height, scores', () => {
  const photo = { name: 'desk.jpg', width: 1280, height: 853 };
  const model = madeUpSummary({
    classes: [
      { id: 47, name: 'cup', shown: true },
      { id: 90, name: 'door', shown: false },
    ],
  });
  const coco = toCoco(photo, [detection('cup', 0.876543, 20)], model);
  expect(coco.images).toEqual([{ id: 1, file_name: 'desk.jpg', width: 1280, height: 853 }]);
  expect(coco.categories).toEqual([{ id: 47, name: 'cup' }]);
  expect(coco.annotations).toEqual([
    {
      id: 1,
      image_id: 1,
      category_id: 47,
      bbox: [20, 20, 10, 10],
      area: 100,
      score: 0.87654,
      iscrowd: 0,
    },
  ]);
  const bare = toCoco(photo, [detection('cup', 0.5)], null);
  expect(bare.categories).toEqual([{ id: 1, name: 'cup' }]);
});

test('Fast and Fine say what they are and what they cost, from the numbers of the model', () => {
  const { looks } = madeUpSummary();
  expect(describeFast(looks)).toBe('The whole photo, at 640 px on its long side');
  expect(describeFine(looks)).toBe(
    'The whole photo, at 960 px, for smaller objects. Takes about 2.3 times as long',
  );
  const fine = { workingSize: 640, slices: true };
  expect(describeFine({ ...looks, fine, fineCost: 5 })).toBe(
    'The whole photo and enlarged parts of it, at 640 px each, for smaller objects. Takes about 5 times as long',
  );
  const twice = { workingSize: 960, alsoAt: 480, slices: false };
  expect(describeFine({ ...looks, fine: twice, fineCost: 2.8 })).toBe(
    'The whole photo, at 960 px and again at 480 px, for smaller objects. Takes about 2.8 times as long',
  );
  expect(describeFine(undefined)).toContain('takes longer');
});

test('the classes of a model are those it reports', () => {
  const summary = madeUpSummary();
  expect(listClasses(summary)).toBe('bottle, cup, bowl, cell phone, mouse, remote, spoon');
  expect(listClasses(summary, 2)).toBe('bottle, cup and 5 more');
});
