/**
 * What the parts of results.json have in common: shares, intervals, differences, curves and types of
 * error.
 */
import { z } from 'zod';

/** In 0..1. */
export const share = z.number().min(0).max(1).nullable();

/** A figure and its 95 % interval by bootstrap over images; of differences in -1..1. */
export const intervalSchema = z.strictObject({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
});

/** "all", and the names of IMAGE_AREA_RANGES: "below 0.25 %", "0.25 to 1 %", "above 1 %". */
export const bySizeSchema = z.record(z.string(), share);

/** Precision over recall of one class at IoU 0.5, in at most 102 points; recall never falls. */
export const curveSchema = z.strictObject({
  class: z.string(),
  recall: z.array(z.number()),
  precision: z.array(z.number()),
  /**
   * The score from which detections count at each point. Not there where the curve is the mean over
   * seeds of COCO's curve, read at the recalls 0, 0.01 ...; beyond its last point precision is 0,
   * and its area is the class's AP50.
   */
  score: z.array(z.number()).optional(),
});

/** "system less baseline", paired over images; the mean over `sets`, each drawn for itself. */
export const differenceSchema = intervalSchema.extend({
  system: z.string(),
  baseline: z.string(),
  sets: z.array(
    z.strictObject({
      name: z.string(),
      images: z.number().int(),
      /** that both have */
      seeds: z.array(z.number().int()),
    }),
  ),
  /** share of resamples in which the system is no better */
  atOrBelowZero: z.number(),
  resamples: z.number().int(),
});

/** TIDE's types of error (src/core/evaluation/tide.ts). */
export const tideSchema = z.strictObject({
  ap: z.number(),
  /** in TIDE's order: classification, localisation, both, duplicate, background, missed */
  errors: z.array(z.strictObject({ type: z.string(), count: z.number().int(), dAP: z.number() })),
  falsePositives: z.number(),
  falseNegatives: z.number(),
});
