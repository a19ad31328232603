/**
 * The options that every `loupe train` shares: on which engine, for how long, with which seed.
 */
import type { Command } from 'commander';
import { ENGINE_CHOICES, type EngineChoice } from './engine.ts';
import { count, positive, whole } from './optionValues.ts';

export interface RunOptions {
  readonly checkpoints?: string;
  readonly engine: EngineChoice;
  readonly iterations?: number;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly checkpointEvery: number;
  readonly minutes?: number;
  readonly exportOnly?: boolean;
  readonly json?: boolean;
}

/** Adds them to a command. */
export function withRunOptions(command: Command): Command {
  return command
    .option('--checkpoints <folder>', 'where the run is kept and resumed from')
    .option('--engine <name>', `one of ${ENGINE_CHOICES.join(', ')}`, 'auto')
    .option('--iterations <count>', "another number of steps than the config's", count)
    .option('--learning-rate <rate>', "another learning rate than the config's", positive)
    .option('--seed <number>', "another seed than the config's", whole)
    .option('--checkpoint-every <minutes>', 'minutes between checkpoints', positive, 8)
    .option('--minutes <count>', 'stop with a checkpoint after so many minutes', positive)
    .option('--export-only', 'only write the model, from the newest checkpoint')
    .option('--json', 'print the outcome as JSON');
}

/** A config with what the command line says otherwise; the order of its keys stays. */
export function withOverrides<
  Config extends {
    readonly iterations: number;
    readonly seed: number;
    readonly optimizer: { readonly learningRate: number };
  },
>(config: Config, { iterations, seed, learningRate }: RunOptions): Config {
  const { optimizer } = config;
  return {
    ...config,
    iterations: iterations ?? config.iterations,
    seed: seed ?? config.seed,
    optimizer: { ...optimizer, learningRate: learningRate ?? optimizer.learningRate },
  };
}
