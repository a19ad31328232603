/**
 * One variant on one data set, from the records of its seeds: a row of Table I, a line of Figure 5,
 * a family of precision-recall curves.
 */
import { meanCurve } from '../../src/core/evaluation/precisionRecall.ts';
import type { AtProposals, Cell, Curve } from '../../src/core/results/schema.ts';
import { UserError } from '../console.ts';
import type { MeasuredSplit, RunRecord } from '../experiment/runRecord.ts';
import type { Experiment, ExperimentSet } from '../experiment/schema.ts';
import { type Draws, outcomesOfRun } from './draws.ts';
import { four, meanShare } from './numbers.ts';
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
  { seeds, measure }: Experiment,
  set: ExperimentSet,
  runs: readonly RunRecord[],
  draws: Draws,
  inPaper: boolean,
): Cell {
  const [{ variant }] = runs as [RunRecord];
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
  const main = runs.map((run) => measuredAt(run, measure.outcomesAt));
  const { VOC, recall } = meanOf(measure.outcomesAt, main);
  return {
    variant,
    set: set.name,
    seeds: done,
    missing: seeds.filter((seed) => !done.includes(seed)),
    AP50: draws.interval(runs),
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

function measuredAt({ measured, splits, ...run }: RunRecord, count: number): Measured {
  const at = measured[splits.report]?.atProposals.find(({ proposals }) => proposals === count);
  if (at) return at;
  throw new UserError(
    `The record of ${run.experiment}, ${run.variant}.${run.set}.seed-${run.seed}, has nothing measured on ${splits.report} at ${count} proposals; run it again.`,
  );
}

/** A curve for each class that has objects, the mean over seeds. */
function curvesOf(set: ExperimentSet, runs: readonly RunRecord[]): Curve[] {
  const outcomes = runs.map(outcomesOfRun);
  return set.classes.flatMap(({ name }) => {
    const ofClass = outcomes.flatMap(({ classes }) => classes.filter((one) => one.name === name));
    const curve = ofClass.length > 0 ? meanCurve(ofClass) : undefined;
    if (!curve) return [];
    return [{ class: name, recall: curve.recall.map(four), precision: curve.precision.map(four) }];
  });
}
