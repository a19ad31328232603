/**
 * What of an experiment is done and what is missing. A run is done where its record is; a record of
 * another config, another measurement or other data is refused rather than passed over, for a table
 * must not mix them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../console.ts';
import { dataKey, type PlannedRun, planRuns } from './plan.ts';
import { type RunRecord, readRunRecord } from './runRecord.ts';
import type { Experiment } from './schema.ts';

export interface Survey {
  readonly done: readonly { readonly run: PlannedRun; readonly record: RunRecord }[];
  readonly missing: readonly PlannedRun[];
}

/** Where the record of a run is kept. */
export function recordPath(folder: string, { name }: Experiment, run: PlannedRun): string {
  return join(folder, name, `${run.name}.json`);
}

/**
 * Looks for the records of an experiment's runs.
 *
 * @param folder of all experiments' records, such as training/experiments/runs
 * @param only see `planRuns`
 * @throws UserError for a record that is of something else
 */
export function surveyRuns(experiment: Experiment, folder: string, only?: string): Survey {
  const done: Survey['done'][number][] = [];
  const missing: PlannedRun[] = [];
  for (const run of planRuns(experiment, only)) {
    const path = recordPath(folder, experiment, run);
    if (!existsSync(path)) {
      missing.push(run);
      continue;
    }
    const record = readRunRecord(path);
    const asked = [decisive(run.config), experiment.measure, experiment.splits];
    const kept = [decisive(record.config), record.measure, record.splits];
    if (JSON.stringify(kept) !== JSON.stringify(asked)) throw ofOther(path, 'config');
    done.push({ run, record });
  }
  return { done, missing };
}

/** What of a config decides what is computed: an experiment may be described better later on. */
function decisive({ description, ...rest }: PlannedRun['config']): object {
  return rest;
}

/**
 * Refuses records that were made from other data than there is now.
 * @param key says which runs have this data, see `dataKey`
 * @param hash of the data
 * @throws UserError
 */
export function checkDataHash(
  { done }: Survey,
  experiment: Experiment,
  folder: string,
  key: string,
  hash: string,
): void {
  const other = done.find(({ run, record }) => dataKey(run) === key && record.dataHash !== hash);
  if (other) throw ofOther(recordPath(folder, experiment, other.run), 'data');
}

function ofOther(path: string, what: string): UserError {
  return new UserError(
    `${path} was made with other ${what} than the experiment has now; remove it to run it again, or name another --runs folder.`,
  );
}
