/**
 * From the records of an experiment to its part of results.json: every cell that has a run, every
 * difference that can be told, and what is missing.
 */
import type { DetectorConfig } from '../../src/core/detection/config.ts';
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import type {
  ExperimentResults,
  ResultsDifference,
  ResultsSet,
} from '../../src/core/results/schema.ts';
import { type PlannedRun, planRuns } from '../experiment/plan.ts';
import type { Experiment } from '../experiment/schema.ts';
import type { Reclassification } from '../reclassification/schema.ts';
import type { ReportedPlan, ReportedRun } from './asked.ts';
import { cellOf } from './cells.ts';
import type { AllDraws, Draws } from './draws.ts';
import { type ReportedExperiment, SETS } from './reported.ts';

export interface ExperimentInput {
  readonly reported: ReportedExperiment;
  readonly experiment: ReportedPlan;
  readonly survey: {
    readonly done: readonly { readonly record: ReportedRun }[];
    readonly missing: readonly { readonly name: string }[];
  };
}

/**
 * The results of one experiment, of the runs that are done.
 * @throws UserError when a record lacks what the experiment reports
 */
export function experimentResults(input: ExperimentInput, draws: AllDraws): ExperimentResults {
  const { reported, experiment, survey } = input;
  const { sets, variants, measure } = experiment;
  const records = survey.done.map(({ record }) => record);
  const runsOf = (set: string, variant: string) =>
    records.filter((record) => record.set === set && record.variant === variant);
  const cells = sets.flatMap((set) =>
    variants.flatMap(({ name }) => {
      const runs = runsOf(set.name, name);
      const inPaper = reported.inPaper.includes(set.name);
      return runs.length > 0 ? [cellOf(experiment, set, runs, draws, inPaper)] : [];
    }),
  );
  const told = (drawn: Draws, isWanted = true) => {
    const differences = isWanted ? differencesOf(input, runsOf, drawn) : [];
    return differences.length > 0 ? differences : undefined;
  };
  const smallDifferences = told(draws.small);
  const weightedDifferences = told(draws.weighted, experiment.weighted);
  // All systems of Table II look at the same proposals.
  const recallDifferences = told(draws.recall, !experiment.weighted);
  const smallRecallDifferences = told(draws.smallRecall, !experiment.weighted);
  return {
    name: experiment.name,
    title: reported.title,
    description: experiment.description,
    split: experiment.splits.report,
    proposals: measure.outcomesAt,
    iterations: experiment.iterations,
    seeds: experiment.seeds,
    variants: variants.map(({ aspectRatios, ...variant }) => variant),
    sets: sets.map(({ name }) => name),
    cells,
    differences: told(draws.all) ?? [],
    ...(smallDifferences && { smallDifferences }),
    ...(weightedDifferences && { weightedDifferences }),
    ...(recallDifferences && { recallDifferences }),
    ...(smallRecallDifferences && { smallRecallDifferences }),
    work: sets.flatMap(({ name }) => workOf(records.filter(({ set }) => set === name))),
    missing: survey.missing.map(({ name }) => name),
  };
}

/** Every claim on each set, and on some together. */
function differencesOf(
  { reported, experiment: { sets } }: ExperimentInput,
  runsOf: (set: string, variant: string) => readonly ReportedRun[],
  draws: Draws,
): ResultsDifference[] {
  const together = sets.filter(({ name }) => reported.together.includes(name));
  return reported.claims.flatMap(([system, baseline]) =>
    [...sets.map((set) => [set]), together].flatMap((some) => {
      const pairs = some.map(({ name }) => ({
        system: runsOf(name, system),
        baseline: runsOf(name, baseline),
      }));
      return draws.difference([system, baseline], pairs) ?? [];
    }),
  );
}

/** What the report asks of an experiment on anchors: its variants with what their runs' RPN is. */
export function anchorPlan(
  experiment: Experiment,
  titles: ReportedExperiment['variants'],
): ReportedPlan {
  const runs = planRuns(experiment);
  const variants = experiment.variants.map(({ name }) => {
    const { config } = runs.find(({ variant }) => variant === name) as PlannedRun;
    const { rpn } = config.detector;
    return { name, title: titles[name] ?? name, ...rpn, stride: RPN_STRIDES[rpn.tap] };
  });
  return { ...experiment, variants, iterations: experiment.base.iterations, weighted: false };
}

/** The same of one on reclassification: all of its systems have the detector's anchors. */
export function reclassificationPlan(
  experiment: Reclassification,
  titles: ReportedExperiment['variants'],
  { rpn }: DetectorConfig,
): ReportedPlan {
  const variants = experiment.variants.map(({ name }) => {
    return { name, title: titles[name] ?? name, ...rpn, stride: RPN_STRIDES[rpn.tap] };
  });
  return { ...experiment, variants, iterations: experiment.config.iterations, weighted: true };
}

function workOf(records: readonly ReportedRun[]): ExperimentResults['work'] {
  const [first] = records;
  if (!first) return [];
  const seconds = records.reduce(
    (sum, one) => sum + one.seconds.training + one.seconds.measuring,
    0,
  );
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  return [
    {
      set: first.set,
      runs: records.length,
      hours: Math.round(seconds / 36) / 100,
      engines: distinct(records.map(({ engine }) => engine)),
      commits: distinct(records.flatMap(({ commit }) => commit?.slice(0, 12) ?? [])),
      dataHash: first.dataHash.slice(0, 12),
    },
  ];
}

/** The data sets of all experiments, each once, in the order of the first that has it. */
export function setsOf(inputs: readonly ExperimentInput[]): ResultsSet[] {
  const sets = new Map<string, ResultsSet>();
  for (const { experiment, survey } of inputs) {
    for (const { name, classes } of experiment.sets) {
      const run = survey.done.find(({ record }) => record.set === name)?.record;
      const measured = run?.measured[run.splits.report];
      const known = sets.get(name);
      sets.set(name, {
        name,
        title: SETS[name]?.title ?? name,
        note: SETS[name]?.note ?? '',
        classes: classes.map((one) => one.name),
        photos: known?.photos ?? measured?.photos ?? null,
        objects: known?.objects ?? measured?.objects ?? null,
      });
    }
  }
  return [...sets.values()];
}
