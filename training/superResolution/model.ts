/**
 * From a model folder to a RED-Net that runs, for the commands that take `--method` and `--model`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import type { Orientations } from '../../src/core/superResolution/orientations.ts';
import type { RedNet } from '../../src/core/superResolution/redNet.ts';
import { UserError } from '../console.ts';
import { createFileSource } from '../fileSource.ts';
import { orientations } from '../optionValues.ts';

/** Where the trained network lies. */
export const DEFAULT_MODEL = 'public/models/red-net';

const METHODS = ['bicubic', 'redNet'] as const;
export type Method = (typeof METHODS)[number];

/** What the commands' options say. */
export interface MethodOptions {
  readonly method: Method;
  /** the folder of redNet's network */
  readonly model: string;
  readonly scale: number;
  /** of redNet; bicubic interpolation is the same in all */
  readonly orientations: Orientations;
}

/** Adds the options but `--scale`, which the two commands explain in their own words. */
export function addMethodOptions(command: Command, method: Method): Command {
  return command
    .addOption(
      new Option('--method <name>', 'what enlarges the picture').choices(METHODS).default(method),
    )
    .option('--model <folder>', 'the network of redNet', DEFAULT_MODEL)
    .option(
      '--orientations <number>',
      'in how many redNet looks at a picture: 1, or 8 for their mean, which takes eight times as long',
      orientations,
      1,
    );
}

/** A method that is ready, and how to let go of it. */
export interface LoadedMethod {
  /** undefined for bicubic */
  readonly redNet: RedNet | undefined;
  dispose(): void;
}

/**
 * Loads what a method needs; the tfjs backend must be set.
 *
 * @throws UserError for orientations of bicubic interpolation, where there is no model, or one that
 * was not trained for the scale; ModelError for a folder that is no good
 */
export async function loadMethod({
  method,
  model: folder,
  scale,
  orientations,
}: MethodOptions): Promise<LoadedMethod> {
  if (method === 'bicubic') {
    if (orientations > 1) {
      throw new UserError(
        `--orientations ${orientations} is for --method redNet; bicubic interpolation is the same in all of them.`,
      );
    }
    return { redNet: undefined, dispose() {} };
  }
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new UserError(
      `There is no model in ${folder}; train one with "loupe train super-resolution", or use --method bicubic.`,
    );
  }
  const model = await loadModel(createFileSource(folder));
  try {
    const redNet = redNetFromModel(model, orientations);
    const { scales } = redNet.config;
    if (!scales.includes(scale)) {
      redNet.dispose();
      throw new UserError(
        `The model in ${folder} was trained for the scales ${scales.join(', ')}, not ${scale}.`,
      );
    }
    return {
      redNet,
      dispose() {
        redNet.dispose();
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
