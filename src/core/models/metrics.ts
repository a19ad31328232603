/**
 * Measured quality, as a manifest carries it in `training.metrics`: written by `loupe train detector`,
 * read by the model card and by the app's model picker. A manifest's training is free JSON, so whoever
 * reads it parses it with this schema and does without where it does not fit.
 */
import { z } from 'zod';

const scoreSchema = z.object({
  /** photos scored */
  images: z.number(),
  /** COCO AP at IoU 0.5 and averaged over 0.5 to 0.95, in 0..1; below 0 without objects */
  AP50: z.number(),
  AP: z.number(),
  /** the paper's metric: VOC AP (area) at IoU 0.5 */
  voc: z.number(),
  perClass: z.array(z.object({ name: z.string(), AP50: z.number(), AP: z.number() })),
  /** share of the objects found by the first so many proposals, at IoU 0.5 */
  recall: z
    .array(z.object({ proposals: z.number(), all: z.number(), small: z.number() }))
    .optional(),
  /** the score from which on detections are best shown (evaluation/operatingPoint.ts) */
  operatingPoint: z
    .object({
      threshold: z.number(),
      precision: z.number(),
      recall: z.number(),
      f1: z.number(),
    })
    .optional(),
});
export type Score = z.infer<typeof scoreSchema>;

/** By split ("val", "test"), then by data set. */
export const metricsSchema = z.record(z.string(), z.record(z.string(), scoreSchema));
export type Metrics = z.infer<typeof metricsSchema>;
