/**
 * Chapter 11: outcomes are kept in few bytes, and AP and bootstraps of them stay what they were.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapInterval } from '../../src/core/evaluation/bootstrap.ts';
import { ap50PerClass, meanAp50, type Outcomes } from '../../src/core/evaluation/outcomes.ts';
import { seededRandom } from '../../training/detector/random.ts';
import {
  packedOutcomesSchema,
  packOutcomes,
  unpackOutcomes,
} from '../../training/experiment/packedOutcomes.ts';

const IMAGES = 5;
const RANGE = { name: 'all', min: 0, max: 1e10, unit: 'pixels' } as const;

/** Outcomes in which no more objects are found than there are. */
const outcomes = fc
  .array(
    fc.array(fc.record({ image: fc.nat(IMAGES - 1), right: fc.boolean() }), { maxLength: 30 }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map(
    (classes): Outcomes => ({
      range: RANGE,
      images: Array.from({ length: IMAGES }, (_, image) => image + 1),
      classes: classes.map((found, id) => ({
        category_id: id + 1,
        name: `class ${id}`,
        objects: Array.from({ length: IMAGES }, (_, image) => {
          return 1 + found.filter((one) => one.image === image && one.right).length;
        }),
        images: found.map(({ image }) => image),
        scores: found.map((_, rank) => 1 / (rank + 1)),
        right: found.map(({ right }) => Number(right)),
      })),
    }),
  );

test('Outcomes come back with the same AP, and the same interval, after packing', () => {
  fc.assert(
    fc.property(outcomes, (given) => {
      const packed = packedOutcomesSchema.parse(JSON.parse(JSON.stringify(packOutcomes(given))));
      const back = unpackOutcomes(packed);
      expect(meanAp50(back)).toBe(meanAp50(given));
      expect(ap50PerClass(back)).toEqual(ap50PerClass(given));
      const interval = (some: Outcomes) => bootstrapInterval([[some]], seededRandom(1), 20);
      expect(interval(back)).toEqual(interval(given));
      back.classes.forEach(({ scores }, k) => {
        scores.forEach((score, rank) => {
          const error = Math.abs(score - (given.classes[k]?.scores[rank] as number));
          expect(error).toBeLessThanOrEqual(0.000501);
        });
      });
    }),
  );
});
