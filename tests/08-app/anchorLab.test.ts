/**
 * The Anchors page without the page: any address is some tuning and a tuning is found again from its
 * address, and of many questions to the worker only the newest is put.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../src/app/lab/EverywhereWords.tsx';
import { exportText } from '../../src/app/lab/ExportSection.tsx';
import { commandOf } from '../../src/app/lab/SameByCommand.tsx';
import { missingWords } from '../../src/app/lab/Toolbar.tsx';
import {
  groundOf,
  HEADS,
  INITIAL,
  keyedSize,
  LARGEST,
  MOST_SIZES,
  PHOTO_SIZES,
  readTuning,
  refusedWords,
  SMALLEST,
  STRIDES,
  type Tuning,
  withoutSize,
  withSize,
  withSizeAt,
  writeTuning,
} from '../../src/app/lab/tuning.ts';
import { addressOf, readAddress } from '../../src/app/store/pages.ts';
import { anchorFileSchema } from '../../src/core/anchors/export.ts';
import { setFromStatistics, sizeStatisticsOf } from '../../src/core/anchors/sizeStatistics.ts';
import { measureOn, prepare } from '../../src/worker/anchorLab/ground.ts';
import { Latest } from '../../src/worker/anchorLab/latest.ts';
import { anySet, setOf } from '../02-anchors/anySet.ts';

const hundredths = (min: number, max: number) =>
  fc.integer({ min: 100 * min, max: 100 * max }).map((value) => value / 100);

const anyTuning: fc.Arbitrary<Tuning> = fc.record({
  sizes: fc.array(hundredths(SMALLEST, LARGEST), { minLength: 1, maxLength: MOST_SIZES }),
  ratios: fc.uniqueArray(hundredths(0.2, 5), { minLength: 1, maxLength: 5 }),
  stride: fc.constantFrom(...STRIDES),
  threshold: hundredths(0.1, 0.9),
  data: fc.constantFrom('sod_coco10', 'doordetect', 'own'),
  photos: fc.constantFrom(...PHOTO_SIZES),
  head: fc.constantFrom(...HEADS),
});

describe('a tuning', () => {
  it('is found again from its address', () => {
    fc.assert(
      fc.property(anyTuning, (tuning) => {
        const { page, picks } = readAddress(addressOf('anchors', writeTuning(tuning)));
        expect(page).toBe('anchors');
        expect(readTuning(picks)).toEqual(tuning);
      }),
    );
  });

  it('is one that can be shown, whatever the address says', () => {
    const key = fc.constantFrom('sizes', 'ratios', 'stride', 'iou', 'data', 'photos', 'head');
    const text = fc.oneof(fc.string(), fc.array(fc.double()).map(String));
    fc.assert(
      fc.property(fc.dictionary(key, text), (raw) => {
        const tuning = readTuning(raw);
        expect(tuning.sizes.length).toBeGreaterThan(0);
        expect(tuning.sizes.length).toBeLessThanOrEqual(MOST_SIZES);
        for (const size of tuning.sizes) expect(size >= SMALLEST && size <= LARGEST).toBe(true);
        for (const ratio of tuning.ratios) expect(ratio >= 0.1 && ratio <= 10).toBe(true);
        expect(tuning.threshold >= 0.1 && tuning.threshold <= 0.9).toBe(true);
        expect(readTuning(writeTuning(tuning))).toEqual(tuning);
      }),
    );
    expect(readTuning({})).toEqual(INITIAL);
  });

  it('keeps at least one size and at most as many as have room, all within their range', () => {
    const step = fc.oneof(
      fc.nat(20).map((at) => (one: Tuning) => withoutSize(one, at % one.sizes.length)),
      fc.constant((one: Tuning) => withSize(one)),
      fc.tuple(fc.nat(20), fc.double({ min: -10, max: 1e5, noNaN: true })).map(
        ([at, size]) =>
          (one: Tuning) =>
            withSizeAt(one, at % one.sizes.length, size),
      ),
    );
    fc.assert(
      fc.property(anyTuning, fc.array(step), (start, steps) => {
        const { sizes } = steps.reduce((one, go) => go(one), start);
        expect(sizes.length >= 1 && sizes.length <= MOST_SIZES).toBe(true);
        for (const size of sizes) expect(size >= SMALLEST && size <= LARGEST).toBe(true);
      }),
    );
  });

  it('moves by every arrow, at every size', () => {
    fc.assert(
      fc.property(hundredths(5, 1000), (size) => {
        expect(keyedSize(size, 'ArrowUp')).toBeGreaterThan(size);
        expect(keyedSize(size, 'ArrowDown')).toBeLessThan(size);
        expect(keyedSize(size, 'x')).toBeUndefined();
      }),
    );
  });

  it('of own data that are not here stands on the first data there are', () => {
    const tuning = { ...INITIAL, data: 'own', photos: 0 };
    expect(groundOf(tuning, ['a', 'b'])).toMatchObject({ data: 'a', photos: 640 });
    expect(groundOf(tuning, ['a', 'own'])).toMatchObject({ data: 'own', photos: 0 });
  });

  it('of data that are not here stands on those that the page begins with', () => {
    const known = ['nyu_small', INITIAL.data, 'own'];
    expect(groundOf({ ...INITIAL, data: 'elsewhere' }, known).data).toBe(INITIAL.data);
    expect(missingWords('elsewhere')).toContain('“elsewhere”, which this browser does not have');
    expect(missingWords('own')).toContain('data of its own');
  });

  it('tells which parts of a link it did not take, and is silent about its own links', () => {
    fc.assert(
      fc.property(anyTuning, (tuning) => {
        expect(refusedWords(writeTuning(tuning))).toBeNull();
      }),
    );
    expect(
      refusedWords({ stride: '16', sizes: '16.0, 25', data: 'elsewhere', more: 'x' }),
    ).toBeNull();
    expect(refusedWords({ ratios: '1,1,0.33333' })).toBeNull();
    expect(refusedWords({ sizes: '16,25,x', stride: '12', iou: '0.5' })).toContain(
      '(sizes, stride)',
    );
    expect(refusedWords({ sizes: '16,25,2000' })).toContain('(sizes)');
    expect(refusedWords({ iou: '2', head: 'none', photos: '1' })).toContain(
      '(IoU of a match, long side of the photos, trained head)',
    );
  });

  it('keeps sizes as they were fitted: a link rounds nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: SMALLEST, max: LARGEST, noNaN: true }), (size) => {
        const tuning = { ...INITIAL, sizes: [size] };
        const { picks } = readAddress(addressOf('anchors', writeTuning(tuning)));
        expect(readTuning(picks).sizes).toEqual([size]);
      }),
    );
  });
});

it('The range that is reached everywhere has two ends in words', () => {
  expect(wordsOf([])).toMatch(/reach no size of square/);
  expect(wordsOf([[41.2, 90.7]])).toBe(
    'These anchors reach squares at every position from 41 to 91 px.',
  );
  expect(
    wordsOf([
      [41, 64],
      [80, 127],
    ]),
  ).toContain('from 41 to 64 px and from 80 to 127 px.');
  expect(
    wordsOf([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]),
  ).toContain('from 1 to 8 px, with 3 gaps');
});

it('The line for the command line says all that the fits are of', () => {
  const tuning = { ...INITIAL, data: 'own', sizes: [10, 20], stride: 8, threshold: 0.6 };
  const line =
    'npm run loupe -- anchors my.json --method recall --stride 8 --threshold 0.6 --count 2';
  expect(commandOf(tuning, 'my.json')).toBe(`${line} --working-size 640`);
  // A shell takes nothing in a file's name for its own.
  const hostile = `a $(b) "c" d's.json`;
  expect(commandOf(tuning, hostile)).toContain(`anchors 'a $(b) "c" d'\\''s.json' --method`);
  expect(commandOf(tuning, '-x.json')).toContain("anchors './-x.json' --method");
  expect(commandOf({ ...tuning, photos: 0 }, 'my.json')).toBe(line);
  expect(commandOf({ ...tuning, ratios: [0.5, 2, 1] }, 'a b.zip')).toContain(" 'a b.zip' ");
  expect(commandOf(tuning, '3 files')).toContain(' annotations.zip ');
  expect(commandOf({ ...tuning, ratios: [1, 3] }, 'my.json')).toBe(
    `${line} --ratios 1,3 --working-size 640`,
  );
});

it('Of many questions the newest is answered, and no two are asked at once', async () => {
  let asking = 0;
  const asked: number[] = [];
  const latest = new Latest(async (question: number) => {
    expect(++asking).toBe(1);
    asked.push(question);
    await new Promise((resolve) => setTimeout(resolve, 1));
    asking--;
    if (question === 3) throw new Error('no');
    return 10 * question;
  });
  const first = latest.put(1);
  await Promise.resolve();
  expect(await Promise.all([first, latest.put(2), latest.put(4)])).toEqual([10, undefined, 40]);
  expect(asked).toEqual([1, 4]);
  await expect(latest.put(3)).rejects.toThrow('no');
  expect(await latest.put(5)).toBe(50);
});

it('Statistics keep every object and picture, and sizes within a bin of 9 %', () => {
  fc.assert(
    fc.property(anySet, (list) => {
      const set = setOf(list);
      const statistics = sizeStatisticsOf(set, 'set');
      const made = setFromStatistics(statistics);
      expect(made.count).toBe(set.count);
      expect(made.pictureSizes.toSorted()).toEqual(set.pictureSizes.toSorted());
      expect(sizeStatisticsOf(made, 'set').bins).toHaveLength(statistics.bins.length);
      expect(setFromStatistics(statistics)).toEqual(made);
    }),
  );
});

it('What is measured adds up, and what is exported is what the trainer takes', () => {
  fc.assert(
    fc.property(anySet, anyTuning, (list, tuning) => {
      const set = setOf(list);
      const { sizes, ratios } = tuning;
      const ground = groundOf(tuning, [tuning.data]);
      const measured = measureOn(prepare(set, ground), ground, { sizes, aspectRatios: ratios });
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      expect(sum(measured.counts)).toBe(set.count);
      expect(sum(measured.reached)).toBe(sum(measured.matched));
      expect(measured.row.bestPossibleRecall).toBeCloseTo(sum(measured.reached) / set.count, 12);
      for (const share of measured.positions) expect(share >= 0 && share <= 1 + 1e-12).toBe(true);
      const file = anchorFileSchema.parse(JSON.parse(exportText(measured, 'json')));
      expect(file).toMatchObject({ sizes, ratios, stride: tuning.stride, boxes: set.count });
    }),
    { numRuns: 40 },
  );
});
