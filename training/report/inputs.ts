/**
 * Everything the report is made from, read from one folder (training/experiments): experiments and
 * the records of their runs, counted sizes, the shipped detector's scores, what was tried for it, and
 * how fast training is. Only the experiments must be there; what else is missing is left out of the
 * report, which says so.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { detectorConfigOf } from '../../src/core/detection/fromModel.ts';
import { throughputRowSchema } from '../../src/core/results/detectorSchema.ts';
import {
  type SizeCounts,
  sizeCountsSchema,
  type ThroughputRow,
} from '../../src/core/results/schema.ts';
import { readExperiment } from '../experiment/schema.ts';
import { surveyRuns } from '../experiment/survey.ts';
import { readJsonFile } from '../jsonFile.ts';
import { readFolderManifest } from '../modelFolder.ts';
import { surveyReclassified } from '../reclassification/record.ts';
import { readReclassification } from '../reclassification/schema.ts';
import { anchorPlan, type ExperimentInput, reclassificationPlan } from './experiments.ts';
import { REPORTED, type ReportedExperiment } from './reported.ts';
import { type Scored, scoredSchema } from './scored.ts';
import { TRIES, type TriedFile, type TriesInput, triedFileSchema } from './tried.ts';

export interface ReportInputs {
  readonly experiments: readonly ExperimentInput[];
  readonly sizes: SizeCounts | undefined;
  readonly shipped: readonly Scored[];
  readonly tried: TriedFile | undefined;
  readonly tries: TriesInput | undefined;
  readonly throughput: readonly ThroughputRow[];
}

/** Where counted sizes are kept, below the folder of the experiments. */
export const SIZES_FILE = 'sizes.json';

/**
 * Reads it all.
 *
 * @param folder such as training/experiments
 * @param runs the folder of the records
 * @throws UserError that names the file and what is wrong in it
 */
export function readInputs(folder: string, runs = join(folder, 'runs')): ReportInputs {
  const optional = <T>(name: string, schema: z.ZodType<T>, what: string) => {
    const path = join(folder, name);
    return existsSync(path) ? readJsonFile(path, schema, { what }) : undefined;
  };
  const read = (name: string) => {
    const experiment = readExperiment(join(folder, `${name}.json`));
    return { experiment, survey: surveyRuns(experiment, runs) };
  };
  return {
    experiments: REPORTED.flatMap((reported) => readReported(reported, folder, runs) ?? []),
    sizes: optional(SIZES_FILE, sizeCountsSchema, 'file of sizes'),
    shipped: readShipped(join(folder, 'shipped')),
    tried: optional('tried.json', triedFileSchema, 'list of what was tried'),
    tries: existsSync(join(folder, `${TRIES}.json`)) ? read(TRIES) : undefined,
    throughput: optional('throughput.json', z.array(throughputRowSchema), 'throughput') ?? [],
  };
}

/**
 * An experiment of the report with its records. That of reclassification may be missing from a folder.
 * The detector's anchors come from the manifest that its config names, where that is there.
 */
function readReported(
  reported: ReportedExperiment,
  folder: string,
  runs: string,
): ExperimentInput | undefined {
  const path = join(folder, `${reported.name}.json`);
  const { variants: titles } = reported;
  if (!reported.weighted) {
    const experiment = readExperiment(path);
    return {
      reported,
      experiment: anchorPlan(experiment, titles),
      survey: surveyRuns(experiment, runs),
    };
  }
  if (!existsSync(path)) return undefined;
  const experiment = readReclassification(path);
  const survey = surveyReclassified(experiment, runs);
  const detector = detectorConfigOf(readFolderManifest(experiment.config.detector));
  return { reported, experiment: reclassificationPlan(experiment, titles, detector), survey };
}

/** By set, then the quick look before the closer one: in the order of their names. */
function readShipped(folder: string): Scored[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files
    .sort()
    .map((file) => readJsonFile(join(folder, file), scoredSchema, { what: 'file of scores' }));
}
