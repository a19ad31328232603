/**
 * From a model folder to a RED-Net that runs, for the commands that take `--method` and `--model`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import type { RedNet } from '../../src/core/superResolution/redNet.ts';
import { UserError } from '../console.ts';
import { createFileSource } from '../fileSource.ts';

/** Where the trained network lies. */
export const DEFAULT_MODEL = 'public/models/red-net';

export const METHODS = ['bicubic', 'redNet'] as const;
export type Method = (typeof METHODS)[number];

/** A method that is ready, and how to let go of it. */
export interface LoadedMethod {
  /** undefined for bicubic */
  readonly redNet: RedNet | undefined;
  dispose(): void;
}

/**
 * Loads what a method needs; the tfjs backend must be set.
 *
 * @throws UserError where there is no model, or one that was not trained for the scale; ModelError
 * for a folder that is no good
 */
export async function loadMethod(
  method: Method,
  folder: string,
  scale: number,
): Promise<LoadedMethod> {
  if (method === 'bicubic') return { redNet: undefined, dispose() {} };
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new UserError(
      `There is no model in ${folder}; train one with "loupe train super-resolution", or use --method bicubic.`,
    );
  }
  const model = await loadModel(createFileSource(folder));
  try {
    const redNet = redNetFromModel(model);
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
