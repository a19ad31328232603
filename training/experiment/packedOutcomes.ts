/**
 * Outcomes (src/core/evaluation/outcomes.ts) in a third of their bytes, for files that are kept by
 * the hundred: right detections by their ranks, scores in thousandths, and no wrong detections
 * behind the last right one of a class. None of it changes an AP or a bootstrap of it.
 */
import { z } from 'zod';
import type { Outcomes } from '../../src/core/evaluation/outcomes.ts';

export const packedOutcomesSchema = z.strictObject({
  range: z.strictObject({
    name: z.string(),
    min: z.number(),
    max: z.number(),
    unit: z.enum(['pixels', 'image']),
  }),
  images: z.array(z.union([z.number(), z.string()])),
  classes: z.array(
    z.strictObject({
      category_id: z.number(),
      name: z.string(),
      /** `[images]` */
      objects: z.array(z.number().int()),
      /** `[detections]`: places in `images` */
      images: z.array(z.number().int()),
      /** `[detections]`: thousandths */
      scores: z.array(z.number().int()),
      /** ranks of the right ones, rising */
      right: z.array(z.number().int()),
    }),
  ),
});

export type PackedOutcomes = z.infer<typeof packedOutcomesSchema>;

export function packOutcomes({ range, images, classes }: Outcomes): PackedOutcomes {
  return {
    range: { ...range },
    images: [...images],
    classes: classes.map((one) => {
      const right = one.right.flatMap((isRight, rank) => (isRight ? [rank] : []));
      const length = (right.at(-1) ?? -1) + 1;
      return {
        category_id: one.category_id,
        name: one.name,
        objects: [...one.objects],
        images: one.images.slice(0, length),
        scores: one.scores.slice(0, length).map((score) => Math.round(1000 * score)),
        right,
      };
    }),
  };
}

export function unpackOutcomes({ range, images, classes }: PackedOutcomes): Outcomes {
  return {
    range,
    images,
    classes: classes.map((one) => {
      const ranks = new Set(one.right);
      return {
        ...one,
        scores: one.scores.map((score) => score / 1000),
        right: one.images.map((_, rank) => Number(ranks.has(rank))),
      };
    }),
  };
}
