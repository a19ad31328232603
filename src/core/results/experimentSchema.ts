/**
 * The part of results.json that is of one experiment: its systems on each data set (the rows of
 * Table I, the lines of Figure 5), the differences between them, and what its runs were made of.
 */
import { z } from 'zod';
import {
  bySizeSchema,
  curveSchema,
  differenceSchema,
  intervalSchema,
  share,
  tideSchema,
} from './parts.ts';

const variantSchema = z.strictObject({
  name: z.string(),
  /** for people: "Faster R-CNN {128, 256, 512}", "conv4_3 (stride 8)" */
  title: z.string(),
  anchorSizes: z.array(z.number()),
  tap: z.string(),
  stride: z.number(),
});

/** A system at one number of proposals (Figure 5). */
const atProposalsSchema = z.strictObject({
  proposals: z.number().int(),
  /** COCO's mAP at IoU 0.5, and the paper's metric: VOC's mAP (area under the curve) */
  AP50: share,
  VOC: share,
  /** share of the objects that the proposals reach at IoU 0.5, whatever their class */
  recall: bySizeSchema,
});

/** What the paper tells of the same row; null where we do not know it. */
const paperRowSchema = z.strictObject({
  mAP: share,
  /** in the order of the set's classes */
  perClass: z.array(share),
  /** where it is from, or what is known */
  note: z.string(),
});

/** One variant on one data set: a row of Table I, a line of Figure 5. */
const cellSchema = z.strictObject({
  variant: z.string(),
  set: z.string(),
  /** done; what follows is the mean over them unless it says otherwise */
  seeds: z.array(z.number().int()).min(1),
  missing: z.array(z.number().int()),
  /** mAP50 at the experiment's `proposals`, with its interval */
  AP50: intervalSchema,
  /** the same where only objects under 1 % of their photo count, the paper's kind */
  smallAP50: intervalSchema.optional(),
  /** the classes' AP50 weighted by their objects, the paper's weighted average; of Table II alone */
  weightedAP50: intervalSchema.optional(),
  /** AP50 by the objects' share of the photo, "below 1 %" among them */
  bySize: bySizeSchema.optional(),
  errors: tideSchema.optional(),
  VOC: share,
  /** at the experiment's `proposals` */
  recall: bySizeSchema,
  /** `[classes]` */
  perClass: z.array(z.strictObject({ AP50: share, VOC: share })),
  /** `[numbers of proposals]` */
  atProposals: z.array(
    atProposalsSchema.extend({
      /** AP50, `[classes]` */
      perClass: z.array(share),
    }),
  ),
  /** the same figures of each seed, in the order of `seeds`: `[seeds][numbers of proposals]` */
  perSeed: z.array(z.array(atProposalsSchema)),
  curves: z.array(curveSchema),
  /** null where the paper has no such row */
  paper: paperRowSchema.nullable(),
});

/** What an experiment's runs on one set were made of. */
const workSchema = z.strictObject({
  set: z.string(),
  runs: z.number().int(),
  /** training and measuring together */
  hours: z.number(),
  engines: z.array(z.string()),
  /** of the code, twelve digits each; rising */
  commits: z.array(z.string()),
  /** SHA-256, the first twelve digits */
  dataHash: z.string(),
});

export const experimentSchema = z.strictObject({
  /** "table-1", "placement" */
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** the reported split: "test" */
  split: z.string(),
  /** the number of proposals of the table */
  proposals: z.number().int(),
  iterations: z.number().int(),
  /** asked for */
  seeds: z.array(z.number().int()),
  variants: z.array(variantSchema),
  sets: z.array(z.string()),
  /** by set, then by variant; none where no seed is done */
  cells: z.array(cellSchema),
  differences: z.array(differenceSchema),
  /** the same of `smallAP50` */
  smallDifferences: z.array(differenceSchema).optional(),
  /** the same of `weightedAP50` */
  weightedDifferences: z.array(differenceSchema).optional(),
  /** of the recall that the experiment's `proposals` have, over all objects and over small ones */
  recallDifferences: z.array(differenceSchema).optional(),
  smallRecallDifferences: z.array(differenceSchema).optional(),
  work: z.array(workSchema),
  /** names of runs that are still to do: "paper.nyu_small.seed-3" */
  missing: z.array(z.string()),
});
