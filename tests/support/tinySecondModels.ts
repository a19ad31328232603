/**
 * The two models of the second look as the files of model folders, with few channels and random
 * weights: a RED-Net that changes pictures a little, and classifier heads that know nothing. For tests
 * of what is around them, in any browser.
 */

import { HEAD_KINDS } from '../../src/core/classification/config.ts';
import { headInputs, headLayers } from '../../src/core/classification/head.ts';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import { sha256Hex } from '../../src/core/models/integrity.ts';
import { type Manifest, parseManifest } from '../../src/core/models/manifest.ts';
import { redNetLayers } from '../../src/core/superResolution/redNet.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';

type Files = Map<string, Uint8Array>;
type Layer = readonly [name: string, kernel: readonly number[], filters: number];

const RED_NET = { network: 'red-net', depth: 6, channels: 4, scales: [2, 3, 4] } as const;
const HEAD = { bins: { conv4_3: 0, conv5_3: 1 }, hidden: 4 } as const;

/** A RED-Net's folder. */
export function tinyRedNetFiles(): Files {
  const layers = redNetLayers(RED_NET).map(({ name, inputs, filters, transposed }): Layer => {
    return [name, [3, 3, ...(transposed ? [filters, inputs] : [inputs, filters])], filters];
  });
  return files(layers, { name: 'tiny-red-net', kind: 'super-resolution', architecture: RED_NET });
}

/**
 * A classifier's folder, for a detector's.
 * @param detector its manifest
 * @param channels of its trunk's last layer
 */
export function tinyClassifierFiles(detector: Manifest, channels: number): Files {
  const classes = detector.classes.length + 1;
  const layers = HEAD_KINDS.flatMap((kind): Layer[] => {
    const { hidden, score } = headLayers(kind);
    return [
      [hidden, [headInputs(HEAD, channels), HEAD.hidden], HEAD.hidden],
      [score, [HEAD.hidden, classes], classes],
    ];
  });
  return files(layers, {
    name: 'tiny-classifier',
    kind: 'classifier',
    classes: detector.classes,
    architecture: {
      network: 'proposal-classifier',
      crop: { side: 32, context: 1.5, maxEnlargement: 4 },
      head: HEAD,
      kinds: HEAD_KINDS,
      trunk: { name: detector.name, sha256: trunkHashes(detector) },
      merge: { rule: 'mean', weight: 0.5 },
    },
  });
}

function files(layers: readonly Layer[], about: object): Files {
  const random = seededRandom(9);
  const weights = layers.flatMap(([name, kernel, filters]) => [
    { name: `${name}/kernel`, shape: [...kernel], dtype: 'float32' as const },
    { name: `${name}/bias`, shape: [filters], dtype: 'float32' as const },
  ]);
  const values = weights.flatMap(({ shape }) => {
    const count = shape.reduce((product, side) => product * side, 1);
    const inputs = shape.length > 1 ? count / (shape.at(-1) as number) : 1;
    return [...normalArray(count, shape.length > 1 ? 0.7 / Math.sqrt(inputs) : 0.1, random)];
  });
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const path = 'tiny.bin';
  const manifest = parseManifest({
    formatVersion: 1,
    description: 'Random weights',
    classes: [],
    preprocessing: { channelOrder: 'RGB', mean: [128, 128, 128], range: '0..255' },
    groups: [
      { name: 'all', weights, shards: [{ path, bytes: bytes.length, sha256: sha256Hex(bytes) }] },
    ],
    licence: 'MIT',
    attribution: 'Made by a test',
    provenance: { source: 'random numbers', tool: 'tests/support/tinySecondModels.ts' },
    ...about,
  });
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return new Map([
    ['manifest.json', json],
    [path, bytes],
  ]);
}
