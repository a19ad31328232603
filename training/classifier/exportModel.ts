/**
 * Writes trained heads as a model folder, with its card. The trunk is not in it: it is the detector's,
 * whose name and hashes the manifest tells. Its model.json is the heads alone, from pooled
 * features to logits, as tf.loadLayersModel runs them.
 */
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  type ClassifierConfig,
  HEAD_KINDS,
  type HeadKind,
} from '../../src/core/classification/config.ts';
import { headLayers } from '../../src/core/classification/head.ts';
import { BGR_MEAN } from '../../src/core/detection/transform.ts';
import type { DetectorClass } from '../../src/core/detection/types.ts';
import type { LayerDescription } from '../../src/core/models/layersModel.ts';
import { type Manifest, modelBytes } from '../../src/core/models/manifest.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import { recipeRows } from '../detector/modelCard.ts';
import { writeModel } from '../modelFolder.ts';
import type { ClassifierTraining } from './config.ts';

/** The heads as Keras layers: each an input of its own. */
export function headDescriptions(
  { head, kinds }: Pick<ClassifierTraining, 'head' | 'kinds'>,
  outputs: number,
  inputs: number,
): LayerDescription[] {
  return kinds.flatMap((kind): LayerDescription[] => {
    const { hidden, score } = headLayers(kind);
    return [
      { type: 'input', name: `${kind}_features`, shape: [inputs] },
      { type: 'dense', name: hidden, units: head.hidden, activation: 'relu' },
      { type: 'dense', name: score, units: outputs, activation: 'linear' },
    ];
  });
}

export interface ClassifierExportOptions {
  readonly config: ClassifierTraining;
  /** the model folder to write */
  readonly out: string;
  /** as `ClassifierWeights.exported` gives them */
  readonly weights: ReadonlyMap<string, WeightData>;
  readonly classes: readonly DetectorClass[];
  /** numbers that the heads see of a crop */
  readonly inputs: number;
  /** SHA-256 of the trunk's shards */
  readonly trunkHashes: readonly string[];
  /** SHA-256 of RED-Net's shards, where there is a head for super-resolution */
  readonly redNetFingerprint?: string;
  readonly steps: number;
  readonly hours: number;
  readonly engine: string;
  readonly commit?: string;
}

/** Writes the model and its card. */
export function exportClassifier(options: ClassifierExportOptions): Manifest {
  const { config, out, weights, classes, trunkHashes, redNetFingerprint } = options;
  const { name, description, detector, redNet, kinds, crop, head, merge, data, seed, ...recipe } =
    config;
  const architecture: ClassifierConfig = {
    network: 'proposal-classifier',
    crop,
    head,
    kinds,
    trunk: { name: basename(resolve(detector)), sha256: [...trunkHashes] },
    merge,
  };
  const manifest = writeModel(out, {
    layers: headDescriptions(config, classes.length + 1, options.inputs),
    groups: kinds.map((kind) => ({ name: kind, layers: Object.values(headLayers(kind)) })),
    weights,
    manifest: {
      name: basename(resolve(out)),
      description,
      kind: 'classifier',
      architecture,
      classes: classes.map((one) => ({ ...one })),
      preprocessing: {
        channelOrder: 'BGR',
        mean: [...BGR_MEAN],
        range: '0..255',
        workingSize: crop.side,
      },
      licence: 'Research only, as its training photos',
      attribution: `Trained by Loupe on ${data.map((set) => set.name).join(', ')}.`,
      provenance: {
        source: `${detector}${redNet && redNetFingerprint ? ` and ${redNet}` : ''}, loupe train classifier`,
        tool: 'loupe train classifier',
      },
      training: {
        data: data.map((set) => ({ name: set.name, labels: set.labels })),
        recipe: {
          ...recipe,
          ...(redNetFingerprint && { redNet: redNetFingerprint }),
          steps: options.steps,
          hours: Number(options.hours.toFixed(2)),
          engine: options.engine,
        },
        seed,
        ...(options.commit && { commit: options.commit }),
      },
    },
  });
  writeFileSync(join(out, 'README.md'), modelCard(manifest, architecture));
  return manifest;
}

const TITLES: Record<HeadKind, string> = {
  bicubic: 'enlarged by bicubic interpolation',
  'super-resolution': 'enlarged and then sharpened by RED-Net',
};

function modelCard(
  manifest: Manifest,
  { crop, head, kinds, trunk, merge }: ClassifierConfig,
): string {
  const { name, description, classes, training, attribution } = manifest;
  const heads = HEAD_KINDS.filter((kind) => kinds.includes(kind)).map((kind) => TITLES[kind]);
  const rule =
    merge.rule === 'product' || merge.rule === 'mean'
      ? `${merge.rule} with the detector's, the classifier's share ${merge.weight}`
      : `the ${merge.rule}'s alone`;
  return [
    `# ${name}`,
    '',
    description,
    '',
    `It tells apart: ${classes.map((one) => one.name).join(', ')}, and background.`,
    `Download: ${(modelBytes(manifest) / 1e6).toFixed(1)} MB, float16. It needs the trunk of the detector ${trunk.name}.`,
    '',
    `Each proposal is cut out as a square of ${crop.context} times its longer side and brought to ${crop.side} px (enlarged at most ${crop.maxEnlargement} times).`,
    `Of the trunk it sees conv4_3 averaged over ${head.bins.conv4_3} x ${head.bins.conv4_3} bins and conv5_3 over ${head.bins.conv5_3} x ${head.bins.conv5_3}; ${head.hidden} hidden units.`,
    `Heads for crops ${heads.join(', and ')}. Scores of detections: ${rule}.`,
    '',
    '## Recipe',
    '',
    ...recipeRows({ ...training?.recipe, seed: training?.seed, commit: training?.commit }),
    '',
    '## Licence',
    '',
    `${attribution} The photos are for research only; see the data sets' own terms before other uses.`,
    '',
  ].join('\n');
}
