/**
 * The shape of docs/results/results.json: every table and figure of the report as plain numbers,
 * written by `loupe report` and read by the app's Results page. Shares (AP, recall) are in 0..1 with
 * four decimals; null stands for what is undefined (a class without objects) or not known (a figure
 * of the paper that we could not read). What has not been trained yet is left out, and named in
 * `missing`.
 */
import { z } from 'zod';

/** In 0..1. */
const share = z.number().min(0).max(1).nullable();

/** A figure and its 95 % interval by bootstrap over images; of differences in -1..1. */
const intervalSchema = z.strictObject({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
});

/** "all", and the names of IMAGE_AREA_RANGES: "below 0.25 %", "0.25 to 1 %", "above 1 %". */
const bySizeSchema = z.record(z.string(), share);

/** Precision over recall of one class at IoU 0.5, in at most 102 points; recall never falls. */
const curveSchema = z.strictObject({
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

/** "system less baseline", paired over images; the mean over `sets`, each drawn for itself. */
const differenceSchema = intervalSchema.extend({
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

const experimentSchema = z.strictObject({
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
  work: z.array(workSchema),
  /** names of runs that are still to do: "paper.nyu_small.seed-3" */
  missing: z.array(z.string()),
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

const tideSchema = z.strictObject({
  ap: z.number(),
  /** in TIDE's order: classification, localisation, both, duplicate, background, missed */
  errors: z.array(z.strictObject({ type: z.string(), count: z.number().int(), dAP: z.number() })),
  falsePositives: z.number(),
  falseNegatives: z.number(),
});

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
const yardstickSchema = z.strictObject({
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
  kept: z.boolean(),
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
export type Cell = z.infer<typeof cellSchema>;
export type AtProposals = z.infer<typeof atProposalsSchema>;
export type ResultsDifference = z.infer<typeof differenceSchema>;
export type Curve = z.infer<typeof curveSchema>;
export type SizeCounts = z.infer<typeof sizeCountsSchema>;
export type Sizes = z.infer<typeof sizesSchema>;
export type DetectorResults = z.infer<typeof detectorSchema>;
export type Tried = z.infer<typeof triedSchema>;
export type ThroughputRow = z.infer<typeof throughputRowSchema>;
