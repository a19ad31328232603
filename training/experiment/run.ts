/**
 * One run of an experiment from its config to its record: train (or go on from the checkpoint),
 * score on every split, write. The checkpoint is kept until the record is written, so whenever the
 * run is cut, the next session ends it with the same numbers.
 */
import { rmSync } from 'node:fs';
import type { LoadedModel } from '../../src/core/models/loader.ts';
import { type Cost, costOf, meanPixels } from '../detector/cost.ts';
import { TurnOrder } from '../detector/dataset.ts';
import type { FeatureCache } from '../detector/features.ts';
import { viewsOfRun, wholePhotos } from '../detector/fillCache.ts';
import { throughputOf } from '../detector/throughput.ts';
import { type TrainingProgress, train } from '../detector/trainer.ts';
import { TrainingWeights } from '../detector/weights.ts';
import { CachedDetector } from './cachedDetector.ts';
import { measureSplit } from './measure.ts';
import type { PlannedRun } from './plan.ts';
import type { RunData } from './runData.ts';
import type { RunRecord } from './runRecord.ts';
import type { Experiment } from './schema.ts';

/** What trains. */
export interface Engine {
  /** for people, e.g. "TensorFlow 2.9.1 (tfjs-node)" */
  readonly description: string;
  /** its rate at a bare convolution, see `measureConvolution` */
  readonly convolutionGflops: number;
  /** how many workers cache features, for so many views; left out, there are none */
  readonly workers?: (views: number) => number;
}

export interface RunTools {
  readonly trunk: LoadedModel;
  /** the model whose weights every run begins with */
  readonly start: LoadedModel | undefined;
  readonly cache: FeatureCache;
  readonly data: RunData;
  /** the folder of this run's checkpoint */
  readonly checkpoints: string;
  readonly minutesBetweenCheckpoints: number;
  readonly engine: Engine;
  readonly commit: string | undefined;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly shouldStop: () => boolean;
}

/**
 * Trains and scores.
 * @returns the record, which the caller keeps; undefined when it was told to stop before the end
 * @throws UserError as `train`
 */
export async function performRun(
  { name, measure, splits }: Experiment,
  { variant, set, seed, config }: PlannedRun,
  tools: RunTools,
): Promise<RunRecord | undefined> {
  const { trunk, start, cache, data, engine, shouldStop } = tools;
  const weights = new TrainingWeights(config, trunk.weights);
  let detector: CachedDetector | undefined;
  try {
    const outcome = await train({
      config,
      weights,
      order: TurnOrder.of(config, data.training),
      cache,
      ...(start && {
        startFrom: { weights: start.weights, classes: start.manifest.classes ?? [] },
      }),
      checkpoints: tools.checkpoints,
      minutesBetweenCheckpoints: tools.minutesBetweenCheckpoints,
      stepsBetweenReports: 50,
      onProgress: tools.onProgress,
      shouldStop,
    });
    if (!outcome.finished) return undefined;
    const started = Date.now();
    detector = await CachedDetector.from(config, cache, weights, trunk.weights);
    const classes = set.classes.map((one) => one.name);
    const measured: RunRecord['measured'] = {};
    for (const [split, part] of data.scored) {
      const isReport = split === splits.report;
      const found = await measureSplit(detector, part, classes, measure, isReport, shouldStop);
      if (!found) return undefined;
      measured[split] = found;
    }
    const cost = runCost({ config }, { measure }, data);
    const { stepSeconds } = outcome;
    const tenths = (seconds: number) => Math.round(10 * seconds) / 10;
    return {
      format: 1,
      experiment: name,
      variant,
      set: set.name,
      seed,
      config,
      measure,
      splits,
      commit: tools.commit ?? null,
      dataHash: data.hash,
      engine: engine.description,
      seconds: {
        training: tenths(outcome.seconds),
        measuring: tenths((Date.now() - started) / 1000),
      },
      ...(stepSeconds !== undefined && {
        throughput: throughputOf(cost.step, stepSeconds, engine.convolutionGflops),
      }),
      gflop: roundedCost(cost),
      losses: [...outcome.losses],
      measured,
    };
  } finally {
    detector?.dispose();
    weights.dispose();
  }
}

/** Arithmetic of a step and of scoring a photo, for views and photos of mean size. */
export function runCost(
  { config }: Pick<PlannedRun, 'config'>,
  { measure }: Pick<Experiment, 'measure'>,
  { training, scored }: RunData,
): Cost {
  const steps = viewsOfRun(config, TurnOrder.of(config, training));
  const photos = [...scored.values()].flatMap((split) => wholePhotos(split.photos, config));
  const pixels = { step: meanPixels(steps), photo: meanPixels(photos) };
  return costOf(config, pixels, measure.proposals.at(-1) as number);
}

function roundedCost({ step, photo }: Cost): Cost {
  const hundredths = (value: number) => Math.round(100 * value) / 100;
  return { step: hundredths(step), photo: hundredths(photo) };
}

/** Removes what a finished run went on from. */
export function forgetCheckpoint(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
