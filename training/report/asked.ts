/**
 * What the report asks of experiments and their records, of whichever kind: trainings of detectors
 * (Table I) and reclassification by one of them (Table II) are told alike.
 */
import type { ExperimentResults } from '../../src/core/results/schema.ts';
import type { RunRecord } from '../experiment/runRecord.ts';
import type { Experiment } from '../experiment/schema.ts';

/** What the report asks of an experiment, of whichever kind. */
export interface ReportedPlan
  extends Pick<Experiment, 'name' | 'description' | 'sets' | 'seeds' | 'splits'> {
  readonly variants: readonly (ExperimentResults['variants'][number] & {
    readonly aspectRatios: readonly number[];
  })[];
  readonly measure: { readonly proposals: readonly number[]; readonly outcomesAt: number };
  readonly iterations: number;
  /** whether AP is also told weighted by the classes' objects, as in Table II */
  readonly weighted: boolean;
}

/** What the report asks of a run's record, of whichever kind of experiment. */
export type ReportedRun = {
  readonly measure: { readonly outcomesAt: number };
} & Pick<
  RunRecord,
  | 'experiment'
  | 'variant'
  | 'set'
  | 'seed'
  | 'splits'
  | 'measured'
  | 'seconds'
  | 'engine'
  | 'commit'
  | 'dataHash'
>;
