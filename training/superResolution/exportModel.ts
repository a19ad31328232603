/**
 * Writes a trained RED-Net as a model folder, with its card. Its model.json is the whole network, from
 * enlarged luma (less the mean) to sharpened luma, as tf.loadLayersModel runs it.
 */
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { LayerDescription } from '../../src/core/models/layersModel.ts';
import { type Manifest, modelBytes } from '../../src/core/models/manifest.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import {
  LUMA_MEAN,
  PICTURE,
  type RedNetConfig,
  redNetLayers,
} from '../../src/core/superResolution/redNet.ts';
import { recipeRows } from '../detector/modelCard.ts';
import { writeModel } from '../modelFolder.ts';
import type { SrConfig } from './config.ts';
import type { ValidationScore } from './trainer.ts';

/** The network as Keras layers. */
export function redNetLayerDescriptions(
  network: Pick<RedNetConfig, 'depth' | 'channels'>,
): LayerDescription[] {
  return [
    { type: 'input', name: PICTURE, shape: [null, null, 1] },
    ...redNetLayers(network).flatMap(
      ({ name, filters, transposed, skipFrom, relu }): LayerDescription[] => [
        {
          type: transposed ? 'conv2dTranspose' : 'conv2d',
          name,
          filters,
          kernelSize: 3,
          activation: relu && skipFrom === undefined ? 'relu' : 'linear',
        },
        ...(skipFrom === undefined
          ? []
          : [{ type: 'add', name: `${name}_sum`, other: skipFrom } as const]),
        ...(skipFrom !== undefined && relu
          ? [{ type: 'relu', name: `${name}_relu` } as const]
          : []),
      ],
    ),
  ];
}

export interface SrExportOptions {
  readonly config: SrConfig;
  /** the model folder to write */
  readonly out: string;
  /** as `RedNetWeights.exported` gives them */
  readonly weights: ReadonlyMap<string, WeightData>;
  readonly steps: number;
  readonly hours: number;
  readonly engine: string;
  readonly commit?: string;
  /** on held-out pictures */
  readonly validation: readonly ValidationScore[];
}

/** Writes the model and its card. */
export function exportRedNet(options: SrExportOptions): Manifest {
  const { config, out, weights, steps, hours, engine, commit, validation } = options;
  const { name, description, network, data, seed, ...recipe } = config;
  const manifest = writeModel(out, {
    layers: redNetLayerDescriptions(network),
    groups: [{ name: 'red-net', layers: redNetLayers(network).map((layer) => layer.name) }],
    weights,
    manifest: {
      name: basename(resolve(out)),
      description,
      kind: 'super-resolution',
      architecture: network,
      classes: [],
      preprocessing: {
        channelOrder: 'RGB',
        mean: [LUMA_MEAN, LUMA_MEAN, LUMA_MEAN],
        range: '0..255',
      },
      licence: 'Research only, as its training pictures',
      attribution: `Trained by Loupe on ${data.map((set) => set.name).join(', ')}.`,
      provenance: {
        source: 'loupe train super-resolution',
        tool: 'loupe train super-resolution',
      },
      training: {
        data: data.map((set) => ({ name: set.name })),
        recipe: { ...recipe, steps, hours: Number(hours.toFixed(2)), engine },
        seed,
        ...(commit && { commit }),
        metrics: { validation },
      },
    },
  });
  writeFileSync(join(out, 'README.md'), modelCard(manifest, validation));
  return manifest;
}

function modelCard(manifest: Manifest, validation: readonly ValidationScore[]): string {
  const { name, description, training, attribution } = manifest;
  return [
    `# ${name}`,
    '',
    description,
    '',
    `RED-Net (Mao, Shen and Yang, NIPS 2016) on luma; download ${(modelBytes(manifest) / 1e6).toFixed(1)} MB, float16.`,
    'It sees a picture that bicubic interpolation has enlarged, and adds what is lacking.',
    '',
    '## Recipe',
    '',
    ...recipeRows({ ...training?.recipe, seed: training?.seed, commit: training?.commit }),
    '',
    '## Measured on held-out pictures',
    '',
    'PSNR in dB on the luma of the middle of each, as `loupe evaluate-sr` computes it.',
    '',
    '| scale | bicubic | this model |',
    '| --- | --- | --- |',
    ...validation.map(
      ({ scale, psnr, bicubic }) => `| ${scale} | ${bicubic.toFixed(2)} | ${psnr.toFixed(2)} |`,
    ),
    '',
    '## Licence',
    '',
    `${attribution} The pictures are for research only; see their own terms before other uses.`,
    '',
  ].join('\n');
}
