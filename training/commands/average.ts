/**
 * `loupe average`: a detector whose weights lie between those of two others that were trained from one
 * another (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022). What the later one
 * learned mostly stays, and so does what it was about to forget.
 */
import { basename, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import { say, UserError } from '../console.ts';
import { readTrainingConfig } from '../detector/config.ts';
import { exportDetector } from '../detector/exportModel.ts';
import { readMetrics } from '../detector/modelCard.ts';
import { chooseEngine } from '../engine.ts';
import { createFileSource } from '../fileSource.ts';
import { share as shareOf } from '../optionValues.ts';

interface AverageOptions {
  readonly share: number;
  readonly config: string;
  readonly out: string;
  readonly metrics?: string;
}

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('average')
    .description('Writes the detector whose weights lie between those of two others.')
    .argument('<earlier>', 'the model folder that training went on from')
    .argument('<later>', 'the model folder that it ended in, on the same trunk')
    .requiredOption('--share <part>', "the later one's share of the weights, from 0 to 1", shareOf)
    .requiredOption('--config <file>', 'the config that the later one was trained by')
    .requiredOption('--out <folder>', 'the model folder to write')
    .option('--metrics <file>', 'measured quality, as JSON, for the manifest and the card')
    .addHelpText(
      'after',
      `
Example:
  $ npm run loupe -- average public/models/household-4 public/models/household-6 --share 0.75 \\
      --config training/configs/household.json --out public/models/household`,
    )
    .action(run);
}

async function run(earlier: string, later: string, options: AverageOptions): Promise<void> {
  const config = readTrainingConfig(options.config);
  const metrics = options.metrics === undefined ? undefined : readMetrics(options.metrics);
  await chooseEngine('wasm');
  const [one, other] = [await open(earlier), await open(later)];
  try {
    if (trunkHashes(one.manifest).join() !== trunkHashes(other.manifest).join()) {
      throw new UserError(
        `${earlier} and ${later} have different trunks; average two of one trunk.`,
      );
    }
    const { training } = other.manifest;
    if (!training) throw new UserError(`${later} does not say how it was trained.`);
    const { commit, recipe } = training;
    const { steps, hours, engine } = recipe as Record<string, unknown>;
    exportDetector({
      config,
      out: options.out,
      trained: await between(one, other, options.share),
      steps: Number(steps),
      hours: Number(hours),
      engine: String(engine),
      ...(commit && { commit }),
      ...(metrics && { metrics }),
      averaged: { with: basename(resolve(earlier)), share: options.share },
    });
  } finally {
    one.dispose();
    other.dispose();
  }
  say(`Wrote ${options.out}: ${options.share} of ${later}, the rest of ${earlier}.`);
}

const open = (folder: string) => loadModel(createFileSource(folder));

/**
 * All weights, each between those of the two.
 * @throws UserError where one of them is not in both, or of another shape
 */
async function between(
  one: LoadedModel,
  other: LoadedModel,
  share: number,
): Promise<Map<string, WeightData>> {
  const weights = new Map<string, WeightData>();
  for (const [name, from] of one.weights) {
    const to = other.weights.get(name);
    if (!to || !tf.util.arraysEqual(from.shape, to.shape)) {
      throw new UserError(
        `${one.manifest.name} and ${other.manifest.name} differ in the shape of ${name}; average two of one config.`,
      );
    }
    const mean = tf.tidy(() => tf.add(tf.mul(from, 1 - share), tf.mul(to, share)));
    weights.set(name, { shape: [...from.shape], data: (await mean.data()) as Float32Array });
    mean.dispose();
  }
  return weights;
}
