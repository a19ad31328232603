/**
 * A training run of the proposal classifier as data: `training/configs/classifier.json`. Everything
 * that decides what a run computes stands in this file.
 */
import { z } from 'zod';
import {
  binsFit,
  cropConfigSchema,
  HEAD_KINDS,
  headConfigSchema,
  mergeConfigSchema,
} from '../../src/core/classification/config.ts';
import { datasetSchema, optimizerSchema, scheduleSchema } from '../detector/config.ts';
import { readJsonFile } from '../jsonFile.ts';

/** Which crops of a photo are learned from. */
export const samplingSchema = z.strictObject({
  /** proposals of the detector to choose from, the best first */
  proposals: z.int().min(1).default(300),
  /** at most so many crops of objects: each object's box, moved a little, and a proposal that reaches it */
  objects: z.int().min(1),
  /** crops of proposals that reach no object: every other one of those the detector is most sure of */
  backgrounds: z.int().min(1),
  /** an object's box is moved and resized by up to this share of its sides */
  jitter: z.number().min(0).max(0.5).default(0.15),
  seed: z.int().default(1),
});

export type SamplingConfig = z.infer<typeof samplingSchema>;

/** Strict, like its parts: a misspelt key would otherwise train something else without a word. */
export const classifierTrainingSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/),
    description: z.string().min(1),
    /** the model folder of the detector whose trunk sees, whose proposals are classified and whose classes are told */
    detector: z.string().min(1),
    /** the model folder of RED-Net; needed for the kind super-resolution */
    redNet: z.string().min(1).optional(),
    /** the kinds of upscaling that get a head, all trained on the same crops */
    kinds: z.array(z.enum(HEAD_KINDS)).min(1),
    crop: cropConfigSchema,
    head: headConfigSchema,
    merge: mergeConfigSchema,
    data: z.array(datasetSchema).min(1),
    sampling: samplingSchema,
    /** so many of each set's photos, drawn by seed; all when left out */
    photosPerSet: z.int().min(1).optional(),
    batch: z.int().min(4).default(256),
    /** the share of each batch that is background; the rest is drawn class by class */
    backgroundShare: z.number().min(0).max(1).default(0.5),
    /** classes are drawn by the number of their crops to this power: 0 all alike, 1 as they come */
    classPower: z.number().min(0).max(1).default(0.5),
    /** this share of the hidden units is left out of each step */
    dropout: z.number().min(0).lt(1).default(0.5),
    positivesOverAll: z.boolean().default(true),
    iterations: z.int().min(1),
    seed: z.int().default(1),
    optimizer: optimizerSchema,
    schedule: scheduleSchema,
  })
  .refine(({ crop, head }) => binsFit(crop, head), {
    error: "must divide the crop's features into equal bins",
    path: ['head', 'bins'],
  })
  .refine(({ kinds, redNet }) => redNet !== undefined || !kinds.includes('super-resolution'), {
    error: 'is needed for the kind super-resolution',
    path: ['redNet'],
  });

export type ClassifierTraining = z.infer<typeof classifierTrainingSchema>;

/**
 * Reads a config file.
 * @throws UserError that names the file and what is wrong in it
 */
export function readClassifierTraining(path: string): ClassifierTraining {
  return readJsonFile(path, classifierTrainingSchema, {
    what: 'config',
    example: 'training/configs/classifier.json',
  });
}
