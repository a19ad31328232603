/**
 * `loupe train detector`: trains the RPN and the RoI heads (and conv5, where the config says so)
 * on COCO JSON files, from cached features of the frozen trunk, and writes the model folder that
 * the app serves.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { duration, printJson, progressBar, say, UserError } from '../console.ts';
import { readCheckpoint } from '../detector/checkpoint.ts';
import { readTrainingConfig, type TrainingConfig } from '../detector/config.ts';
import { readDataset, TurnOrder } from '../detector/dataset.ts';
import { checkModelFolder, exportDetector } from '../detector/exportModel.ts';
import { FeatureCache } from '../detector/features.ts';
import { type Metrics, parseMetrics } from '../detector/modelCard.ts';
import { type TrainingProgress, train } from '../detector/trainer.ts';
import { chooseView } from '../detector/views.ts';
import { TrainingWeights } from '../detector/weights.ts';
import { chooseEngine, ENGINE_CHOICES, type EngineChoice, prepareTraining } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { count, positive, whole } from '../optionValues.ts';

interface TrainOptions {
  readonly config: string;
  readonly out?: string;
  readonly checkpoints?: string;
  readonly cache: string;
  readonly engine: EngineChoice;
  readonly iterations?: number;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly gamma?: number;
  readonly checkpointEvery: number;
  readonly minutes?: number;
  readonly exportOnly?: boolean;
  readonly featuresOnly?: boolean;
  readonly metrics?: string;
  readonly json?: boolean;
}

const DEFAULT_CACHE = join(homedir(), '.cache', 'loupe');

/** Adds the command to the program. */
export function register(program: Command): void {
  const parent = program.command('train').description('Trains the networks.');
  parent
    .command('detector')
    .description('Trains the region proposal network and the RoI heads.')
    .requiredOption('--config <file>', 'what to train, such as training/configs/household.json')
    .option(
      '--out <folder>',
      "the model folder to write (default: beside the trunk, by the config's name)",
    )
    .option('--checkpoints <folder>', 'where the run is kept and resumed from')
    .option('--cache <folder>', 'where features of the frozen trunk are kept', DEFAULT_CACHE)
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .option('--iterations <count>', "another number of steps than the config's", count)
    .option('--learning-rate <rate>', "another learning rate than the config's", positive)
    .option('--gamma <factor>', 'what each step of the schedule multiplies the rate by', positive)
    .option('--seed <number>', "another seed than the config's", whole)
    .option('--checkpoint-every <minutes>', 'minutes between checkpoints', positive, 8)
    .option('--minutes <count>', 'stop with a checkpoint after so many minutes', positive)
    .option('--export-only', 'only write the model, from the newest checkpoint')
    .option('--features-only', 'only compute the features of the first epoch, in its order')
    .option('--metrics <file>', "JSON with measured quality, to keep in the model's manifest")
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      `
A run that was stopped (Ctrl-C, --minutes) goes on where it was when the same command is given again.
With another config, number of steps, rate or seed it is another run and needs other --checkpoints.

Examples:
  $ npm run loupe -- train detector --config training/configs/household.json
  $ npm run loupe -- train detector --config training/configs/household.json --minutes 60
  $ npm run loupe -- train detector --config my.json --iterations 500 --learning-rate 1e-4
  $ npm run loupe -- train detector --config training/configs/household.json --export-only --metrics metrics.json`,
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const config = withOverrides(readTrainingConfig(options.config), options);
  if (config.detector.rpn.tap === 'conv3_3') {
    throw new UserError(
      'The feature cache starts at conv4_3, so the RPN cannot be trained on conv3_3; set rpn.tap to conv4_3 or conv5_3.',
    );
  }
  // What could only fail at the end is looked at before the hours of training.
  const out = options.out ?? join(config.trunk, '..', config.name);
  checkModelFolder(out, config.trunk);
  const metrics = options.metrics ? readMetrics(options.metrics) : undefined;
  const engine = await chooseEngine(options.engine);
  await prepareTraining();
  const loaded = await loadModel(createFileSource(config.trunk));
  const weights = new TrainingWeights(config, loaded.weights);
  const checkpoints = options.checkpoints ?? join(options.cache, 'runs', config.name);
  let outcome = { step: 0, finished: false, seconds: 0 };
  if (options.exportOnly) {
    const checkpoint = readCheckpoint(checkpoints, config);
    if (!checkpoint)
      throw new UserError(`There is no checkpoint in ${checkpoints} to write a model from.`);
    weights.restore(checkpoint.tensors);
    const { step, seconds } = checkpoint;
    outcome = { step, seconds, finished: step >= config.iterations };
  } else {
    const sets = config.data.map((set) => ({
      photos: readDataset(set, config.classes),
      repeat: set.repeat,
    }));
    say(`Engine: ${engine.description}. Checkpoints: ${checkpoints}.`);
    const order = new TurnOrder(sets, config.seed, config.flips, config.views?.count);
    say(
      `${sets.map(({ photos }, i) => `${config.data[i]?.name}: ${photos.length} photos`).join(', ')}; ${order.turnsPerEpoch} turns an epoch.`,
    );
    const frozenShards = loaded.manifest.groups.find(({ name }) => name === 'conv1-4')?.shards;
    const trunkHash = frozenShards?.map(({ sha256 }) => sha256).join() ?? config.trunk;
    const frozen = new Vgg16(loaded.weights);
    const cache = new FeatureCache(join(options.cache, 'features'), frozen, trunkHash);
    if (options.featuresOnly) {
      await computeFeatures(config, order, cache, stopper(options.minutes));
      return;
    }
    const start = config.startFrom
      ? await loadModel(createFileSource(config.startFrom))
      : undefined;
    outcome = await train({
      config,
      weights,
      order,
      cache,
      ...(start && {
        startFrom: { weights: start.weights, classes: start.manifest.classes ?? [] },
      }),
      checkpoints,
      minutesBetweenCheckpoints: options.checkpointEvery,
      stepsBetweenReports: 50,
      onProgress: (progress) => say(progressLine(progress, config.iterations)),
      shouldStop: stopper(options.minutes),
    });
  }
  if (outcome.finished || options.exportOnly) {
    exportDetector({
      config,
      out,
      trained: await weights.folded(),
      steps: outcome.step,
      hours: outcome.seconds / 3600,
      engine: engine.description,
      commit: currentCommit(),
      metrics,
    });
    say(`Wrote ${out} after ${outcome.step} steps.`);
  } else {
    say(
      `Stopped at step ${outcome.step} of ${config.iterations}; the same command goes on from there.`,
    );
  }
  if (options.json) printJson({ ...outcome, out, tensors: tf.memory().numTensors });
}

