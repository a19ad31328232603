/**
 * One variant on one data set, from the records of its seeds: a row of Table I, a line of Figure 5,
 * a family of precision-recall curves.
 */
import { meanCurve } from '../../src/core/evaluation/precisionRecall.ts';
import type { AtProposals, Cell, Curve } from '../../src/core/results/schema.ts';
import { UserError } from '../console.ts';
import { unpackOutcomes } from '../experiment/packedOutcomes.ts';
import type { MeasuredSplit } from '../experiment/runRecord.ts';
import type { ExperimentSet } from '../experiment/schema.ts';
import type { ReportedPlan, ReportedRun } from './asked.ts';
import { type AllDraws, reportedSplit } from './draws.ts';
import { meanShare, six } from './numbers.ts';
import { PAPER_ROW_NOTE } from './reported.ts';

type Measured = MeasuredSplit['atProposals'][number];

/**
 * The results of one variant on one set.
 *
 * @param runs its seeds that are done; at least one
 * @param inPaper whether the paper has such a row
 * @throws UserError when a record lacks what the experiment reports
 */
export function cellOf(
  { seeds, measure, weighted }: ReportedPlan,
  set: ExperimentSet,
  runs: readonly ReportedRun[],
  draws: AllDraws,
  inPaper: boolean,
): Cell {
  const [{ variant }] = runs as [ReportedRun];
  const splits = runs.map(reportedSplit);
  const done = runs.map(({ seed }) => seed);
  const atProposals = measure.proposals.map((count) => {
    const measured = runs.map((run) => measuredAt(run, count));
    return {
      ...meanOf(count, measured),
      perClass: set.classes.map((_, k) =>
        meanShare(measured.map(({ AP50 }) => AP50.perClass[k] as number)),
      ),
    };
  });
  const AP50 = draws.all.interval(runs);
  if (!AP50) throw lacking(runs[0] as ReportedRun, 'outcomes');
  const smallAP50 = draws.small.interval(runs);
  const weightedAP50 = weighted ? draws.weighted.interval(runs) : undefined;
  const main = runs.map((run) => measuredAt(run, measure.outcomesAt));
  const { VOC, recall } = meanOf(measure.outcomesAt, main);
  return {
    variant,
    set: set.name,
    seeds: done,
    missing: seeds.filter((seed) => !done.includes(seed)),
    AP50,
    ...(smallAP50 && { smallAP50 }),
    ...(weightedAP50 && { weightedAP50 }),
    ...bySizeOf(splits),
    ...errorsOf(splits),
    VOC,
    recall,
    perClass: set.classes.map((_, k) => ({
      AP50: meanShare(main.map((one) => one.AP50.perClass[k] as number)),
      VOC: meanShare(main.map((one) => one.VOC.perClass[k] as number)),
    })),
    atProposals,
    perSeed: runs.map((run) =>
      measure.proposals.map((count) => meanOf(count, [measuredAt(run, count)])),
    ),
    curves: curvesOf(set, runs),
    paper: inPaper
      ? { mAP: null, perClass: set.classes.map(() => null), note: PAPER_ROW_NOTE }
      : null,
  };
}

function meanOf(proposals: number, measured: readonly Measured[]): AtProposals {
  const sizes = Object.keys(measured[0]?.recall ?? {});
  return {
    proposals,
    AP50: meanShare(measured.map(({ AP50 }) => AP50.mean)),
    VOC: meanShare(measured.map(({ VOC }) => VOC.mean)),
    recall: Object.fromEntries(
      sizes.map((size) => [size, meanShare(measured.map(({ recall }) => recall[size] as number))]),
    ),
  };
}

function measuredAt(run: ReportedRun, count: number): Measured {
  const at = reportedSplit(run)?.atProposals.find(({ proposals }) => proposals === count);
  if (!at) throw lacking(run, `scores at ${count} proposals`);
  return at;
}

function lacking({ experiment, variant, set, seed, splits }: ReportedRun, what: string): UserError {
  return new UserError(
    `The record of ${experiment}, ${variant}.${set}.seed-${seed}, has no ${what} on ${splits.report}; run it again.`,
  );
}

/** What the records of all seeds tell of sizes. */
function bySizeOf(splits: readonly (MeasuredSplit | undefined)[]): Pick<Cell, 'bySize'> {
  const told = splits.flatMap((split) => (split?.bySize ? [split.bySize] : []));
  if (told.length < splits.length) return {};
  const sizes = Object.keys(told[0] ?? {});
  const meanAt = (size: string) => meanShare(told.map((one) => one[size]?.mean ?? -1));
  return { bySize: Object.fromEntries(sizes.map((size) => [size, meanAt(size)])) };
}

/** The mean over seeds of each type of error. */
function errorsOf(splits: readonly (MeasuredSplit | undefined)[]): Pick<Cell, 'errors'> {
  const told = splits.flatMap((split) => (split?.errors ? [split.errors] : []));
  const [first] = told;
  if (!first || told.length < splits.length) return {};
  const mean = (of: (errors: NonNullable<MeasuredSplit['errors']>) => number) =>
    told.reduce((sum, one) => sum + of(one), 0) / told.length;
  return {
    errors: {
      ap: six(mean(({ ap }) => ap)),
      errors: first.errors.map(({ type }, at) => ({
        type,
        count: Math.round(mean(({ errors }) => errors[at]?.count ?? 0)),
        dAP: six(mean(({ errors }) => errors[at]?.dAP ?? 0)),
      })),
      falsePositives: six(mean(({ falsePositives }) => falsePositives)),
      falseNegatives: six(mean(({ falseNegatives }) => falseNegatives)),
    },
  };
}

/** A curve for each class that has objects, the mean over seeds. */
function curvesOf(set: ExperimentSet, runs: readonly ReportedRun[]): Curve[] {
  const outcomes = runs.flatMap((run) => reportedSplit(run)?.outcomes ?? []).map(unpackOutcomes);
  return set.classes.flatMap(({ name }) => {
    const ofClass = outcomes.flatMap(({ classes }) => classes.filter((one) => one.name === name));
    const curve = ofClass.length > 0 ? meanCurve(ofClass) : undefined;
    if (!curve) return [];
    return [{ class: name, recall: curve.recall.map(six), precision: curve.precision.map(six) }];
  });
}
