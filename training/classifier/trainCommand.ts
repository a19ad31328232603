/**
 * `loupe train classifier`: trains the heads that classify proposals again, one for each kind of
 * upscaling, and writes the model folder that `loupe detect --upscaling` and the app use.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { duration, printJson, say } from '../console.ts';
import { restoreForExport } from '../detector/checkpoint.ts';
import { readCheckedTruth } from '../detector/checks.ts';
import { chooseEngine, prepareTraining } from '../engine.ts';
import { type RunOptions, withOverrides, withRunOptions } from '../runOptions.ts';
import { currentCommit, DEFAULT_CACHE, stopper } from '../session.ts';
import type { Progress } from '../trainingLoop.ts';
import { numbersOf } from '../variables.ts';
import { CandidateSource } from './candidates.ts';
import { readClassifierTraining } from './config.ts';
import { exportClassifier } from './exportModel.ts';
import { gatherRows } from './rows.ts';
import { loadSight } from './sight.ts';
import { type ClassifierLosses, trainClassifier } from './trainer.ts';
import { ClassifierWeights } from './weights.ts';

interface TrainOptions extends RunOptions {
  readonly config: string;
  readonly out?: string;
  readonly cache: string;
}

/** Adds the command to `loupe train`. */
export function registerClassifier(parent: Command): void {
  withRunOptions(parent.command('classifier'))
    .description('Trains the heads that classify enlarged and sharpened proposals again.')
    .requiredOption('--config <file>', 'what to train, such as training/configs/classifier.json')
    .option('--out <folder>', 'the model folder to write (default: public/models/<name>)')
    .option('--cache <folder>', 'where proposals and features of crops are kept', DEFAULT_CACHE)
    .addHelpText(
      'after',
      `
What takes long is looking: the detector's proposals and the trunk's features of all crops. Both are
kept, so that another seed or another rate costs seconds; a run that was stopped (Ctrl-C, --minutes)
goes on where it was when the same command is given again.

Examples:
  $ npm run loupe -- train classifier --config training/configs/classifier.json
  $ npm run loupe -- train classifier --config training/configs/classifier.json --engine bfloat16 --seed 2`,
    )
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const config = withOverrides(readClassifierTraining(options.config), options);
  const out = options.out ?? join('public/models', config.name);
  const checkpoints = options.checkpoints ?? join(options.cache, 'runs', config.name);
  if (!options.exportOnly) {
    for (const { annotations, images } of config.data) await readCheckedTruth(annotations, images);
  }
  const engine = await chooseEngine(options.engine);
  await prepareTraining();
  const sight = await loadSight(config, options.cache);
  const { workingSize } = sight;
  const candidates = new CandidateSource(options.cache, sight.detector, {
    workingSize,
    slices: false,
  });
  const { classes } = candidates.detector;
  const weights = new ClassifierWeights(config, sight.crops.inputs, classes.length + 1);
  const shouldStop = stopper(options.minutes);
  let outcome: { step: number; finished: boolean; seconds: number } | undefined;
  if (options.exportOnly) {
    outcome = restoreForExport(weights, checkpoints, config);
  } else {
    say(`Engine: ${engine.description}. Checkpoints: ${checkpoints}.`);
    const rows = await gatherRows(config, candidates, sight.crops, shouldStop);
    outcome =
      rows &&
      (await trainClassifier({
        config,
        weights,
        rows,
        checkpoints,
        minutesBetweenCheckpoints: options.checkpointEvery,
        stepsBetweenReports: 100,
        onProgress: (progress) => say(progressLine(progress, config.iterations)),
        shouldStop,
      }));
  }
  const { step, finished, seconds } = outcome ?? { step: 0, finished: false, seconds: 0 };
  if (finished || options.exportOnly) {
    const exported = weights.exported();
    exportClassifier({
      config,
      out,
      weights: await numbersOf(exported),
      classes,
      inputs: sight.crops.inputs,
      trunkHashes: sight.trunkHashes,
      ...(sight.redNetFingerprint && { redNetFingerprint: sight.redNetFingerprint }),
      steps: step,
      hours: seconds / 3600,
      engine: engine.description,
      commit: currentCommit(),
    });
    tf.dispose([...exported.values()]);
    say(`Wrote ${out} after ${step} steps.`);
  } else {
    say(`Stopped at step ${step} of ${config.iterations}; the same command goes on from there.`);
  }
  weights.dispose();
  sight.dispose();
  const tensors = tf.memory().numTensors;
  if (options.json) printJson({ step, finished, seconds, out, tensors });
}

function progressLine(progress: Progress<ClassifierLosses>, iterations: number): string {
  const { step, losses, rate, stepsPerSecond, secondsLeft } = progress;
  const told = Object.entries(losses).map(([kind, loss]) => `${kind} ${loss.toFixed(3)}`);
  return (
    `${step}/${iterations}  loss ${told.join(', ')}  rate ${rate.toExponential(1)}  ` +
    `${stepsPerSecond.toFixed(1)} steps/s  ${duration(secondsLeft)} left`
  );
}
