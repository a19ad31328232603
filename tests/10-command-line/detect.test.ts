/**
 * `loupe detect` as a program, on a tiny detector with random weights: what it finds is nonsense,
 * but where it goes, under which ids, and what is said of bad photos is not.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CocoResult } from '../../src/core/evaluation/cocoJson.ts';
import { tinyDetectorFiles } from '../support/tinyDetector.ts';
import { loupe } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'loupe-detect-'));
const at = (...parts: string[]) => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
}

async function photo(name: string, width = 96, height = 64): Promise<void> {
  const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
  const create = { width, height, channels: 3, background: '#888', noise } as const;
  file(name, await sharp({ create }).jpeg().toBuffer());
}

beforeAll(async () => {
  for (const [name, bytes] of tinyDetectorFiles()) file(`model/${name}`, bytes);
  await photo('good/one.jpg');
  await photo('good/below/two.jpg', 64, 96);
  await photo('mixed/fine.jpg');
  file('mixed/empty.jpg', '');
  file('mixed/words.png', 'These are words.');
  file('mixed/list.json', '{}');
  file('nothing/readme.txt', 'no pictures here');
});

const detect = (...args: string[]) =>
  loupe('detect', ...args, '--model', at('model'), '--engine', 'wasm', '--score', '0');
const read = (path: string): CocoResult[] => JSON.parse(readFileSync(path, 'utf8'));
const imageIds = (list: readonly CocoResult[]) => [...new Set(list.map((r) => r.image_id))].sort();

function expectInside({ bbox: [x, y, width, height] }: CocoResult, sides: readonly number[]) {
  expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual((sides[0] as number) + 0.02);
  expect(y + height).toBeLessThanOrEqual((sides[1] as number) + 0.02);
}

describe('loupe detect', () => {
  it('writes COCO results under file names and the ids of the model', async () => {
    const [out, pictures] = [at('out', 'd.json'), at('out', 'drawn')];
    const run = await detect(at('good'), '--out', out, '--pictures', pictures, '--json');
    expect(run.code).toBe(0);
    const results = read(out);
    expect(imageIds(results)).toEqual(['below/two.jpg', 'one.jpg']);
    expect(new Set(results.map((result) => Object.keys(result).join()))).toEqual(
      new Set(['image_id,category_id,bbox,score']),
    );
    expect(results.every(({ category_id }) => [1, 2, 3].includes(category_id))).toBe(true);
    for (const result of results) {
      expectInside(result, result.image_id === 'one.jpg' ? [96, 64] : [64, 96]);
    }
    expect(JSON.parse(run.out)).toEqual(results);

    expect(readdirSync(pictures).sort()).toEqual(['below-two.jpg', 'one.jpg']);
    const { width, height } = await sharp(join(pictures, 'below-two.jpg')).metadata();
    expect([width, height]).toEqual([64, 96]);
  });

  it('with a ground truth takes ids from it by name, and its photos and classes alone', async () => {
    const truth = {
      images: [
        { id: 70, file_name: 'one.jpg', width: 96, height: 64 },
        { id: 71, file_name: 'gone.jpg', width: 96, height: 64 },
      ],
      categories: [
        { id: 500, name: 'Mouse' },
        { id: 501, name: 'clock' },
      ],
      annotations: [{ id: 1, image_id: 70, category_id: 500, bbox: [0, 0, 20, 20] }],
    };
    const coco = file('gt.json', JSON.stringify(truth));
    const [out, proposals] = [at('coco.json'), at('proposals.json')];
    const run = await detect(
      ...[at('good'), '--coco', coco, '--out', out, '--proposals-out', proposals],
      ...['--proposals', '40'],
    );
    expect(run).toMatchObject({ code: 0, out: '' });
    expect(run.err).toContain(`1 photo that ${coco} does not list skipped.`);
    expect(run.err).toContain(`1 image of ${coco} not among the photos.`);
    expect(run.err).toContain(`2 classes that ${coco} does not list left out: cup, bottle.`);
    const results = read(out);
    expect(imageIds(results)).toEqual([70]);
    expect(results.every(({ category_id }) => category_id === 500)).toBe(true);
    expect(read(proposals).length).toBeGreaterThan(0);
    expect(read(proposals).length).toBeLessThanOrEqual(40);

    const scored = await loupe(
      ...['evaluate', '--ground-truth', coco, '--detections', out],
      ...['--proposals', proposals, '--json'],
    );
    expect(scored).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(scored.out).proposals[0].recall).toBeGreaterThanOrEqual(0);
  });

  it('looks closer with --size, --slices and --fine, and finds other boxes, all inside the photo', async () => {
    const found = async (...how: string[]) => {
      const out = at('look.json');
      const proposals = at('look-proposals.json');
      const run = await detect(
        ...[at('good', 'one.jpg'), '--out', out, '--proposals-out', proposals, ...how],
      );
      expect(run.code).toBe(0);
      for (const result of read(out)) expectInside(result, [96, 64]);
      return { detections: read(out), proposals: read(proposals).length };
    };
    const usual = await found('--size', '64');
    const larger = await found('--size', '96');
    const sliced = await found('--size', '64', '--slices');
    expect(larger.detections).not.toEqual(usual.detections);
    expect(sliced.detections).not.toEqual(usual.detections);
    expect(sliced.proposals).toBeGreaterThan(usual.proposals);
    const fine = await found('--fine');
    expect(fine.detections).not.toEqual(usual.detections);
    // However often the photo was looked at, its proposals are one list of as many as were asked for.
    const few = await found('--size', '64', '--slices', '--proposals', '5');
    expect(few.proposals).toBe(5);
    const both = await detect(at('good'), '--json', '--fine', '--slices');
    expect(both).toMatchObject({ code: 1, out: '' });
    expect(both.err.trim()).toBe('--fine says how closely to look; leave out --size and --slices.');
    const refused = await detect(at('good'), '--json', '--size', '9');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('from 32 to 4096');
  }, 120_000);

  it('reports bad photos of a folder, goes on with the rest, and ends with exit code 1', async () => {
    const out = at('mixed.json');
    const run = await detect(at('mixed'), '--out', out);
    expect(run.code).toBe(1);
    expect(run.err).toMatch(/^.*empty\.jpg: This file is empty/m);
    expect(run.err).toMatch(/^.*words\.png: This file is not a picture/m);
    expect(run.err).not.toMatch(/list\.json|^\s+at /m);
    expect(imageIds(read(out))).toEqual(['fine.jpg']);
  });

  it.each([
    ['a path that is not there', ['nowhere'], /^There is no file or folder .*nowhere\.$/m],
    ['a folder without pictures', ['nothing'], /^There are no pictures in .*nothing\.$/m],
    ['no place to write to', ['good', false], /^Say where the detections go/m],
  ])('refuses %s in one sentence', async (_, [name, writes], why) => {
    const run = await detect(at(String(name)), ...(writes === false ? [] : ['--json']));
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(why);
    expect(run.err.trim().split('\n')).toHaveLength(1);
  });

  it('refuses a missing model, a score above 1 and no proposals', async () => {
    const runs = await Promise.all([
      loupe('detect', at('good'), '--json', '--engine', 'wasm', '--model', at('no-model')),
      detect(at('good'), '--json', '--score', '1.5'),
      detect(at('good'), '--json', '--proposals', '0'),
    ]);
    for (const run of runs) {
      expect(run).toMatchObject({ code: 1, out: '' });
      expect(run.err).not.toMatch(/^\s+at /m);
    }
    expect(runs[0]?.err).toContain('manifest.json');
  });
});
