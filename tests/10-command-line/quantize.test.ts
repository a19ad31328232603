/**
 * Chapter 10: `loupe quantize`. What ships was made by it, is short to download, says so, and keeps the
 * trunk that the other models were trained on; what is no detector is refused in a sentence.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trunkHashes, trunkSchema } from '../../src/core/detection/trunk.ts';
import { type Manifest, modelBytes, parseManifest } from '../../src/core/models/manifest.ts';
import { loupe } from './run.ts';

const PATIENCE = 120_000;
/** What a first visit downloads before the first detections, in bytes. */
const MOST_BYTES = 25e6;

const manifestOf = (folder: string): Manifest =>
  parseManifest(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
const shipped = 'public/models/household';

test('the shipped detector is short to download, and says what it was rounded from', () => {
  const manifest = manifestOf(shipped);
  expect(modelBytes(manifest)).toBeLessThan(MOST_BYTES);
  for (const { quantizedFrom, weights } of manifest.groups) {
    expect(quantizedFrom?.length).toBeGreaterThan(0);
    const kernels = weights.filter(({ shape }) => shape.length > 1);
    expect(kernels.length).toBeGreaterThan(0);
    expect(kernels.every(({ dtype }) => dtype === 'int8')).toBe(true);
  }
  expect(manifest.attribution).toMatch(/Then rounded to eight bits a weight\.$/);
});

test.each(['classifier', 'rpn-faster-rcnn', 'rpn-chen', 'rpn-paper', 'rpn-paper-plus'])(
  'its trunk is the one that %s was trained on',
  (name) => {
    const trunk = trunkSchema.parse(manifestOf(`public/models/${name}`).architecture.trunk);
    expect(trunkHashes(manifestOf(shipped))).toEqual(trunk.sha256);
  },
);

test(
  'what is quantized twice still names what it came from, and no trunk is taken for a detector',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loupe-quantize-'));
    try {
      const again = join(folder, 'again');
      const { code, err } = await loupe('quantize', shipped, '--out', again);
      expect(code, err).toBe(0);
      expect(err).toMatch(/^Wrote .*: 22\.4 MB instead of 22\.4 MB\.$/m);
      expect(trunkHashes(manifestOf(again))).toEqual(trunkHashes(manifestOf(shipped)));
      expect(manifestOf(again).attribution).toBe(manifestOf(shipped).attribution);
      expect(readFileSync(join(again, 'README.md'), 'utf8')).toContain('eight bits a weight');
      const refused = await loupe('quantize', 'public/models/vgg16', '--out', join(folder, 'no'));
      expect(refused.code).toBe(1);
      expect(refused.err.trim()).toMatch(/is a model of the kind "trunk"; name a detector\.$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  PATIENCE,
);
