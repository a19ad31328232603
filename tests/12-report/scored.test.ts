/**
 * The shipped detector's scores survive without photos and annotations: what is kept gives the
 * numbers of the evaluation, and a file says by its name what it is of.
 */
import { expect, it } from 'vitest';
import { cocoStats, evaluateCoco } from '../../src/core/evaluation/cocoEval.ts';
import { outcomesOf } from '../../src/core/evaluation/outcomes.ts';
import { IMAGE_AREA_RANGES } from '../../src/core/evaluation/params.ts';
import { tideErrors } from '../../src/core/evaluation/tide.ts';
import { evaluateVoc } from '../../src/core/evaluation/vocAp.ts';
import {
  detectorResults,
  namesOf,
  type Scored,
  scoredOf,
  scoredSchema,
} from '../../training/report/scored.ts';
import { parsedCase } from '../05-evaluation/fixtures.ts';

const { truth, results } = parsedCase(0, 'distinct scores');
const evaluation = evaluateCoco(truth, results);
const voc = evaluateVoc(truth, results);

function kept(name: string, some = results): Scored {
  const report = {
    stats: cocoStats(evaluation),
    perCategory: [],
    voc,
    bySize: IMAGE_AREA_RANGES.map(({ name, unit }) => {
      return { name, unit, objects: 3, AP50: 0.5, recall: -1 };
    }),
    errors: tideErrors(truth, results),
  };
  const scored = scoredOf(name, truth, outcomesOf(truth, some), report);
  return scoredSchema.parse(JSON.parse(JSON.stringify(scored)));
}

it('What is kept gives the AP of the evaluation, for every class too', () => {
  const { rows, differences } = detectorResults([kept('m.set.test.fine.json')], 50);
  const [row] = rows as [(typeof rows)[number]];
  expect(row).toMatchObject({ model: 'm', set: 'set', split: 'test', look: 'Fine' });
  expect(row.AP50.estimate).toBeCloseTo(cocoStats(evaluation)[1] as number, 4);
  expect(row.AP50.low).toBeLessThan(row.AP50.high);
  expect(row.VOC).toBeCloseTo(voc.mAP50, 4);
  expect(row.photos).toBe(truth.images.length);
  expect(row.bySize[0]?.recall).toBeNull();
  expect(row.perClass.map(({ VOC }) => VOC ?? -1)).toEqual(
    voc.perCategory.map(({ AP50 }) => expect.closeTo(AP50, 4)),
  );
  for (const { recall, precision, score } of row.curves) {
    expect(recall.length).toBeLessThanOrEqual(103);
    expect([precision.length, score?.length]).toEqual([recall.length, recall.length]);
  }
  expect(differences).toEqual([]);
});

it('The closer look is compared with the quick one on the same draws', () => {
  const fewer = results.filter((_, index) => index % 3 !== 0);
  const all = [kept('m.set.test.fast.json', fewer), kept('m.set.test.fine.json')];
  const { differences, rows } = detectorResults(all, 50);
  expect(differences).toHaveLength(1);
  const [fast, fine] = rows as [(typeof rows)[number], (typeof rows)[number]];
  expect(differences[0]).toMatchObject({ system: 'Fine', baseline: 'Fast' });
  expect(differences[0]?.estimate).toBeCloseTo(fine.AP50.estimate - fast.AP50.estimate, 3);
  // Of other sets there is nothing to compare.
  expect(
    detectorResults([kept('m.a.test.fast.json'), kept('m.b.test.fine.json')], 5).differences,
  ).toEqual([]);
});

it('A file says by its name what it is of, or is refused in a sentence', () => {
  const names = namesOf('some/folder/household.sod_coco10.test.fine.json');
  expect(names).toEqual({ model: 'household', set: 'sod_coco10', split: 'test', look: 'fine' });
  for (const name of [
    'scores.json',
    'a.b.c.json',
    'a.b.c.d.txt',
    'a.b.c.d.e.json',
    '.b.c.d.json',
  ]) {
    expect(() => namesOf(name)).toThrow(/must be called model\.set\.split\.look\.json, such as/);
  }
});