/** Fills the cache with the views of the first epoch, so that a run can start warm. */
async function computeFeatures(
  config: TrainingConfig,
  order: TurnOrder,
  cache: FeatureCache,
  shouldStop: () => boolean,
): Promise<void> {
  const progress = progressBar(order.turnsPerEpoch, 'Features');
  try {
    for (let step = 0; step < order.turnsPerEpoch && !shouldStop(); step++) {
      const turn = order.turn(step);
      const view = chooseView(turn, config);
      if (!cache.has(turn.photo, view)) (await cache.get(turn.photo, view)).dispose();
      progress.tick();
    }
  } finally {
    progress.stop();
  }
}

/** The config with what the command line says otherwise; the order of its keys stays. */
function withOverrides(config: TrainingConfig, options: TrainOptions): TrainingConfig {
  const { iterations, seed, learningRate, gamma } = options;
  const { optimizer, schedule } = config;
  if (gamma !== undefined && schedule.kind !== 'steps') {
    throw new UserError(
      `--gamma belongs to the schedule "steps"; the config's is "${schedule.kind}".`,
    );
  }
  return {
    ...config,
    iterations: iterations ?? config.iterations,
    seed: seed ?? config.seed,
    optimizer: { ...optimizer, learningRate: learningRate ?? optimizer.learningRate },
    schedule:
      schedule.kind === 'steps' ? { ...schedule, gamma: gamma ?? schedule.gamma } : schedule,
  };
}

function progressLine(progress: TrainingProgress, iterations: number): string {
  const { step, losses, rate, stepsPerSecond, secondsLeft } = progress;
  const { objectness, anchorDeltas, classes, boxDeltas } = losses;
  const total = objectness + anchorDeltas + classes + boxDeltas;
  return (
    `${step}/${iterations}  loss ${total.toFixed(3)} (objectness ${objectness.toFixed(3)}, ` +
    `anchor deltas ${anchorDeltas.toFixed(3)}, classes ${classes.toFixed(3)}, ` +
    `box deltas ${boxDeltas.toFixed(3)})  rate ${rate.toExponential(1)}  ` +
    `${stepsPerSecond.toFixed(2)} steps/s  ${duration(secondsLeft)} left`
  );
}

/** True once the minutes are over or the user asked to stop; a second Ctrl-C ends at once. */
function stopper(minutes: number | undefined): () => boolean {
  let asked = false;
  const ask = () => {
    if (asked) process.exit(130);
    asked = true;
    say('Stopping after this step; the checkpoint is written first.');
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  const end = minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
  return () => asked || Date.now() > end;
}

function readMetrics(path: string): Metrics {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`);
  try {
    return parseMetrics(JSON.parse(readFileSync(path, 'utf8')), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`);
  }
}

/** The commit that the code stands at, where this is a git checkout. */
function currentCommit(): string | undefined {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
