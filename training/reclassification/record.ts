/**
 * What is kept of a run of Table II: one JSON in `training/experiments/runs/<experiment>/`, as of the
 * other experiments, and which runs are done.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../console.ts';
import { runsNamed } from '../experiment/plan.ts';
import { measuredSplitSchema } from '../experiment/runRecord.ts';
import { type ExperimentSet, splitsSchema } from '../experiment/schema.ts';
import { readJsonFile } from '../jsonFile.ts';
import {
  type Reclassification,
  type ReclassifiedVariant,
  reclassifiedMeasureSchema,
  reclassifiedVariantSchema,
  trainingSchema,
} from './schema.ts';

const recordSchema = z.strictObject({
  format: z.literal(1),
  experiment: z.string(),
  variant: z.string(),
  set: z.string(),
  seed: z.int(),
  /** how it upscales and merges */
  system: reclassifiedVariantSchema,
  config: trainingSchema,
  measure: reclassifiedMeasureSchema,
  splits: splitsSchema,
  commit: z.string().nullable(),
  /** SHA-256 over the annotation files and photos */
  dataHash: z.string(),
  /** which weights saw: the detector's trunk, and RED-Net's where a head was trained for it */
  weights: z.strictObject({ trunk: z.string(), redNet: z.string().nullable() }),
  engine: z.string(),
  seconds: z.strictObject({ training: z.number(), measuring: z.number() }),
  losses: z.array(z.record(z.string(), z.number())),
  measured: z.record(z.string(), measuredSplitSchema),
});

export type ReclassifiedRecord = z.infer<typeof recordSchema>;

export interface ReclassifiedRun {
  /** "bicubic.nyu_small.seed-1": also the name of its file */
  readonly name: string;
  readonly variant: ReclassifiedVariant;
  readonly set: ExperimentSet;
  readonly seed: number;
}

export interface ReclassifiedSurvey {
  readonly done: readonly { readonly run: ReclassifiedRun; readonly record: ReclassifiedRecord }[];
  readonly missing: readonly ReclassifiedRun[];
}

/** Where the record of a run is kept. */
export function reclassifiedPath(folder: string, experiment: string, run: ReclassifiedRun): string {
  return join(folder, experiment, `${run.name}.json`);
}

/**
 * All runs of an experiment, seed by seed, and which of them have a record.
 *
 * @param folder of all experiments' records
 * @param only runs whose name contains this; "*" stands for anything
 * @throws UserError when no run has such a name, and for a record that is of something else
 */
export function surveyReclassified(
  experiment: Reclassification,
  folder: string,
  only = '',
): ReclassifiedSurvey {
  const { name, seeds, sets, variants, config, measure, splits } = experiment;
  const all = seeds.flatMap((seed) =>
    sets.flatMap((set) =>
      variants.map((variant) => ({
        ...{ variant, set, seed },
        name: `${variant.name}.${set.name}.seed-${seed}`,
      })),
    ),
  );
  const done: ReclassifiedSurvey['done'][number][] = [];
  const missing: ReclassifiedRun[] = [];
  for (const run of runsNamed(name, all, only)) {
    const path = reclassifiedPath(folder, name, run);
    if (!existsSync(path)) {
      missing.push(run);
      continue;
    }
    const record = readJsonFile(path, recordSchema, { what: 'record of a run' });
    const asked = [run.variant, { ...config, seed: run.seed }, measure, splits];
    const kept = [record.system, record.config, record.measure, record.splits];
    if (JSON.stringify(kept) !== JSON.stringify(asked)) {
      throw new UserError(
        `${path} was made with another config than the experiment has now; remove it to run it again, or name another --runs folder.`,
      );
    }
    done.push({ run, record });
  }
  return { done, missing };
}
