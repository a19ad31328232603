/**
 * The VGG16 trunk as a model folder: its layers as model.json tells them, its two weight groups (conv1_1 to conv4_3, which
 * detectors leave as they are and share, and conv5), and where the weights come from.
 */
import { VGG16_LAYERS } from '../detection/vgg16.ts';
import type { LayerDescription } from './layersModel.ts';
import type { ManifestFacts } from './manifest.ts';
import type { NewGroup } from './modelFiles.ts';

/** Anything that lists VGG16's convolutions; tests use narrower ones. */
export type TrunkLayers = readonly {
  readonly name: string;
  readonly filters: number;
  readonly pool: boolean;
}[];

/** The layers of the trunk from the picture to conv5_3: 3x3 convolutions with ReLU, pooling between the blocks. */
export function vgg16LayerDescriptions(trunk: TrunkLayers = VGG16_LAYERS): LayerDescription[] {
  return [
    { type: 'input', name: 'image', shape: [null, null, 3] },
    ...trunk.flatMap(({ name, filters, pool }): LayerDescription[] => [
      ...(pool ? [{ type: 'maxPool2d', name: `pool${Number(name[4]) - 1}` } as const] : []),
      { type: 'conv2d', name, filters, kernelSize: 3, activation: 'relu' },
    ]),
  ];
}

/** The trunk's weight groups: the part that stays as ImageNet made it, and the part that detectors train. */
export function vgg16Groups(trunk: TrunkLayers = VGG16_LAYERS): NewGroup[] {
  const names = trunk.map((layer) => layer.name);
  const trained = (name: string) => name.startsWith('conv5');
  return [
    { name: 'conv1-4', layers: names.filter((name) => !trained(name)) },
    { name: 'conv5', layers: names.filter(trained) },
  ];
}

/** How VGG16 wants its pictures: BGR, 0..255, minus the mean of ImageNet. */
export const VGG16_PREPROCESSING: ManifestFacts['preprocessing'] = {
  channelOrder: 'BGR',
  mean: [103.939, 116.779, 123.68],
  range: '0..255',
};

export const VGG16_LICENCE = 'CC-BY-4.0';

/** Required wherever the weights ship, in whatever precision. */
export const VGG16_ATTRIBUTION =
  'VGG16 (configuration D) by Karen Simonyan and Andrew Zisserman, Visual Geometry Group, University of Oxford: ' +
  '"Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014. CC BY 4.0, ' +
  'https://creativecommons.org/licenses/by/4.0/. Changed here: without the fully connected layers, rounded to float16.';
