/**
 * What is kept of a run: one JSON in `training/experiments/runs/<experiment>/`, small enough for the
 * repository, from which every table and figure is made. Written whole or not at all, at the end of
 * a run: where the file is, the run is done.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TIDE_TYPES } from '../../src/core/evaluation/tideTypes.ts';
import { plainMessage, UserError } from '../console.ts';
import { trainingConfigSchema } from '../detector/config.ts';
import { throughputSchema } from '../detector/throughput.ts';
import { readJsonFile } from '../jsonFile.ts';
import { packedOutcomesSchema } from './packedOutcomes.ts';
import { measureSchema, splitsSchema } from './schema.ts';

/** In 0..1; -1 where there is nothing to find. */
const share = z.number().min(-1).max(1);

const apSchema = z.strictObject({
  /** over the classes that have objects */
  mean: share,
  /** of the set's own classes, with which the config's begin */
  perClass: z.array(share),
});

const atProposalsSchema = z.strictObject({
  /** so many proposals of each photo */
  proposals: z.number().int(),
  /** of them at IoU 0.5, over all classes: "all" and by the objects' share of the photo */
  recall: z.record(z.string(), share),
  /** COCO's AP at IoU 0.5 */
  AP50: apSchema,
  /** the paper's: VOC AP, area under the curve, IoU 0.5 */
  VOC: apSchema,
});

const tideSchema = z.strictObject({
  ap: share,
  errors: z.array(
    z.strictObject({ type: z.enum(TIDE_TYPES), count: z.number().int(), dAP: z.number() }),
  ),
  falsePositives: z.number(),
  falseNegatives: z.number(),
});

/** `[images]` each, in the order of the outcomes' images */
const reachedSchema = z.strictObject({
  objects: z.array(z.number().int()),
  reached: z.array(z.number().int()),
});

export const measuredSplitSchema = z.strictObject({
  photos: z.number().int(),
  /** crowds left out */
  objects: z.number().int(),
  /** a photo's proposals after NMS, on average: fewer than asked for where anchors are few */
  proposalsPerPhoto: z.number(),
  atProposals: z.array(atProposalsSchema),
  /** what became of every detection of the reported split, at `measure.outcomesAt` proposals */
  outcomes: packedOutcomesSchema.optional(),
  /** the same where only objects under 1 % of their photo count: the paper's kind */
  smallOutcomes: packedOutcomesSchema.optional(),
  /** how many objects of each image there are, and the proposals reach, at `measure.outcomesAt` */
  reached: z.strictObject({ all: reachedSchema, small: reachedSchema }).optional(),
  /** COCO's AP50 by the objects' share of the photo, at `measure.outcomesAt` proposals */
  bySize: z.record(z.string(), apSchema).optional(),
  /** what is wrong with these detections, and the AP that it costs */
  errors: tideSchema.optional(),
});

const lossPointSchema = z.strictObject({
  /** steps done; the losses are means since the point before */
  step: z.number().int(),
  objectness: z.number(),
  anchorDeltas: z.number(),
  classes: z.number(),
  boxDeltas: z.number(),
});

export const runRecordSchema = z.strictObject({
  format: z.literal(1),
  experiment: z.string(),
  variant: z.string(),
  set: z.string(),
  seed: z.number().int(),
  config: trainingConfigSchema,
  measure: measureSchema,
  splits: splitsSchema,
  /** of the code that ended the run; null outside of a git checkout */
  commit: z.string().nullable(),
  /** SHA-256 over the annotation files and photos */
  dataHash: z.string(),
  /** for people, e.g. "TensorFlow 2.9.1 (tfjs-node)" */
  engine: z.string(),
  seconds: z.strictObject({ training: z.number(), measuring: z.number() }),
  /** of the session that trained to the end; older records lack it */
  throughput: throughputSchema.optional(),
  /** arithmetic of one training step and of scoring one photo, about, for a photo of mean size */
  gflop: z.strictObject({ step: z.number(), photo: z.number() }),
  losses: z.array(lossPointSchema),
  /** by split */
  measured: z.record(z.string(), measuredSplitSchema),
});

export type RunRecord = z.infer<typeof runRecordSchema>;
export type MeasuredSplit = z.infer<typeof measuredSplitSchema>;

/**
 * Reads the record of a run.
 * @throws UserError that names the file and what is wrong in it
 */
export function readRunRecord(path: string): RunRecord {
  return readJsonFile(path, runRecordSchema, { what: 'record of a run' });
}

/**
 * Writes the record of a run: a line for each of its parts, so that a change shows where it is.
 * @throws UserError when it cannot be written
 */
export function writeRunRecord(path: string, record: object): void {
  const lines = Object.entries(record).map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  const partial = `${path}.${process.pid}.part`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(partial, `{\n${lines.join(',\n')}\n}\n`);
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new UserError(`The record ${path} cannot be written: ${plainMessage(error)}.`);
  }
}
