/**
 * The bootstrap answers what a slow one would, keeps the symmetries of a difference, and its
 * intervals hold the truth as often as they say.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapDifference,
  bootstrapDraws,
  bootstrapInterval,
  differenceOfDraws,
  intervalOf,
} from '../../src/core/evaluation/bootstrap.ts';
import { averagePrecision, evaluateCoco } from '../../src/core/evaluation/cocoEval.ts';
import { meanAp50, type Outcomes, outcomesOf } from '../../src/core/evaluation/outcomes.ts';
import { COCO_AREA_RANGES } from '../../src/core/evaluation/params.ts';
import { seededRandom } from '../../training/detector/random.ts';
import { copiesOf, parsedCase } from './fixtures.ts';

const { truth, results } = parsedCase(0, 'distinct scores');
const images = truth.images.length;
const whole = outcomesOf(truth, results);
/** The same detector without some of its detections. */
const without = (modulus: number) =>
  outcomesOf(
    truth,
    results.filter((_, index) => index % modulus !== 0),
  );
const other = without(3);
const seeds = [whole, without(5), without(7)];

describe('one resample', () => {
  it('is the evaluation of the images drawn, each as often as it was', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const drawn = bootstrapInterval([[whole]], seededRandom(seed), 1);
        const times = Array(images).fill(0);
        const random = seededRandom(seed);
        for (let i = 0; i < images; i++) times[Math.floor(random() * images)]++;
        const copied = copiesOf(truth, results, times);
        const naive = averagePrecision(evaluateCoco(copied.truth, copied.results), { iou: 0.5 });
        expect(drawn.low).toBeCloseTo(naive, 12);
        expect(drawn.high).toBe(drawn.low);
        expect(drawn.estimate).toBe(meanAp50(whole));
      }),
      { numRuns: 10 },
    );
  });

  it('averages the seeds of a system, and the data sets', () => {
    const alone = seeds.map((one) => bootstrapInterval([[one]], seededRandom(1), 1).low);
    const mean = alone.reduce((sum, value) => sum + value, 0) / alone.length;
    expect(bootstrapInterval([seeds], seededRandom(1), 1).low).toBeCloseTo(mean, 12);

    const random = seededRandom(2);
    const [first, second] = [whole, other].map((one) => bootstrapInterval([[one]], random, 1).low);
    const both = bootstrapInterval([[whole], [other]], seededRandom(2), 1);
    expect(both.low).toBeCloseTo(((first as number) + (second as number)) / 2, 12);
  });
});

describe('a difference', () => {
  const differ = (system: readonly Outcomes[], baseline: readonly Outcomes[], seed = 5) =>
    bootstrapDifference([{ system, baseline }], seededRandom(seed), 500);

  it('of a system from itself is exactly 0', () => {
    const nothing = { estimate: 0, low: 0, high: 0, atOrBelowZero: 1 };
    expect(differ(seeds, seeds)).toEqual(nothing);
  });

  it('changes its sign when the systems are swapped', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const there = differ(seeds, [other], seed);
        const back = differ([other], seeds, seed);
        expect(back.estimate).toBe(-there.estimate);
        expect(back.low).toBeCloseTo(-there.high, 12);
        expect(back.high).toBeCloseTo(-there.low, 12);
        expect(back.atOrBelowZero + there.atOrBelowZero).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 5 },
    );
  });

  it('of draws made one by one is that of draws made together', () => {
    const drawn = (some: readonly Outcomes[]) => bootstrapDraws(some, seededRandom(5), 500);
    const pair = { system: drawn(seeds), baseline: drawn([other]) };
    expect(differenceOfDraws([pair])).toEqual(differ(seeds, [other]));
    expect(intervalOf(drawn(seeds))).toEqual(bootstrapInterval([seeds], seededRandom(5), 500));
    // A set counted twice is the set.
    expect(differenceOfDraws([pair, pair])).toEqual(differenceOfDraws([pair]));
  });

  it('is the same for the same seed, and its interval holds the estimate', () => {
    const first = differ([whole], [other]);
    expect(differ([whole], [other])).toEqual(first);
    expect(first.low).toBeLessThan(first.estimate);
    expect(first.high).toBeGreaterThan(first.estimate);
  });
});

/**
 * One object an image, found by the baseline with probability 0.5 and by the system wherever the
 * baseline finds it and in 0.2 of the rest, nothing wrong: AP is the share found.
 */
describe('coverage', () => {
  function simulated(found: readonly boolean[]): Outcomes {
    const right = found.flatMap((is, image) => (is ? [image] : []));
    return {
      range: COCO_AREA_RANGES[0] as (typeof COCO_AREA_RANGES)[number],
      images: found.map((_, image) => image),
      classes: [
        {
          category_id: 1,
          name: 'cup',
          objects: found.map(() => 1),
          images: right,
          scores: right.map(() => 1),
          right: right.map(() => 1),
        },
      ],
    };
  }

  it('95 % intervals hold the true difference in about 95 of 100 test sets', () => {
    const random = seededRandom(11);
    const [trials, count] = [200, 100];
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const baseline = Array.from({ length: count }, () => random() < 0.5);
      const system = baseline.map((found) => found || random() < 0.2);
      const { low, high } = bootstrapDifference(
        [{ system: [simulated(system)], baseline: [simulated(baseline)] }],
        random,
        400,
      );
      held += Number(low <= 0.1 && 0.1 <= high);
    }
    expect(held / trials).toBeGreaterThan(0.9);
    expect(held / trials).toBeLessThan(0.99);
  });
});

describe('refuses in words', () => {
  it('systems of other images, no runs, no sets, and nothing to find', () => {
    const elsewhere = parsedCase(1);
    const baseline = [outcomesOf(elsewhere.truth, elsewhere.results)];
    const random = seededRandom(1);
    expect(() => bootstrapDifference([{ system: [whole], baseline }], random)).toThrow(
      /same images and objects; these differ/,
    );
    expect(() => bootstrapDifference([{ system: [whole], baseline: [] }], random)).toThrow(
      /at least one run/,
    );
    expect(() => bootstrapInterval([], random)).toThrow(/at least one data set/);
    const empty = outcomesOf({ ...truth, annotations: [] }, results);
    expect(() => bootstrapInterval([[empty]], random)).toThrow(/the data set has none/);
  });
});
