/**
 * A region proposal network alone, on the trunk of the tiny detector and with random weights: stands in
 * for the trained heads of Table I.
 */
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import type { RpnModelConfig } from '../../src/core/detection/rpnModel.ts';
import { trunkHashes } from '../../src/core/detection/trunk.ts';
import type { ModelSource } from '../../src/core/models/loader.ts';
import { type Manifest, parseManifest } from '../../src/core/models/manifest.ts';
import { randomGroup, sourceOf, TINY_CHANNELS, tinyDetectorFiles } from './tinyDetector.ts';

/** The files of the folder of a head for a named set: manifest.json and one shard. */
export function tinyRpnFiles(set: keyof typeof ANCHOR_SETS): Map<string, Uint8Array> {
  const { sizes, aspectRatios } = ANCHOR_SETS[set];
  const anchors = sizes.length * aspectRatios.length;
  const shapes = new Map([
    ['rpn_conv', [3, 3, TINY_CHANNELS, TINY_CHANNELS]],
    ['rpn_cls_logits', [1, 1, TINY_CHANNELS, anchors]],
    ['rpn_bbox_pred', [1, 1, TINY_CHANNELS, 4 * anchors]],
  ]);
  const { group, path, bytes } = randomGroup(shapes, 'rpn.bin');
  const read = (files: ReadonlyMap<string, Uint8Array>): Manifest =>
    JSON.parse(new TextDecoder().decode(files.get('manifest.json')));
  const { preprocessing, licence, attribution, provenance, groups } = read(tinyDetectorFiles());
  const architecture: RpnModelConfig = {
    network: 'rpn',
    workingSize: 128,
    rpn: { tap: 'conv5_3', anchorSizes: [...sizes], aspectRatios: [...aspectRatios] },
    trunk: { name: 'tiny', sha256: trunkHashes({ groups }) },
  };
  const manifest = parseManifest({
    ...{ formatVersion: 1, name: `rpn-${set}`, description: 'A tiny head', kind: 'rpn' },
    ...{ architecture, classes: [], groups: [group] },
    ...{ preprocessing, licence, attribution, provenance },
  });
  return new Map([
    ['manifest.json', new TextEncoder().encode(JSON.stringify(manifest))],
    [path, bytes],
  ]);
}

/** The same as a source for the loader. */
export const tinyRpnSource = (set: keyof typeof ANCHOR_SETS = 'chen'): ModelSource =>
  sourceOf(tinyRpnFiles(set));
