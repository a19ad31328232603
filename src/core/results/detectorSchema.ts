/**
 * The part of results.json that is of the shipped detector: how well it does, what it is compared
 * with, what was tried for it, and how fast training is.
 */
import { z } from 'zod';
import { curveSchema, intervalSchema, share, tideSchema } from './parts.ts';

/** The shipped detector on one set. */
export const detectorSchema = z.strictObject({
  model: z.string(),
  set: z.string(),
  split: z.string(),
  /** "Fast", "Fine" */
  look: z.string(),
  photos: z.number().int(),
  objects: z.number().int(),
  AP50: intervalSchema,
  /** averaged over IoU 0.5 to 0.95 */
  AP: share,
  VOC: share,
  perClass: z.array(
    z.strictObject({ class: z.string(), objects: z.number().int(), AP50: share, VOC: share }),
  ),
  bySize: z.array(
    z.strictObject({
      /** by share of the photo ("image"), then COCO's ranges ("pixels") */
      name: z.string(),
      unit: z.enum(['image', 'pixels']),
      objects: z.number().int(),
      AP50: share,
      recall: share,
    }),
  ),
  /** of proposals; none where they were not kept */
  recall: z.array(
    z.strictObject({
      proposals: z.number().int(),
      all: share,
      /** of objects under 1 % of the photo */
      small: share,
    }),
  ),
  errors: tideSchema,
  curves: z.array(curveSchema),
});

/** Detectors of others, and the paper's, on the data named. */
export const yardstickSchema = z.strictObject({
  name: z.string(),
  set: z.string(),
  AP50: z.number(),
  note: z.string(),
});

/** One row of "what was tried" for the detector. */
export const triedRowSchema = z.strictObject({
  change: z.string().min(1),
  /** mAP50, 0..1, on the file's set and split; low and high where an interval was computed */
  AP50: share,
  low: share,
  high: share,
  /** of 300 proposals: all objects, and those under 1 % of the photo */
  recall: share,
  recallSmall: share,
  /** what it adds to AP50 over the row or run named, paired over images */
  difference: intervalSchema.extend({ baseline: z.string() }).optional(),
  /** null while that is open */
  kept: z.boolean().nullable(),
  /** a sentence */
  note: z.string(),
});

export const triedSchema = z.strictObject({
  /** what the rows are of: "sod_coco10", "val", 92 */
  set: z.string(),
  split: z.string(),
  photos: z.number().int(),
  rows: z.array(triedRowSchema),
});

/** How near training comes to the engine's own convolution rate. */
export const throughputRowSchema = z.strictObject({
  what: z.string(),
  engine: z.string(),
  /** of one training step */
  stepGflop: z.number().positive(),
  stepSeconds: z.number().positive(),
  /** of a bare 3x3 convolution, forward and backward, in the same process */
  convolutionGflops: z.number().positive(),
  /** (stepGflop / stepSeconds) / convolutionGflops */
  share: z.number().positive(),
  note: z.string(),
});
