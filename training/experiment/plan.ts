/**
 * From an experiment to its runs: one training config for every variant, set and seed, in an order
 * that has something of everything early: all sets and variants of the first seed, then the second.
 */
import { UserError } from '../console.ts';
import { type TrainingConfig, trainingConfigSchema } from '../detector/config.ts';
import { type Experiment, type ExperimentSet, withChanges } from './schema.ts';

export interface PlannedRun {
  /** "paper.nyu_small.seed-1": also the name of its file */
  readonly name: string;
  readonly variant: string;
  readonly set: ExperimentSet;
  readonly seed: number;
  readonly config: TrainingConfig;
}

/**
 * All runs of an experiment.
 *
 * @param only runs whose name contains this; "*" stands for anything
 * @throws UserError when no run has such a name
 */
export function planRuns(experiment: Experiment, only = ''): PlannedRun[] {
  const { seeds, sets, variants } = experiment;
  const all = seeds.flatMap((seed) =>
    sets.flatMap((set) => variants.map((variant) => planRun(experiment, variant, set, seed))),
  );
  return runsNamed(experiment.name, all, only);
}

/**
 * The runs whose name contains a pattern.
 *
 * @param only what the name contains; "*" stands for anything
 * @throws UserError when no run has such a name
 */
export function runsNamed<Run extends { readonly name: string }>(
  experiment: string,
  all: readonly Run[],
  only: string,
): Run[] {
  const pattern = new RegExp(
    only
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const chosen = all.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) {
    throw new UserError(
      `No run of ${experiment} is called like "${only}"; one is called ${all[0]?.name}.`,
    );
  }
  return chosen;
}

/**
 * What the data of a run is known by: runs that have it in common are trained and scored on the
 * same photos and boxes.
 */
export function dataKey({ set, config: { data, classes } }: PlannedRun): string {
  return JSON.stringify([set.name, data, classes]);
}

function planRun(
  { name: experiment, description, base: common, classes: known = [] }: Experiment,
  variant: Experiment['variants'][number],
  set: ExperimentSet,
  seed: number,
): PlannedRun {
  const { name: variantName, with: changes = {}, classes = [], data = [], ...rpn } = variant;
  const base = withChanges(common, changes) as Experiment['base'];
  const own = {
    name: set.name,
    annotations: set.annotations.train,
    images: set.images,
    labels: set.classes.map(({ name }) => name),
  };
  const config = trainingConfigSchema.parse({
    ...base,
    name: `${experiment}-${variantName}-${set.name}`.replaceAll('_', '-'),
    description,
    // The set's own come first: the labels of its scored splits count them alone.
    classes: [
      ...set.classes,
      ...[...known, ...classes]
        .filter(({ name }) => !own.labels.includes(name))
        .map((one) => ({ ...one, shown: false })),
    ],
    data: [
      data.find(({ name }) => name === set.name) ?? own,
      ...data.filter(({ name }) => name !== set.name),
    ],
    detector: { ...base.detector, rpn: { ...base.detector.rpn, ...rpn } },
    seed,
  });
  const name = `${variantName}.${set.name}.seed-${seed}`;
  return { name, variant: variantName, set, seed, config };
}
