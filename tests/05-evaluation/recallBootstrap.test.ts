/**
 * Chapter 5: the interval of a recall is that of all draws of the images, enumerated.
 */
import { expect, test } from 'vitest';
import { differenceOfDraws, intervalOf } from '../../src/core/evaluation/bootstrap.ts';
import { recallDraws } from '../../src/core/evaluation/recallBootstrap.ts';
import { seededRandom } from '../../training/detector/random.ts';

const objects = [1, 2, 5];

test('the recall of the images as they are is the share reached, the mean over seeds', () => {
  const seeds = [
    { objects, reached: [1, 0, 3] },
    { objects, reached: [0, 2, 4] },
  ];
  expect(recallDraws(seeds, seededRandom(1), 10).estimate).toBeCloseTo(5 / 8, 12);
});

test('draws have the recalls that the 27 draws of three images have, as often', () => {
  const reached = [1, 0, 3];
  const { values } = recallDraws([{ objects, reached }], seededRandom(2), 60_000);
  const every = [0, 1, 2].flatMap((a) =>
    [0, 1, 2].flatMap((b) =>
      [0, 1, 2].map((c) => {
        const sum = (list: number[]) => [a, b, c].reduce((total, i) => total + (list[i] ?? 0), 0);
        return sum(reached) / sum(objects);
      }),
    ),
  );
  const mean = (list: ArrayLike<number>) =>
    Array.from(list).reduce((a, b) => a + b, 0) / list.length;
  expect(mean(values)).toBeCloseTo(mean(every), 2);
  const round = (value: number) => value.toFixed(9);
  expect(new Set(Array.from(values, round))).toEqual(new Set(every.map(round)));
});

test('systems on the same random numbers are paired: with itself none differs', () => {
  const seeds = [{ objects, reached: [1, 1, 2] }];
  const [system, baseline] = [1, 1].map(() => recallDraws(seeds, seededRandom(3), 500));
  const pair = { system, baseline } as Parameters<typeof differenceOfDraws>[0][number];
  expect(differenceOfDraws([pair])).toMatchObject({ estimate: 0, low: 0, high: 0 });
  expect(intervalOf(pair.system).low).toBeLessThan(intervalOf(pair.system).high);
});

test('nothing to reach, no run, and runs on other images are refused', () => {
  const random = seededRandom(1);
  expect(() => recallDraws([], random, 10)).toThrow(/at least one run/);
  expect(() => recallDraws([{ objects: [0, 0], reached: [0, 0] }], random, 10)).toThrow(
    /objects to reach/,
  );
  const others = [
    { objects, reached: [0, 0, 0] },
    { objects: [1, 2, 4], reached: [0, 0, 0] },
  ];
  expect(() => recallDraws(others, random, 10)).toThrow(/these differ/);
});
