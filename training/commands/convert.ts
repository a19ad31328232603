/**
 * `loupe convert`: turns a published VGG16 weights file into a model folder that the app, this command line,
 * tf.loadLayersModel and Netron can open. The same file gives the same bytes.
 */
import { readFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { sha256Hex } from '../../src/core/models/integrity.ts';
import { type Manifest, modelBytes } from '../../src/core/models/manifest.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import {
  type TrunkLayers,
  VGG16_ATTRIBUTION,
  VGG16_LICENCE,
  VGG16_PREPROCESSING,
  vgg16Groups,
  vgg16LayerDescriptions,
} from '../../src/core/models/vgg16Model.ts';
import { printJson, say, UserError } from '../console.ts';
import { writeModel } from '../modelFolder.ts';
import { readKerasH5 } from '../readers/kerasH5.ts';
import { readSafetensors } from '../readers/safetensors.ts';

export interface ConvertOptions {
  readonly out: string;
  readonly licence?: string;
  readonly attribution?: string;
  /** Year-month-day, kept in the manifest; without it nothing depends on the day. */
  readonly date?: string;
  /** The network's convolutions; VGG16's unless a test says otherwise. */
  readonly layers?: TrunkLayers;
}

/** Adds the command to the program. */
export function register(program: Command): void {
  program
    .command('convert')
    .description('Turns VGG16 weights (.safetensors or Keras .h5) into a model folder.')
    .argument(
      '<file>',
      'vgg16-conv.safetensors, or vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
    )
    .requiredOption('--out <folder>', 'the model folder to write, such as public/models/vgg16')
    .option('--licence <name>', 'the licence of the weights', VGG16_LICENCE)
    .option('--attribution <text>', 'who made them (default: Simonyan and Zisserman, Oxford)')
    .option('--date <date>', 'a date for the manifest, such as 2026-11-23', parseDate)
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npm run loupe -- convert vgg16-conv.safetensors --out public/models/vgg16
  $ npm run loupe -- convert vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 --out my-vgg16 --json`,
    )
    .action(async (file: string, options: ConvertOptions & { json?: boolean }) => {
      const manifest = await convert(file, options);
      const shards = manifest.groups.flatMap((group) => group.shards);
      if (options.json) return printJson({ folder: options.out, manifest });
      say(
        `Wrote ${options.out}: ${shards.length} shards, ${(modelBytes(manifest) / 1e6).toFixed(1)} MB, model.json and manifest.json.`,
      );
    });
}

/**
 * Converts one weights file into a model folder.
 * @returns the manifest that was written
 * @throws UserError when the file cannot be read or is of no known kind; ModelError when what is in it is no VGG16
 */
export async function convert(file: string, options: ConvertOptions): Promise<Manifest> {
  const sourceSha256 = sha256Hex(readBytes(file));
  const weights = await readWeights(file);
  return writeModel(options.out, {
    layers: vgg16LayerDescriptions(options.layers),
    groups: vgg16Groups(options.layers),
    weights,
    manifest: {
      name: basename(resolve(options.out)),
      description: 'VGG16 without its fully connected layers, trained on ImageNet.',
      kind: 'trunk',
      architecture: { network: 'vgg16', taps: ['conv3_3', 'conv4_3', 'conv5_3'] },
      classes: [],
      preprocessing: VGG16_PREPROCESSING,
      licence: options.licence ?? VGG16_LICENCE,
      attribution: options.attribution ?? VGG16_ATTRIBUTION,
      provenance: {
        source: basename(file),
        sourceSha256,
        tool: `loupe ${packageJson.version} convert`,
        ...(options.date && { date: options.date }),
      },
    },
  });
}

async function readWeights(file: string): Promise<Map<string, WeightData>> {
  switch (extname(file).toLowerCase()) {
    case '.safetensors':
      return readSafetensors(file);
    case '.h5':
    case '.hdf5':
      return readKerasH5(file);
    default:
      throw new UserError(`${file} is neither a .safetensors nor a Keras .h5 file.`);
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read: ${message}.`,
    );
  }
}

function parseDate(value: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw new InvalidArgumentError('It must be a date such as 2026-11-23.');
}
