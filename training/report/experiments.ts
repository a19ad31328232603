/**
 * From the records of an experiment to its part of results.json: every cell that has a run, every
 * difference that can be told, and what is missing.
 */
import { RPN_STRIDES } from '../../src/core/detection/rpn.ts';
import type {
  ExperimentResults,
  ResultsDifference,
  ResultsSet,
} from '../../src/core/results/schema.ts';
import { type PlannedRun, planRuns } from '../experiment/plan.ts';
import type { RunRecord } from '../experiment/runRecord.ts';
import type { Experiment } from '../experiment/schema.ts';
import type { Survey } from '../experiment/survey.ts';
import { cellOf } from './cells.ts';
import type { AllDraws, Draws } from './draws.ts';
import { type ReportedExperiment, SETS } from './reported.ts';

export interface ExperimentInput {
  readonly reported: ReportedExperiment;
  readonly experiment: Experiment;
  readonly survey: Survey;
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
  const [differences, smallDifferences, recallDifferences, smallRecallDifferences] = [
    draws.all,
    draws.small,
    draws.recall,
    draws.smallRecall,
  ].map((drawn) => differencesOf(input, runsOf, drawn)) as [Told, Told, Told, Told];
  return {
    name: experiment.name,
    title: reported.title,
    description: experiment.description,
    split: experiment.splits.report,
    proposals: measure.outcomesAt,
    iterations: experiment.base.iterations,
    seeds: experiment.seeds,
    variants: variantsOf(input).map(({ aspectRatios, ...variant }) => variant),
    sets: sets.map(({ name }) => name),
    cells,
    differences,
    ...(smallDifferences.length > 0 && { smallDifferences }),
    ...(recallDifferences.length > 0 && { recallDifferences }),
    ...(smallRecallDifferences.length > 0 && { smallRecallDifferences }),
    work: sets.flatMap(({ name }) => workOf(records.filter(({ set }) => set === name))),
    missing: survey.missing.map(({ name }) => name),
  };
}

type Told = ResultsDifference[];

/** Every claim on each set, and on some together. */
function differencesOf(
  { reported, experiment: { sets } }: ExperimentInput,
  runsOf: (set: string, variant: string) => readonly RunRecord[],
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

/** The variants of an experiment, with what their runs' RPN is. */
export function variantsOf({ reported, experiment }: ExperimentInput) {
  const runs = planRuns(experiment);
  return experiment.variants.map(({ name }) => {
    const { config } = runs.find(({ variant }) => variant === name) as PlannedRun;
    const { rpn } = config.detector;
    const title = reported.variants[name] ?? name;
    return { name, title, ...rpn, stride: RPN_STRIDES[rpn.tap] };
  });
}

function workOf(records: readonly RunRecord[]): ExperimentResults['work'] {
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
