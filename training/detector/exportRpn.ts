/**
 * Writes a region proposal network that was trained alone as a model folder of its own: the head and
 * nothing else. It names the trunk whose features it reads and repeats none of it.
 */
import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { RpnModelConfig } from '../../src/core/detection/rpnModel.ts';
import { BGR_MEAN } from '../../src/core/detection/transform.ts';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import { VGG16_LAYERS } from '../../src/core/detection/vgg16.ts';
import type { LayerDescription } from '../../src/core/models/layersModel.ts';
import { type Manifest, modelBytes } from '../../src/core/models/manifest.ts';
import { VGG16_ATTRIBUTION, VGG16_LICENCE } from '../../src/core/models/vgg16Model.ts';
import { UserError } from '../console.ts';
import { readFolderManifest, writeModel } from '../modelFolder.ts';
import { type ExportOptions, headLayers, trainingFacts } from './exportModel.ts';
import { describeSet, recipeRows } from './modelCard.ts';

/**
 * Writes the head and its card.
 * @throws UserError where it slides over the fused map, which belongs to RoI heads, or its trunk's
 * folder cannot be read
 */
export function exportRpn(options: Omit<ExportOptions, 'metrics'>): Manifest {
  const { config, out, trained } = options;
  const { workingSize, rpn } = config.detector;
  const { tap } = rpn;
  if (tap === 'fused') {
    throw new UserError(
      'An RPN on the fused map is no model of its own; let it slide over conv3_3, conv4_3 or conv5_3.',
    );
  }
  const architecture: RpnModelConfig = {
    network: 'rpn',
    workingSize,
    rpn: { ...rpn, tap },
    trunk: {
      name: basename(resolve(config.trunk)),
      sha256: trunkHashes(readFolderManifest(config.trunk)),
    },
  };
  const channels = VGG16_LAYERS.find(({ name }) => name === tap)?.filters as number;
  const head = headLayers(config).filter(({ name }) => name.startsWith('rpn_'));
  const input: LayerDescription = { type: 'input', name: tap, shape: [null, null, channels] };
  const manifest = writeModel(out, {
    layers: [input, ...head],
    groups: [{ name: 'rpn', layers: head.map(({ name }) => name) }],
    weights: trained,
    manifest: {
      name: basename(resolve(out)),
      description: config.description,
      kind: 'rpn',
      architecture,
      classes: [],
      preprocessing: {
        channelOrder: 'BGR',
        mean: [...BGR_MEAN],
        range: '0..255',
        workingSize,
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
  writeFileSync(join(out, 'README.md'), card(manifest, architecture));
  return manifest;
}

function card(manifest: Manifest, { rpn, trunk, workingSize }: RpnModelConfig): string {
  const { name, description, licence, attribution, training } = manifest;
  return [
    `# ${name}`,
    '',
    description,
    '',
    `Proposes where objects might be, and does not name them. Slides over ${rpn.tap} of the trunk of ${trunk.name}, and is of no use on another.`,
    `Anchors: sides ${rpn.anchorSizes.join(', ')} px, height over width ${rpn.aspectRatios.join(', ')}, on pictures of ${workingSize} px.`,
    `Download: ${(modelBytes(manifest) / 1e6).toFixed(1)} MB, float16.`,
    '',
    '## Data',
    '',
    'Trained on research-only data; the photos and annotations are not part of this repository.',
    '',
    ...(training?.data ?? []).map((set) => `- ${describeSet(set)}`),
    '',
    '## Recipe',
    '',
    ...recipeRows({ ...training?.recipe, seed: training?.seed, commit: training?.commit }),
    '',
    '## Limits',
    '',
    'Made to compare sets of anchors on a photo of one’s own, all trained alike. The figures of the paper’s Table I in docs/results',
    'come from heads that were trained for each data set alone.',
    '',
    '## Licence',
    '',
    `Reads features of VGG16 (${licence}). ${attribution}`,
    "What was trained on top is research work on the data named above; see the data sets' own terms before other uses.",
    '',
  ].join('\n');
}
