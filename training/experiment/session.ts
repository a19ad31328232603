/**
 * A session of an experiment: everything that is missing, run after run, until it is done or told
 * to stop. What could only fail late is looked at first: all photos and annotations, and the room
 * on the disk for all features.
 */
import { join } from 'node:path';
import { loadModel } from '../../src/core/models/loader.ts';
import { duration, plural, say } from '../console.ts';
import type { Cost } from '../detector/cost.ts';
import { TurnOrder } from '../detector/dataset.ts';
import { FeatureCache } from '../detector/features.ts';
import {
  checkCacheSpace,
  fillCache,
  type Seen,
  unique,
  viewsOfRun,
  wholePhotos,
} from '../detector/fillCache.ts';
import { throughputOf, throughputText } from '../detector/throughput.ts';
import type { TrainingProgress } from '../detector/trainer.ts';
import { createFileSource } from '../fileSource.ts';
import { dataKey, type PlannedRun } from './plan.ts';
import { type Engine, forgetCheckpoint, performRun, runCost } from './run.ts';
import { type RunData, readRunData } from './runData.ts';
import { type RunRecord, writeRunRecord } from './runRecord.ts';
import type { Experiment } from './schema.ts';
import { checkDataHash, recordPath, type Survey, surveyRuns } from './survey.ts';

export interface SessionOptions {
  /** the folder of all experiments' records */
  readonly runs: string;
  /** the folder of features and checkpoints */
  readonly cache: string;
  /** see `planRuns` */
  readonly only?: string;
  readonly minutesBetweenCheckpoints: number;
  /** sets the engine and measures it; not called when nothing is missing */
  readonly startEngine: () => Promise<Engine>;
  readonly commit: string | undefined;
  readonly shouldStop: () => boolean;
}

export interface SessionOutcome {
  /** names of the runs that this session ended */
  readonly ended: readonly string[];
  /** how many there are in all, of those asked for */
  readonly done: number;
  readonly left: number;
}

/**
 * Runs what is missing of an experiment.
 * @throws UserError as its parts, before anything is trained where that can be known
 */
export async function runExperiment(
  experiment: Experiment,
  options: SessionOptions,
): Promise<SessionOutcome> {
  const { runs, shouldStop } = options;
  const survey = surveyRuns(experiment, runs, options.only);
  const total = survey.done.length + survey.missing.length;
  const ended: string[] = [];
  const outcome = () => {
    const done = survey.done.length + ended.length;
    return { ended, done, left: total - done };
  };
  if (survey.missing.length === 0) return outcome();

  const dataOf = await readData(experiment, survey, runs);
  const engine = await options.startEngine();
  const trunk = await loadModel(createFileSource(experiment.base.trunk));
  const { startFrom } = experiment.base;
  const start = startFrom ? await loadModel(createFileSource(startFrom)) : undefined;
  try {
    const cache = FeatureCache.of(join(options.cache, 'features'), trunk);
    const seen = unique(survey.missing.flatMap((run) => seenBy(run, dataOf(run))));
    checkCacheSpace(cache, seen, `The features of ${experiment.name}`);
    say(
      `${plural(survey.missing.length, 'run')} of ${total} to do. Engine: ${engine.description}.`,
    );
    for (const [index, run] of survey.missing.entries()) {
      const data = dataOf(run);
      const label = `Features of ${run.name}`;
      const workers = { trunk: experiment.base.trunk, count: engine.workers ?? (() => 1) };
      if (!(await fillCache(cache, seenBy(run, data), shouldStop, label, workers))) break;
      const checkpoints = join(options.cache, 'runs', experiment.name, run.name);
      const behind = survey.missing.slice(index + 1).map((other) => {
        return totalCost(other, experiment, dataOf(other));
      });
      const record = await performRun(experiment, run, {
        trunk,
        start,
        cache,
        data,
        checkpoints,
        minutesBetweenCheckpoints: options.minutesBetweenCheckpoints,
        engine,
        commit: options.commit,
        onProgress: (progress) => {
          const count = `${survey.done.length + ended.length} of ${total} runs done`;
          const cost = runCost(run, experiment, data);
          const after = scoringCost(cost, data) + sum(behind);
          say(`${count}; ${run.name}: ${progressOf(progress, run, engine, cost, after)}`);
        },
        shouldStop,
      });
      if (!record) break;
      const path = recordPath(runs, experiment, run);
      writeRunRecord(path, record);
      forgetCheckpoint(checkpoints);
      ended.push(run.name);
      say(`${run.name} is done: ${resultOf(record)}. Wrote ${path}.`);
    }
    return outcome();
  } finally {
    start?.dispose();
    trunk.dispose();
  }
}

/** The data of the runs that are missing, checked. */
async function readData(
  experiment: Experiment,
  survey: Survey,
  runs: string,
): Promise<(run: PlannedRun) => RunData> {
  const known = new Map<string, RunData>();
  for (const run of survey.missing) {
    const key = dataKey(run);
    if (known.has(key)) continue;
    const data = await readRunData(run, experiment.splits);
    checkDataHash(survey, experiment, runs, key, data.hash);
    known.set(key, data);
  }
  return (run) => known.get(dataKey(run)) as RunData;
}

/** Everything that a run looks at, in training and when it is scored. */
function seenBy({ config }: PlannedRun, { training, scored }: RunData): Seen[] {
  const whole = [...scored.values()].flatMap(({ photos }) => wholePhotos(photos, config));
  return [...viewsOfRun(config, TurnOrder.of(config, training)), ...whole];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** GFLOP of scoring every split. */
function scoringCost({ photo }: Cost, { scored }: RunData): number {
  return photo * sum([...scored.values()].map(({ photos }) => photos.length));
}

/** GFLOP of a whole run. */
function totalCost(run: PlannedRun, experiment: Experiment, data: RunData): number {
  const cost = runCost(run, experiment, data);
  return cost.step * run.config.iterations + scoringCost(cost, data);
}

/** @param after GFLOP that come after this run's training */
function progressOf(
  { step, losses, stepsPerSecond, secondsLeft }: TrainingProgress,
  { config }: PlannedRun,
  { convolutionGflops }: Engine,
  cost: Cost,
  after: number,
): string {
  const loss = sum(Object.values(losses)).toFixed(3);
  const throughput = throughputOf(cost.step, 1 / stepsPerSecond, convolutionGflops);
  const inAll = secondsLeft + after / (cost.step * stepsPerSecond);
  return (
    `step ${step}/${config.iterations}, loss ${loss}, ${stepsPerSecond.toFixed(2)} steps/s, ` +
    `${throughputText(throughput)}; ` +
    `${duration(secondsLeft)} left of its training, ${duration(inAll)} in all`
  );
}

function resultOf({ measured, measure, splits }: RunRecord): string {
  const split = measured[splits.report];
  const at = split?.atProposals.find(({ proposals }) => proposals === measure.outcomesAt);
  const percent = (value = -1) => (value < 0 ? '-' : `${(100 * value).toFixed(1)} %`);
  return (
    `on ${splits.report}, with ${measure.outcomesAt} proposals, AP50 ${percent(at?.AP50.mean)}, ` +
    `recall ${percent(at?.recall.all)}`
  );
}
