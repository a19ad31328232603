/**
 * A training run as data: `training/configs/*.json`. Everything that decides what a run computes
 * stands in this file, so that a config, a seed and a commit say how a model came to be.
 */
import { z } from 'zod';
import { detectorConfigSchema } from '../../src/core/detection/config.ts';
import { readJsonFile } from '../jsonFile.ts';

export const datasetSchema = z.strictObject({
  name: z.string().min(1),
  /** COCO JSON files, relative to the working folder */
  annotations: z.string().min(1),
  /** the folder of the photos */
  images: z.string().min(1),
  /** the classes that every photo of this set has labelled; others are unknown in it */
  labels: z.array(z.string()).min(1),
  /** how often each photo comes in one epoch */
  repeat: z.number().int().min(1).default(1),
  /** machine-made boxes of classes that the set does not label: COCO JSON whose boxes have a score */
  pseudo: z
    .strictObject({
      annotations: z.string().min(1),
      /** from this score on a box is an object; below, a region to ignore */
      certain: z.number().min(0).max(1),
    })
    .optional(),
});

export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'),
    learningRate: z.number().positive(),
    momentum: z.number().min(0).max(1).default(0.9),
    weightDecay: z.number().min(0).default(5e-4),
  }),
  z.strictObject({
    kind: z.literal('adamw'),
    learningRate: z.number().positive(),
    weightDecay: z.number().min(0).default(0.01),
  }),
]);

export const scheduleSchema = z.discriminatedUnion('kind', [
  /** the paper's: the rate is multiplied by gamma at each of these shares of the run */
  z.strictObject({
    kind: z.literal('steps'),
    at: z.array(z.number().min(0).max(1)).default([0.7]),
    gamma: z.number().positive().default(0.1),
    warmup: z.number().int().min(0).default(200),
  }),
  z.strictObject({ kind: z.literal('cosine'), warmup: z.number().int().min(0).default(200) }),
]);

/** Strict, like its parts: a misspelt key would otherwise train something else without a word. */
export const trainingConfigSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  description: z.string(),
  trunk: z.string(),
  classes: z.array(
    z.object({ id: z.number().int(), name: z.string().min(1), shown: z.boolean().default(true) }),
  ),
  data: z.array(datasetSchema).min(1),
  detector: detectorConfigSchema.strict(),
  rpnChannels: z.number().int().min(8).default(256),
  roiChannels: z.number().int().min(8).default(256),
  fcUnits: z.number().int().min(8).default(512),
  /** trains conv5 too; otherwise the whole trunk is frozen */
  trainConv5: z.boolean().default(false),
  /** conv5 holds what ImageNet taught it: it learns at this share of the rate */
  trunkRate: z.number().positive().default(0.3),
  /**
   * batch normalisation after block 5, with the statistics of the training data; it begins as the
   * identity and is folded into conv5_3 when the model is written
   */
  batchNorm: z.boolean().default(false),
  /** the RPN's loss: of 256 sampled anchors as in the paper, or of all anchors (focal loss) */
  rpnLoss: z.enum(['sampled', 'focal']).default('sampled'),
  /**
   * anchors answer for an object from this IoU on; Faster R-CNN's is 0.7, and the threshold that the
   * paper's equation 2 sizes anchors for is 0.5
   */
  rpnPositiveIou: z.number().min(0.3).max(1).optional(),
  /** what an object is, is known among all classes, also those that its set does not label */
  positivesOverAll: z.boolean().default(true),
  /** false: the RoI heads stay those of `startFrom`, and the RPN alone is trained (rpnStep.ts) */
  trainRoiHeads: z.boolean().optional(),
  /** a model folder: the run begins with its weights, as far as they fit */
  startFrom: z.string().optional(),
  /** multi-scale training: each turn of a photo is a view of its own, see views.ts */
  views: z
    .strictObject({
      /** the working size is multiplied by a factor between these */
      scales: z.tuple([z.number().positive(), z.number().positive()]),
      /** the most that is seen at once: pixels along the photo's long side, and across it */
      window: z.tuple([z.number().int().min(32), z.number().int().min(32)]),
      /** how many views there are in all, drawn by seed from the turns of an epoch: what the cache must hold */
      count: z.number().int().min(1).optional(),
    })
    .optional(),
  /** small objects of other photos of the set are pasted into every view, up to so many; see copyPaste.ts */
  copyPaste: z.strictObject({ objects: z.number().int().min(1) }).optional(),
  flips: z.boolean().default(true),
  roisPerPicture: z.number().int().min(8).default(128),
  /** which RoIs the heads learn from: drawn at random, or those that they are most wrong about (rois.ts) */
  roiSampling: z.enum(['random', 'hard']).optional(),
  iterations: z.number().int().min(1),
  seed: z.number().int().default(1),
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
});

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
export type DatasetConfig = z.infer<typeof datasetSchema>;

/**
 * Reads a config file.
 * @throws UserError that names the file and what is wrong in it
 */
export function readTrainingConfig(path: string): TrainingConfig {
  return readJsonFile(path, trainingConfigSchema, {
    what: 'config',
    example: 'training/configs/household.json',
  });
}
