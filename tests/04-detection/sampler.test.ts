/**
 * Chapter 4: the sampler's promises, for any matches.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BACKGROUND, IGNORED } from '../../src/core/detection/matcher.ts';
import { sampleMatches } from '../../src/core/detection/sampler.ts';
import { seededRandom } from '../../training/detector/random.ts';

const matches = fc
  .array(fc.constantFrom(IGNORED, BACKGROUND, BACKGROUND, 0, 1, 7), { maxLength: 200 })
  .map((values) => Int32Array.from(values));
const options = fc.record({
  batchSize: fc.integer({ min: 1, max: 64 }),
  positiveFraction: fc.constantFrom(0, 0.25, 0.5, 1),
});
const seed = fc.nat(1000);

describe('The sampler', () => {
  test('takes positives from matched boxes, negatives from background, none twice', () => {
    fc.assert(
      fc.property(matches, options, seed, (all, sampler, start) => {
        const { positives, negatives } = sampleMatches(all, sampler, seededRandom(start));
        for (const index of positives) expect(all[index]).toBeGreaterThanOrEqual(0);
        for (const index of negatives) expect(all[index]).toBe(BACKGROUND);
        expect(new Set([...positives, ...negatives]).size).toBe(
          positives.length + negatives.length,
        );
      }),
    );
  });

  test('fills the batch as far as there are boxes, positives up to their share', () => {
    fc.assert(
      fc.property(matches, options, seed, (all, sampler, start) => {
        const { positives, negatives } = sampleMatches(all, sampler, seededRandom(start));
        const there = all.filter((match) => match >= 0).length;
        const background = all.filter((match) => match === BACKGROUND).length;
        const cap = Math.floor(sampler.batchSize * sampler.positiveFraction);
        expect(positives.length).toBe(Math.min(there, cap));
        expect(negatives.length).toBe(Math.min(background, sampler.batchSize - positives.length));
      }),
    );
  });

  test('draws the same from the same seed', () => {
    fc.assert(
      fc.property(matches, options, seed, (all, sampler, start) => {
        const draw = () => sampleMatches(all, sampler, seededRandom(start));
        expect(draw()).toEqual(draw());
      }),
    );
  });

  test('draws every box about equally often', () => {
    const all = new Int32Array(20).fill(BACKGROUND);
    const hits = new Float64Array(20);
    for (let start = 0; start < 2000; start++) {
      const sampler = { batchSize: 5, positiveFraction: 0.5 };
      for (const index of sampleMatches(all, sampler, seededRandom(1, start)).negatives) {
        hits[index] = (hits[index] as number) + 1;
      }
    }
    // 500 expected, with a deviation of 19.
    for (const count of hits) expect(Math.abs(count - 500)).toBeLessThan(100);
  });
});
