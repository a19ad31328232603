/**
 * What was tried for the detector: training/experiments/tried.json says what each change was and
 * whether it was kept. Of a change that is a variant of the experiment "tries" (tries.json) the
 * numbers come from its records, with what it adds over another variant; of others, such as ways to
 * look at a photo, the file has them.
 */
import { z } from 'zod';
import { triedRowSchema, triedSchema } from '../../src/core/results/detectorSchema.ts';
import type { Tried } from '../../src/core/results/schema.ts';
import { UserError } from '../console.ts';
import type { ReportedRun } from './asked.ts';
import { Draws, reportedSplit } from './draws.ts';
import type { ExperimentInput } from './experiments.ts';
import { meanShare } from './numbers.ts';

const { change, kept, note } = triedRowSchema.shape;

/** A change whose numbers are in records. */
const variantRowSchema = z.strictObject({
  variant: z.string(),
  /** the variant that it is held against */
  against: z.string().default('base'),
  ...{ change, kept, note },
});

export const triedFileSchema = triedSchema.extend({
  rows: z.array(z.union([variantRowSchema, triedRowSchema])),
});

export type TriedFile = z.infer<typeof triedFileSchema>;

/** Its name, and that of its file in training/experiments. */
export const TRIES = 'tries';

export interface TriesInput {
  readonly experiment: { readonly variants: readonly { readonly name: string }[] };
  readonly survey: ExperimentInput['survey'];
}

/**
 * The rows with their numbers; null where a run is not done.
 * @throws UserError for a variant that the experiment has not
 */
export function triedResults(
  { rows, ...of }: TriedFile,
  tries: TriesInput | undefined,
  resamples: number,
): Tried {
  const draws = new Draws(resamples);
  const runsOf = (variant: string): ReportedRun[] => {
    if (!tries?.experiment.variants.some(({ name }) => name === variant)) {
      throw new UserError(
        `tried.json names the variant "${variant}", which ${TRIES}.json has not.`,
      );
    }
    return tries.survey.done
      .map(({ record }) => record)
      .filter((record) => record.variant === variant && record.set === of.set);
  };
  return {
    ...of,
    rows: rows.map((row) => {
      if (!('variant' in row)) return row;
      const { variant, against, ...words } = row;
      const runs = runsOf(variant);
      const interval = runs.length > 0 ? draws.interval(runs) : undefined;
      const pair = { system: runs, baseline: runsOf(against) };
      const difference =
        variant === against ? undefined : draws.difference([variant, against], [pair]);
      return {
        ...words,
        AP50: interval?.estimate ?? null,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
        recall: recallOf(runs, 'all'),
        recallSmall: smallRecallOf(runs),
        ...(difference && {
          difference: {
            baseline: against,
            estimate: difference.estimate,
            low: difference.low,
            high: difference.high,
          },
        }),
      };
    }),
  };
}

/** Of objects under 1 % of their photo; null where a record does not tell. */
function smallRecallOf(runs: readonly ReportedRun[]) {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return meanShare(
    runs.map((run) => {
      const small = reportedSplit(run)?.reached?.small;
      return small ? sum(small.reached) / sum(small.objects) : -1;
    }),
  );
}

/** Of the proposals at which outcomes are kept. */
function recallOf(runs: readonly ReportedRun[], size: string) {
  return meanShare(
    runs.map((run) => {
      const at = reportedSplit(run)?.atProposals;
      return at?.find(({ proposals }) => proposals === run.measure.outcomesAt)?.recall[size] ?? -1;
    }),
  );
}
