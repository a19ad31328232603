/**
 * `loupe train detector`: trains the RPN and the RoI heads (and conv5, where the config says so)
 * on COCO JSON files, from cached features of the frozen trunk, and writes the model folder that
 * the app serves.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Command, Option } from 'commander';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { RPN_STRIDES, type RpnTap } from '../../src/core/detection/rpn.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { withChosenAnchors, withPlacement, withRatios } from '../anchorFile.ts';
import { registerClassifier } from '../classifier/trainCommand.ts';
import { duration, printJson, say, UserError } from '../console.ts';
import { restoreForExport } from '../detector/checkpoint.ts';
import { readCheckedTruth } from '../detector/checks.ts';
import { readTrainingConfig, type TrainingConfig } from '../detector/config.ts';
import { costOf, meanPixels } from '../detector/cost.ts';
import { readTrainingSets, TurnOrder } from '../detector/dataset.ts';
import { checkModelFolder, exportDetector } from '../detector/exportModel.ts';
import { exportRpn } from '../detector/exportRpn.ts';
import { FeatureCache } from '../detector/features.ts';
import { checkCacheSpace, fillCache, viewsOfRun } from '../detector/fillCache.ts';
import { readMetrics } from '../detector/modelCard.ts';
import {
  measureConvolution,
  type Throughput,
  throughputOf,
  throughputText,
} from '../detector/throughput.ts';
import { type TrainingProgress, train } from '../detector/trainer.ts';
import { TrainingWeights } from '../detector/weights.ts';
import { chooseEngine, prepareTraining } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { aspectRatios, betweenShares, count } from '../optionValues.ts';
import { type RunOptions, withOverrides, withRunOptions } from '../runOptions.ts';
import { currentCommit, DEFAULT_CACHE, stopper } from '../session.ts';
import { registerSuperResolution } from '../superResolution/trainCommand.ts';
import { WORKERS_HELP, workersFor } from '../workers/pool.ts';

interface TrainOptions extends RunOptions {
  readonly config: string;
  readonly out?: string;
  readonly cache: string;
  readonly anchors?: string;
  readonly ratios?: number[];
  readonly placement?: RpnTap;
  readonly gamma?: number;
  readonly featuresOnly?: boolean;
  readonly workers?: number;
  readonly metrics?: string;
}

/** Adds the command to the program. */
export function register(program: Command): void {
  const parent = program.command('train').description('Trains the networks.');
  registerSuperResolution(parent);
  registerClassifier(parent);
  withRunOptions(parent.command('detector'))
    .description(
      'Trains the region proposal network and the RoI heads, or, where the config says so, the former alone.',
    )
    .requiredOption('--config <file>', 'what to train, such as training/configs/household.json')
    .option(
      '--out <folder>',
      "the model folder to write (default: beside the trunk, by the config's name)",
    )
    .option('--cache <folder>', 'where features of the frozen trunk are kept', DEFAULT_CACHE)
    .option(
      '--anchors <file or set>',
      `other anchors than the config's: a file of loupe anchors --json, or ${Object.keys(ANCHOR_SETS).join(', ')}`,
    )
    .option('--ratios <list>', 'other heights over widths of the anchors, 1,0.5,2', aspectRatios)
    .addOption(
      new Option('--placement <map>', "what the RPN slides over, instead of the config's").choices(
        Object.keys(RPN_STRIDES),
      ),
    )
    .option(
      '--gamma <factor>',
      'what each step of the schedule multiplies the rate by',
      betweenShares,
    )
    .option('--features-only', 'only compute the features of the first epoch, in its order')
    .option('--workers <count>', `of --features-only: ${WORKERS_HELP}`, count)
    .option('--metrics <file>', "JSON with measured quality, to keep in the model's manifest")
    .addHelpText(
      'after',
      `
A run that was stopped (Ctrl-C, --minutes) goes on where it was when the same command is given again.
With another config, anchors, placement, number of steps, rate or seed it is another run and needs other --checkpoints.

The last of the examples says how much of the engine's own convolution rate training reaches, and
leaves no model behind. Features that are not cached yet count as training: get them with --features-only.

Examples:
  $ npm run loupe -- train detector --config training/configs/household.json
  $ npm run loupe -- train detector --config training/configs/household.json --minutes 60
  $ npm run loupe -- train detector --config my.json --iterations 500 --learning-rate 1e-4
  $ npm run loupe -- train detector --config my.json --anchors anchors.json
  $ npm run loupe -- train detector --config my.json --placement conv3_3 --anchors paper --ratios 1,0.5,2
  $ npm run loupe -- train detector --config training/configs/rpn.json --anchors chen --out public/models/rpn-chen --checkpoints /tmp/rpn-chen
  $ npm run loupe -- train detector --config training/configs/household.json --export-only --metrics metrics.json
  $ npm run --silent loupe -- train detector --config my.json --checkpoints /tmp/short --minutes 1 --json`,
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const config = configOf(options);
  // What could only fail at the end is looked at before the hours of training.
  const out = options.out ?? join(config.trunk, '..', config.name);
  checkModelFolder(out, config);
  const metrics = options.metrics ? readMetrics(options.metrics) : undefined;
  if (!options.exportOnly) {
    for (const { annotations, images } of config.data) await readCheckedTruth(annotations, images);
  }
  const engine = await chooseEngine(options.engine);
  await prepareTraining();
  const loaded = await loadModel(createFileSource(config.trunk));
  const weights = new TrainingWeights(config, loaded.weights);
  const checkpoints = options.checkpoints ?? join(options.cache, 'runs', config.name);
  let outcome = { step: 0, finished: false, seconds: 0 };
  let throughput: Throughput | undefined;
  if (options.exportOnly) {
    outcome = restoreForExport(weights, checkpoints, config);
  } else {
    const sets = readTrainingSets(config);
    say(`Engine: ${engine.description}. Checkpoints: ${checkpoints}.`);
    const order = TurnOrder.of(config, sets);
    say(
      `${sets.map(({ photos }, i) => `${config.data[i]?.name}: ${photos.length} photos`).join(', ')}; ${order.turnsPerEpoch} turns an epoch.`,
    );
    const cache = FeatureCache.of(join(options.cache, 'features'), loaded);
    const seen = viewsOfRun(config, order);
    checkCacheSpace(cache, seen, `The features of ${config.name}`);
    if (options.featuresOnly) {
      const first = seen.slice(0, order.turnsPerEpoch);
      await fillCache(cache, first, stopper(options.minutes), 'Features', {
        trunk: config.trunk,
        count: (views) => workersFor(options.workers, engine, views),
      });
      return;
    }
    const convolutionGflops = await measureConvolution();
    const shouldStop = stopper(options.minutes);
    const start = config.startFrom
      ? await loadModel(createFileSource(config.startFrom))
      : undefined;
    const pixels = meanPixels(seen);
    const { step: stepGflop } = costOf(config, { step: pixels, photo: 0 }, 0);
    const throughputAt = (stepSeconds: number) =>
      throughputOf(stepGflop, stepSeconds, convolutionGflops);
    const trained = await train({
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
      onProgress: (progress) => {
        const reached = throughputText(throughputAt(1 / progress.stepsPerSecond));
        say(progressLine(progress, config.iterations, reached));
      },
      shouldStop,
    });
    outcome = trained;
    if (trained.stepSeconds !== undefined) throughput = throughputAt(trained.stepSeconds);
  }
  if (outcome.finished || options.exportOnly) {
    const written = {
      ...{ config, out, trained: await weights.folded() },
      ...{ steps: outcome.step, hours: outcome.seconds / 3600 },
      ...{ engine: engine.description, commit: currentCommit() },
    };
    if (config.trainRoiHeads === false) exportRpn(written);
    else exportDetector({ ...written, metrics });
    say(`Wrote ${out} after ${outcome.step} steps.`);
  } else {
    say(
      `Stopped at step ${outcome.step} of ${config.iterations}; the same command goes on from there.`,
    );
  }
  const { step, finished, seconds } = outcome;
  if (options.json) {
    const row = throughput && {
      what: config.name,
      engine: engine.description,
      ...throughput,
      note: '',
    };
    const tensors = tf.memory().numTensors;
    printJson({ step, finished, seconds, out, tensors, throughput: row });
  }
}

/** The config's file, with what the options say otherwise. */
function configOf(options: TrainOptions): TrainingConfig {
  const { anchors, ratios, placement, gamma } = options;
  const read = withOverrides(readTrainingConfig(options.config), options);
  const placed = placement ? withPlacement(read, placement) : read;
  const anchored = anchors ? withChosenAnchors(placed, anchors) : placed;
  return withGamma(ratios ? withRatios(anchored, ratios) : anchored, gamma);
}

/** With another factor for the schedule's steps. */
function withGamma(config: TrainingConfig, gamma: number | undefined): TrainingConfig {
  const { schedule } = config;
  if (gamma === undefined) return config;
  if (schedule.kind !== 'steps') {
    throw new UserError(
      `--gamma belongs to the schedule "steps"; the config's is "${schedule.kind}".`,
    );
  }
  return { ...config, schedule: { ...schedule, gamma } };
}

function progressLine(progress: TrainingProgress, iterations: number, reached: string): string {
  const { step, losses, rate, stepsPerSecond, secondsLeft } = progress;
  const { objectness, anchorDeltas, classes, boxDeltas } = losses;
  const total = objectness + anchorDeltas + classes + boxDeltas;
  return (
    `${step}/${iterations}  loss ${total.toFixed(3)} (objectness ${objectness.toFixed(3)}, ` +
    `anchor deltas ${anchorDeltas.toFixed(3)}, classes ${classes.toFixed(3)}, ` +
    `box deltas ${boxDeltas.toFixed(3)})  rate ${rate.toExponential(1)}  ` +
    `${stepsPerSecond.toFixed(2)} steps/s, ${reached}  ${duration(secondsLeft)} left`
  );
}
