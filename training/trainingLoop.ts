/**
 * The loop that every training shares: step after step, with a line of progress, a checkpoint every
 * so many minutes and at the end, and an exact resume. What a step computes, and on what, is the
 * network's business.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from './console.ts';
import { readCheckpoint, writeCheckpoint } from './detector/checkpoint.ts';
import { LossLog, type LossPoint, type LossValues, MeanLosses } from './detector/lossLog.ts';
import {
  learningRate,
  makeOptimizer,
  type Optimizer,
  type OptimizerConfig,
} from './detector/optimizer.ts';
import type { TensorData } from './readers/safetensors.ts';

/** On a slow engine a line of progress comes at least this often. */
const REPORT_EVERY_MS = 30_000;

/** What the loop must know of a config. */
export interface LoopConfig extends OptimizerConfig {
  readonly iterations: number;
}

/** What learns. */
export interface LearningWeights {
  readonly trained: ReadonlyMap<string, tf.Variable>;
  /** everything that a checkpoint must hold */
  state(): Promise<Map<string, TensorData>>;
  restore(state: ReadonlyMap<string, TensorData>): void;
  /** a share of the learning rate for the variable */
  rateOf(name: string): number;
}

/** What a step found. */
export interface StepOutcome<Losses> {
  readonly losses: Losses;
  /** by the variable's own name; the loop disposes of them */
  readonly gradients: tf.NamedTensorMap;
  /** what it looked at, for the sentence about a loss that is no number */
  readonly seen: string;
}

/** Where a run is kept, how it tells of itself and when it ends: what the commands choose. */
export interface LoopOptions<Losses> {
  readonly checkpoints: string;
  readonly minutesBetweenCheckpoints: number;
  /** called every so often with running means, and awaited */
  readonly onProgress: (progress: Progress<Losses>) => unknown;
  readonly stepsBetweenReports: number;
  /** asked before every step; true ends the session with a checkpoint */
  readonly shouldStop: () => boolean;
}

export interface Training<Losses, Config extends LoopConfig> extends LoopOptions<Losses> {
  readonly config: Config;
  readonly weights: LearningWeights;
  /** awaited before the first step of a fresh run */
  readonly prepare?: () => Promise<void>;
  /** a step's losses and gradients; when it throws, what was learned until then is kept */
  readonly takeStep: (step: number) => Promise<StepOutcome<Losses>>;
}

export interface Progress<Losses> {
  /** steps done */
  readonly step: number;
  readonly losses: Losses;
  readonly rate: number;
  readonly stepsPerSecond: number;
  readonly secondsLeft: number;
}

export interface Outcome<Losses> {
  readonly step: number;
  readonly finished: boolean;
  /** of training, over all sessions */
  readonly seconds: number;
  /** that a step took in this session, on average; undefined where it took none */
  readonly stepSeconds: number | undefined;
  /** the means along the way, thinned */
  readonly losses: readonly LossPoint<Losses>[];
}

/**
 * Trains until the config's iterations are done or it is told to stop.
 * @throws UserError when a loss is not finite, naming the step and what it looked at, or when the
 * checkpoints are of another config; what `takeStep` throws
 */
export async function runTraining<Losses extends LossValues<Losses>, Config extends LoopConfig>(
  training: Training<Losses, Config>,
): Promise<Outcome<Losses>> {
  const optimizer = makeOptimizer(training.config.optimizer);
  try {
    return await runWith(optimizer, training);
  } finally {
    optimizer.dispose();
  }
}

async function runWith<Losses extends LossValues<Losses>, Config extends LoopConfig>(
  optimizer: Optimizer,
  training: Training<Losses, Config>,
): Promise<Outcome<Losses>> {
  const { config, weights, checkpoints } = training;
  const checkpoint = readCheckpoint<Config, Losses>(checkpoints, config);
  let step = checkpoint?.step ?? 0;
  const log = new LossLog<Losses>(config.iterations, checkpoint?.losses);
  const secondsBefore = checkpoint?.seconds ?? 0;
  if (checkpoint) {
    weights.restore(checkpoint.tensors);
    optimizer.restore(checkpoint.tensors);
  } else {
    await training.prepare?.();
  }
  const firstStep = step;
  const started = Date.now();
  const seconds = () => secondsBefore + (Date.now() - started) / 1000;
  const save = async () =>
    writeCheckpoint<Config, Losses>(checkpoints, {
      step,
      config,
      seconds: seconds(),
      losses: log.state,
      tensors: new Map([...(await weights.state()), ...(await optimizer.state())]),
    });

  const meter = new Meter<Losses>(training.stepsBetweenReports);
  let saved = Date.now();
  while (step < config.iterations && !training.shouldStop()) {
    await untilHeard();
    const { losses, gradients, seen } = await training.takeStep(step).catch(async (error) => {
      await save();
      throw error;
    });
    const finite = Object.values(losses).every(Number.isFinite);
    if (finite) {
      optimizer.apply(weights.trained, gradients, learningRate(config, step), (name) =>
        weights.rateOf(name),
      );
    }
    tf.dispose(gradients);
    if (!finite) {
      throw new UserError(
        `The loss is no longer a finite number at step ${step + 1}, on ${seen}; ` +
          'start again with a lower learning rate and another --checkpoints folder.',
      );
    }
    step++;
    log.add(step, losses);
    meter.add(losses);
    if (meter.full || step === config.iterations) {
      await training.onProgress(meter.report(step, learningRate(config, step), config.iterations));
    }
    if (Date.now() - saved > training.minutesBetweenCheckpoints * 60_000) {
      await save();
      saved = Date.now();
    }
  }
  const taken = step - firstStep;
  const stepSeconds = taken > 0 ? (Date.now() - started) / 1000 / taken : undefined;
  await save();
  const finished = step >= config.iterations;
  return { step, finished, seconds: seconds(), stepSeconds, losses: log.points };
}

/** Lets Ctrl-C and timers in: a step whose data are all in memory waits for nothing that does. */
const untilHeard = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Running means of the losses and the speed since the last report. */
class Meter<Losses extends LossValues<Losses>> {
  private readonly mean = new MeanLosses<Losses>();
  private since = Date.now();

  constructor(private readonly size: number) {}

  get full(): boolean {
    return this.mean.count >= this.size || Date.now() - this.since > REPORT_EVERY_MS;
  }

  add(losses: Losses): void {
    this.mean.add(losses);
  }

  report(step: number, rate: number, iterations: number): Progress<Losses> {
    const seconds = Math.max(1e-3, (Date.now() - this.since) / 1000);
    const stepsPerSecond = this.mean.count / seconds;
    this.since = Date.now();
    return {
      step,
      losses: this.mean.take(),
      rate,
      stepsPerSecond,
      secondsLeft: (iterations - step) / stepsPerSecond,
    };
  }
}
