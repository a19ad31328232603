/**
 * An experiment on reclassification as data: Table II, `training/experiments/table-2.json`. One
 * detector, the same proposals for all; what differs is how its proposals are upscaled before they are
 * classified again, and how scores merge. Heads are trained on the sets of their config, anew from
 * each seed, and scored on every set alone, on that set's own classes.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { mergeConfigSchema, UPSCALINGS } from '../../src/core/classification/config.ts';
import { classifierTrainingSchema, readClassifierTraining } from '../classifier/config.ts';
import { setSchema, splitsSchema } from '../experiment/schema.ts';
import { readJsonFile } from '../jsonFile.ts';

export const reclassifiedVariantSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9_-]+$/),
  upscaling: z.enum(UPSCALINGS),
  /** another rule than the config's */
  merge: mergeConfigSchema.optional(),
});

export const lookSchema = z.strictObject({
  workingSize: z.int().min(32).max(4096),
  alsoAt: z.int().min(32).max(4096).optional(),
  slices: z.boolean().default(false),
});

export const reclassifiedMeasureSchema = z.strictObject({
  /** how many proposals of each photo are classified again; each run is scored at all of these */
  proposals: z.array(z.int().min(1)).min(1),
  /** at this number of proposals what became of every detection is kept, too */
  outcomesAt: z.int().min(1),
  /** how closely the detector looks */
  look: lookSchema,
});

export const reclassificationFileSchema = z
  .strictObject({
    kind: z.literal('reclassification'),
    name: z.string().regex(/^[a-z0-9_-]+$/),
    description: z.string().min(1),
    /** the config of the heads' training */
    config: z.string().min(1),
    variants: z.array(reclassifiedVariantSchema).min(1),
    sets: z.array(setSchema).min(1),
    seeds: z.array(z.int()).min(1),
    splits: splitsSchema,
    measure: reclassifiedMeasureSchema,
  })
  .refine(({ measure }) => measure.proposals.includes(measure.outcomesAt), {
    error: 'it must be one of the numbers of proposals',
    path: ['measure', 'outcomesAt'],
  })
  .refine(({ measure }) => measure.proposals.every((n, at, all) => n > (all[at - 1] ?? 0)), {
    error: 'the numbers must rise',
    path: ['measure', 'proposals'],
  });

export const trainingSchema = classifierTrainingSchema;

export type ReclassifiedVariant = z.infer<typeof reclassifiedVariantSchema>;

/** The experiment with its config read. */
export interface Reclassification
  extends Omit<z.infer<typeof reclassificationFileSchema>, 'config'> {
  readonly config: z.infer<typeof classifierTrainingSchema>;
}

/**
 * Reads an experiment file and the config that it names.
 * @throws UserError that names the file and what is wrong in it
 */
export function readReclassification(path: string): Reclassification {
  const file = readJsonFile(path, reclassificationFileSchema, {
    what: 'experiment',
    example: 'training/experiments/table-2.json',
  });
  return { ...file, config: readClassifierTraining(file.config) };
}

/** Whether a file is an experiment of this kind; what is wrong in it is for its reader to say. */
export function isReclassification(path: string): boolean {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).kind === 'reclassification';
  } catch {
    return false;
  }
}
