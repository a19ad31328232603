/**
 * Checkpoints: everything that a run needs to go on exactly where it stopped, in one safetensors
 * file (weights, feature scales, optimizer state) beside a small JSON (step, config, losses). The
 * JSON is written last and names the tensors' file, so a run cut in the middle of a checkpoint
 * resumes from the one before.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { plainMessage, UserError } from '../console.ts';
import { readSafetensors, type TensorData, writeSafetensors } from '../readers/safetensors.ts';
import type { TrainingConfig } from './config.ts';
import type { LossLogState } from './lossLog.ts';
import type { Losses as StepLosses } from './step.ts';

const STATE_FILE = 'checkpoint.json';

export interface Checkpoint<Config = TrainingConfig, Losses = StepLosses> {
  /** steps done */
  readonly step: number;
  readonly config: Config;
  /** seconds of training behind it, over all sessions */
  readonly seconds: number;
  /** the losses until then; checkpoints from before there was a log have none */
  readonly losses?: LossLogState<Losses>;
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/** Writes a checkpoint and removes the tensors of the one before. */
export function writeCheckpoint<Config = TrainingConfig, Losses = StepLosses>(
  folder: string,
  checkpoint: Checkpoint<Config, Losses>,
): void {
  mkdirSync(folder, { recursive: true });
  const { tensors, ...state } = checkpoint;
  const file = `step-${state.step}.safetensors`;
  writeSafetensors(join(folder, file), tensors);
  const partial = join(folder, `${STATE_FILE}.part`);
  writeFileSync(partial, `${JSON.stringify({ ...state, file }, null, 2)}\n`);
  renameSync(partial, join(folder, STATE_FILE));
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.safetensors') && name !== file) rmSync(join(folder, name));
  }
}

/**
 * The newest checkpoint in a folder, or undefined where there is none.
 * @param config what it must be of; left out by a run that only starts from another's weights
 * @throws UserError when it belongs to another config: going on from it would be another run
 */
export function readCheckpoint<Config = TrainingConfig, Losses = StepLosses>(
  folder: string,
  config?: Config,
): Checkpoint<Config, Losses> | undefined {
  const path = join(folder, STATE_FILE);
  if (!existsSync(path)) return undefined;
  let saved: Omit<Checkpoint<Config, Losses>, 'tensors'> & { file: string };
  try {
    saved = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(
      `${path} cannot be read: ${plainMessage(error)}; remove it to start again.`,
    );
  }
  const { file, ...state } = saved;
  if (config && JSON.stringify(state.config) !== JSON.stringify(config)) {
    throw new UserError(
      `The checkpoint in ${folder} is of another config; name another --checkpoints folder, or remove it.`,
    );
  }
  if (!existsSync(join(folder, file))) {
    throw new UserError(
      `${folder} has lost its ${file}; remove ${STATE_FILE} there to start again.`,
    );
  }
  return { ...state, tensors: readSafetensors(join(folder, file)) };
}

/**
 * Gives weights the values of a run's newest checkpoint, for a model to be written from.
 * @returns how far the run is
 * @throws UserError as `readCheckpoint`, and where there is no checkpoint
 */
export function restoreForExport<Config extends { readonly iterations: number }>(
  weights: { restore(tensors: Checkpoint['tensors']): void },
  folder: string,
  config: Config,
): { step: number; seconds: number; finished: boolean } {
  const checkpoint = readCheckpoint<Config, unknown>(folder, config);
  if (!checkpoint) {
    throw new UserError(`There is no checkpoint in ${folder} to write a model from.`);
  }
  weights.restore(checkpoint.tensors);
  const { step, seconds } = checkpoint;
  return { step, seconds, finished: step >= config.iterations };
}
