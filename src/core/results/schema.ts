/**
 * The shape of docs/results/results.json: every table and figure of the report as plain numbers,
 * written by `loupe report` and read by the app's Results page. Shares (AP, recall) are in 0..1 with
 * four decimals; null stands for what is undefined (a class without objects) or not known (a figure
 * of the paper that we could not read). What has not been trained yet is left out, and named in
 * `missing`.
 */
import { z } from 'zod';
import {
  detectorSchema,
  throughputRowSchema,
  triedSchema,
  yardstickSchema,
} from './detectorSchema.ts';
import { experimentSchema } from './experimentSchema.ts';
import { differenceSchema } from './parts.ts';

/** A data set as the experiments use it. */
const setSchema = z.strictObject({
  name: z.string(),
  /** for people */
  title: z.string(),
  /** how it differs from the paper's data, a sentence or two */
  note: z.string(),
  /** trained on and scored; per-class figures of experiments are in this order */
  classes: z.array(z.string()),
  /** of the reported split, where a run has told */
  photos: z.number().int().nullable(),
  objects: z.number().int().nullable(),
});

/** How large the objects are: training/experiments/sizes.json. */
export const sizeCountsSchema = z.strictObject({
  /** sizes are in pixels of the photo whose long side has so many */
  workingSize: z.number(),
  /** `[bins + 1]`: sides, the root of a box's area; in equal steps of their logarithm */
  edges: z.array(z.number()),
  sets: z.array(
    z.strictObject({
      name: z.string(),
      /** by split, `[bins]` objects; those outside of the edges are in the first and last */
      counts: z.record(z.string(), z.array(z.number().int())),
    }),
  ),
});

/** Figure 4: the sizes, and which of them the anchors reach. */
const sizesSchema = sizeCountsSchema.extend({
  anchors: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      sizes: z.array(z.number()),
      stride: z.number(),
      /** sides from and to which a square object in the best position has an anchor at IoU 0.5 */
      reach: z.array(z.tuple([z.number(), z.number()])),
      /** `[bins]`: the share of positions at which a square of the bin's middle size has one */
      positions: z.array(z.number()),
    }),
  ),
});

export const resultsSchema = z.strictObject({
  format: z.literal(1),
  paper: z.strictObject({
    citation: z.string(),
    /** the best mAP it reports, on its own data */
    bestMap: z.number(),
    /** which of its figures we know, and why no more */
    note: z.string(),
  }),
  sets: z.array(setSchema),
  experiments: z.array(experimentSchema),
  /** null until the sizes have been counted */
  sizes: sizesSchema.nullable(),
  /** by set, then by look; empty until the shipped detector has been scored */
  detector: z.array(detectorSchema),
  /** between looks of the shipped detector */
  detectorDifferences: z.array(differenceSchema),
  yardsticks: z.array(yardstickSchema),
  tried: triedSchema.nullable(),
  throughput: z.array(throughputRowSchema),
});

export type Results = z.infer<typeof resultsSchema>;
export type ResultsSet = z.infer<typeof setSchema>;
export type ExperimentResults = z.infer<typeof experimentSchema>;
export type Cell = ExperimentResults['cells'][number];
export type AtProposals = Cell['perSeed'][number][number];
export type ResultsDifference = z.infer<typeof differenceSchema>;
export type Curve = DetectorResults['curves'][number];
export type SizeCounts = z.infer<typeof sizeCountsSchema>;
export type Sizes = z.infer<typeof sizesSchema>;
export type DetectorResults = z.infer<typeof detectorSchema>;
export type Tried = z.infer<typeof triedSchema>;
export type ThroughputRow = z.infer<typeof throughputRowSchema>;
