/**
 * `loupe train super-resolution`: trains RED-Net on folders of pictures and writes the model folder
 * that `loupe upscale`, `loupe evaluate-sr` and the app use.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetConfigSchema } from '../../src/core/superResolution/redNet.ts';
import { duration, plural, printJson, say, UserError } from '../console.ts';
import { restoreForExport } from '../detector/checkpoint.ts';
import { measureConvolution, throughputOf, throughputText } from '../detector/throughput.ts';
import { chooseEngine, prepareTraining } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { type RunOptions, withOverrides, withRunOptions } from '../runOptions.ts';
import { currentCommit, DEFAULT_CACHE, stopper } from '../session.ts';
import type { Progress } from '../trainingLoop.ts';
import { numbersOf } from '../variables.ts';
import { readSrConfig, type SrConfig } from './config.ts';
import { stepGflop } from './cost.ts';
import { exportRedNet } from './exportModel.ts';
import { PatchSource, splitOf } from './patches.ts';
import { type SrLosses, trainRedNet, type ValidationScore, validate } from './trainer.ts';
import { RedNetWeights } from './weights.ts';

interface TrainOptions extends RunOptions {
  readonly config: string;
  readonly out?: string;
}

/** Adds the command to `loupe train`. */
export function registerSuperResolution(parent: Command): void {
  withRunOptions(parent.command('super-resolution'))
    .description('Trains RED-Net, which sharpens what bicubic interpolation enlarged.')
    .requiredOption('--config <file>', 'what to train, such as training/configs/red-net-1.json')
    .option('--out <folder>', 'the model folder to write (default: public/models/<name>)')
    .addHelpText(
      'after',
      `
A run that was stopped (Ctrl-C, --minutes) goes on where it was when the same command is given again.
With another config, number of steps, rate or seed it is another run and needs other --checkpoints.

The line of progress tells PSNR on the patches and what it is above bicubic interpolation's.

Examples:
  $ npm run loupe -- train super-resolution --config training/configs/red-net-1.json
  $ npm run loupe -- train super-resolution --config training/configs/red-net-1.json --minutes 60
  $ npm run loupe -- train super-resolution --config training/configs/red-net-1.json --export-only`,
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const config = withOverrides(readSrConfig(options.config), options);
  const out = options.out ?? join('public/models', config.name);
  const checkpoints = options.checkpoints ?? join(DEFAULT_CACHE, 'runs', config.name);
  if (config.startFrom && !options.exportOnly) checkStart(config.startFrom);
  const split = await splitOf(config);
  const engine = await chooseEngine(options.engine);
  await prepareTraining();
  const weights = new RedNetWeights(config.network, config.seed);
  const shouldStop = stopper(options.minutes);
  let outcome: { step: number; finished: boolean; seconds: number };
  let validation: readonly ValidationScore[] | undefined;
  if (options.exportOnly) {
    outcome = restoreForExport(weights, checkpoints, config);
  } else {
    say(`Engine: ${engine.description}. Checkpoints: ${checkpoints}.`);
    say(`${plural(split.train.length, 'picture')}, ${split.validation.length} more held out.`);
    if (config.startFrom) await beginFrom(weights, config.startFrom, config);
    const convolutionGflops = await measureConvolution();
    outcome = await trainRedNet({
      config,
      weights,
      patches: new PatchSource(config, split.train),
      validation: split.validation,
      checkpoints,
      minutesBetweenCheckpoints: options.checkpointEvery,
      stepsBetweenReports: 100,
      onProgress: (progress) => {
        const stepSeconds = 1 / progress.stepsPerSecond;
        const reached = throughputOf(stepGflop(config), stepSeconds, convolutionGflops);
        say(progressLine(progress, config.iterations, throughputText(reached)));
      },
      onValidation: (step, scores) => {
        validation = scores;
        say(`${step}/${config.iterations}  held out: ${scores.map(scoreText).join(', ')}`);
      },
      shouldStop,
    });
  }
  if (outcome.finished || options.exportOnly) {
    validation ??= await validate(config, weights, split.validation);
    const exported = weights.exported();
    exportRedNet({
      config,
      out,
      weights: await numbersOf(exported),
      steps: outcome.step,
      hours: outcome.seconds / 3600,
      engine: engine.description,
      commit: currentCommit(),
      validation,
    });
    tf.dispose([...exported.values()]);
    say(`Wrote ${out} after ${outcome.step} steps.`);
  } else {
    say(
      `Stopped at step ${outcome.step} of ${config.iterations}; the same command goes on from there.`,
    );
  }
  const { step, finished, seconds } = outcome;
  weights.dispose();
  const tensors = tf.memory().numTensors;
  if (options.json) printJson({ step, finished, seconds, out, tensors, validation });
}

/** What training goes on from is a model that may have to be trained first: said before pictures are read. */
function checkStart(folder: string): void {
  if (existsSync(join(folder, 'manifest.json'))) return;
  throw new UserError(
    `The config goes on from the model ${folder}, which is not there; train it first (the shipped configs are red-net-1.json, red-net-2.json, red-net.json, in this order), or name another as "startFrom", such as public/models/red-net.`,
  );
}

/** A checkpoint, where there is one, then takes their place. */
async function beginFrom(weights: RedNetWeights, folder: string, { network }: SrConfig) {
  const model = await loadModel(createFileSource(folder));
  try {
    const { architecture } = model.manifest;
    const [theirs, ours] = [redNetConfigSchema.parse(architecture), network];
    if (theirs.depth !== ours.depth || theirs.channels !== ours.channels) {
      throw new UserError(
        `${folder} has a depth of ${theirs.depth} with ${theirs.channels} channels, the config's network ${ours.depth} with ${ours.channels}; training can go on from the same network alone.`,
      );
    }
    weights.begin(model.weights);
  } finally {
    model.dispose();
  }
}

function scoreText({ scale, psnr, bicubic }: ValidationScore): string {
  return `x${scale} ${psnr.toFixed(2)} dB (${signed(psnr - bicubic)})`;
}

function progressLine(progress: Progress<SrLosses>, iterations: number, reached: string): string {
  const { step, losses, rate, stepsPerSecond, secondsLeft } = progress;
  const [psnr, bicubic] = [losses.network, losses.bicubic].map((mse) => -10 * Math.log10(mse)) as [
    number,
    number,
  ];
  return (
    `${step}/${iterations}  loss ${losses.loss.toExponential(3)}, ${psnr.toFixed(2)} dB ` +
    `(${signed(psnr - bicubic)})  rate ${rate.toExponential(1)}  ` +
    `${stepsPerSecond.toFixed(2)} steps/s, ${reached}  ${duration(secondsLeft)} left`
  );
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
}
