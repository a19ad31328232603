/**
 * From an experiment to its runs: one training config for every variant, set and seed, in an order
 * that has something of everything early: all sets and variants of the first seed, then the second.
 */
import { UserError } from '../console.ts';
import { type TrainingConfig, trainingConfigSchema } from '../detector/config.ts';
import type { Experiment, ExperimentSet } from './schema.ts';

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
  const pattern = new RegExp(
    only
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
  );
  const chosen = all.filter(({ name }) => pattern.test(name));
  if (chosen.length === 0) {
    throw new UserError(
      `No run of ${experiment.name} is called like "${only}"; one is called ${all[0]?.name}.`,
    );
  }
  return chosen;
}

function planRun(
  { name: experiment, description, base }: Experiment,
  variant: Experiment['variants'][number],
  set: ExperimentSet,
  seed: number,
): PlannedRun {
  const { name: variantName, ...rpn } = variant;
  const config = trainingConfigSchema.parse({
    ...base,
    name: `${experiment}-${variantName}-${set.name}`.replaceAll('_', '-'),
    description,
    classes: set.classes,
    data: [
      {
        name: set.name,
        annotations: set.annotations.train,
        images: set.images,
        labels: set.classes.map(({ name }) => name),
      },
    ],
    detector: { ...base.detector, rpn: { ...base.detector.rpn, ...rpn } },
    seed,
  });
  const name = `${variantName}.${set.name}.seed-${seed}`;
  return { name, variant: variantName, set, seed, config };
}
