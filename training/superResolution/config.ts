/**
 * A super-resolution training run as data: `training/configs/red-net.json`. Everything that decides
 * what a run computes stands in this file.
 */
import { z } from 'zod';
import { redNetConfigSchema } from '../../src/core/superResolution/redNet.ts';
import { optimizerSchema, scheduleSchema } from '../detector/config.ts';
import { readJsonFile } from '../jsonFile.ts';

/** Strict, like its parts: a misspelt key would otherwise train something else without a word. */
export const srConfigSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9-]+$/),
    description: z.string().min(1),
    /** RED10 with 64 channels: depth 10 */
    network: redNetConfigSchema,
    /** the folder of a model of the same network whose weights training goes on from */
    startFrom: z.string().min(1).optional(),
    /** folders of pictures in full resolution, relative to the working folder */
    data: z.array(z.strictObject({ name: z.string().min(1), images: z.string().min(1) })).min(1),
    validation: z.strictObject({
      /** every so manieth picture of each folder is held out, never trained on */
      every: z.int().min(2),
      /** of a held-out picture, a square of so many pixels in the middle is scored on the way */
      side: z.int().min(24).default(144),
      /** steps from one look to the next; there is one at the end, too */
      steps: z.int().min(1).default(2000),
    }),
    /** pixels of the enlarged patch's side; a multiple of every scale */
    patch: z.int().min(12).default(48),
    /** patches a step, each of a scale drawn at random */
    batch: z.int().min(1).default(16),
    /** mean squared error as in the paper, or mean absolute error */
    loss: z.enum(['l2', 'l1']).default('l2'),
    /** this share of the small patches is stored as JPEG first, of a quality between these: photos are */
    jpeg: z
      .strictObject({
        share: z.number().gt(0).max(1),
        quality: z.tuple([z.int().min(1).max(100), z.int().min(1).max(100)]),
      })
      .optional(),
    iterations: z.int().min(1),
    seed: z.int().default(1),
    optimizer: optimizerSchema,
    schedule: scheduleSchema,
  })
  .refine(({ patch, network }) => network.scales.every((scale) => patch % scale === 0), {
    error: 'must be a multiple of every scale',
    path: ['patch'],
  });

export type SrConfig = z.infer<typeof srConfigSchema>;

/**
 * Reads a config file.
 * @throws UserError that names the file and what is wrong in it
 */
export function readSrConfig(path: string): SrConfig {
  return readJsonFile(path, srConfigSchema, {
    what: 'config',
    example: 'training/configs/red-net.json',
  });
}
