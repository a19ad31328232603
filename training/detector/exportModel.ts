/**
 * Writes a trained detector as a model folder: conv1 to conv4 stay with the trunk they were taken
 * from (the new model.json points at the trunk's shards), everything that learned gets shards of
 * its own, with the training scales folded in.
 */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { cropChannels } from '../../src/core/detection/roiHeads.ts';
import { BGR_MEAN } from '../../src/core/detection/transform.ts';
import type { LayerDescription } from '../../src/core/models/layersModel.ts';
import type { Manifest } from '../../src/core/models/manifest.ts';
import type { Metrics } from '../../src/core/models/metrics.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import {
  VGG16_ATTRIBUTION,
  VGG16_LICENCE,
  vgg16Groups,
  vgg16LayerDescriptions,
} from '../../src/core/models/vgg16Model.ts';
import { UserError } from '../console.ts';
import { writeModel } from '../modelFolder.ts';
import type { TrainingConfig } from './config.ts';
import { modelCard } from './modelCard.ts';

/** The heads as layers, in the order of their weights. */
export function headLayers(config: TrainingConfig): LayerDescription[] {
  const { detector, rpnChannels, roiChannels, fcUnits, classes } = config;
  const { tap, anchorSizes, aspectRatios } = detector.rpn;
  const anchors = anchorSizes.length * aspectRatios.length;
  const { outputSize } = detector.roiHeads;
  const outputs = classes.length + 1;
  const conv = (
    name: string,
    input: string,
    filters: number,
    kernelSize = 1,
    activation: 'relu' | 'linear' = 'linear',
  ): LayerDescription => ({ type: 'conv2d', name, input, filters, kernelSize, activation });
  // Keras has no layer for the fused map (src/core/detection/roiHeads.ts), so it is an input there.
  const fused: LayerDescription[] =
    tap === 'fused'
      ? [{ type: 'input', name: 'fused_features', shape: [null, null, roiChannels] }]
      : [];
  return [
    ...fused,
    conv('rpn_conv', tap === 'fused' ? 'fused_features' : tap, rpnChannels, 3, 'relu'),
    conv('rpn_cls_logits', 'rpn_conv', anchors),
    conv('rpn_bbox_pred', 'rpn_conv', 4 * anchors),
    conv('roi_lateral4', 'conv4_3', roiChannels),
    conv('roi_lateral5', 'conv5_3', roiChannels),
    {
      type: 'input',
      name: 'roi_features',
      shape: [outputSize, outputSize, cropChannels(roiChannels, detector.roiHeads)],
    },
    { type: 'flatten', name: 'roi_flatten' },
    { type: 'dense', name: 'fc6', units: fcUnits, activation: 'relu' },
    { type: 'dense', name: 'fc7', units: fcUnits, activation: 'relu' },
    { type: 'dense', name: 'cls_score', input: 'fc7', units: outputs, activation: 'linear' },
    { type: 'dense', name: 'bbox_pred', input: 'fc7', units: 4 * outputs, activation: 'linear' },
  ];
}

export interface ExportOptions {
  readonly config: TrainingConfig;
  /** the model folder to write */
  readonly out: string;
  /** the weights that this run made, by name; the others are the trunk's and stay there */
  readonly trained: ReadonlyMap<string, WeightData>;
  readonly steps: number;
  readonly hours: number;
  readonly engine: string;
  readonly commit?: string;
  readonly metrics?: Metrics;
  /** where the weights lie between another model's and those that were trained */
  readonly averaged?: { readonly with: string; readonly share: number };
}

/**
 * Whether a model can be written to a folder; asked before the hours of training, too. A detector
 * whose heads alone went on from its trunk's takes that one's place if told to: conv5 stays there.
 * @throws UserError when it is not beside the trunk's (shards are shared by relative path), or when
 *   it would replace a trunk that it did not go on from
 */
export function checkModelFolder(
  out: string,
  { trunk, startFrom, trainConv5 }: Pick<TrainingConfig, 'trunk' | 'startFrom' | 'trainConv5'>,
): void {
  const isTrunk = resolve(out) === resolve(trunk);
  const goesOn = !trainConv5 && startFrom !== undefined && resolve(startFrom) === resolve(trunk);
  if (dirname(resolve(out)) !== dirname(resolve(trunk)) || (isTrunk && !goesOn)) {
    throw new UserError(
      `The model needs a folder of its own beside its trunk, in ${dirname(trunk)}, not ${out}.`,
    );
  }
}

/**
 * Writes the model and its card.
 * @throws UserError as `checkModelFolder`
 */
export function exportDetector(options: ExportOptions): Manifest {
  const { config, out, trained } = options;
  checkModelFolder(out, config);
  const trunkFolder = relative(resolve(out), resolve(config.trunk));
  const [frozen, conv5] = vgg16Groups() as [{ name: string }, { name: string; layers: string[] }];
  const heads = headLayers(config);
  const named = (prefixes: readonly string[]) =>
    heads
      .filter(
        ({ name, type }) =>
          (type === 'conv2d' || type === 'dense') &&
          prefixes.some((prefix) => name.startsWith(prefix)),
      )
      .map(({ name }) => name);
  const manifest = writeModel(out, {
    layers: [...vgg16LayerDescriptions(), ...heads],
    groups: [
      { folder: trunkFolder, name: frozen.name },
      config.trainConv5 ? conv5 : { folder: trunkFolder, name: conv5.name },
      { name: 'rpn', layers: named(['rpn_']) },
      { name: 'roi-heads', layers: named(['roi_', 'fc', 'cls_', 'bbox_']) },
    ],
    weights: trained,
    manifest: {
      name: basename(resolve(out)),
      description: config.description,
      kind: 'detector',
      architecture: { network: 'faster-rcnn', ...config.detector },
      classes: config.classes,
      preprocessing: {
        channelOrder: 'BGR',
        mean: [...BGR_MEAN],
        range: '0..255',
        workingSize: config.detector.workingSize,
      },
      licence: VGG16_LICENCE,
      attribution: VGG16_ATTRIBUTION,
      provenance: {
        source: `${config.trunk}, trained by loupe train detector`,
        tool: 'loupe train detector',
      },
      training: trainingFacts(options),
    },
  });
  writeFileSync(join(out, 'README.md'), modelCard(manifest));
  return manifest;
}

/** How a model came to be, for its manifest. */
export function trainingFacts(options: ExportOptions): NonNullable<Manifest['training']> {
  const { config, steps, hours, engine, commit, metrics, averaged } = options;
  return {
    data: config.data.map(({ name, labels, repeat }) => ({ name, labels, repeat })),
    recipe: {
      ...recipeOf(config),
      steps,
      hours: Number(hours.toFixed(2)),
      engine,
      ...(averaged && { averaged }),
    },
    seed: config.seed,
    ...(commit && { commit }),
    ...(metrics && { metrics }),
  };
}

/** What of the config says how the model was trained. */
function recipeOf(config: TrainingConfig): Record<string, unknown> {
  const { name, description, trunk, classes, data, detector, seed, ...recipe } = config;
  return recipe;
}
