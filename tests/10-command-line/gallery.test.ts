/**
 * `loupe gallery`: the rule picks what it says, and as a program it writes a page whose pictures
 * are there and that git ignores, never over anybody's files.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '../../src/core/boxes/box.ts';
import { type CocoResult, parseGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import { pickExamples } from '../../training/gallery/picks.ts';
import { partAround } from '../../training/gallery/pictures.ts';
import { cocoCases, parsedCase } from '../05-evaluation/fixtures.ts';
import { tinyDetectorFiles } from '../support/tinyDetector.ts';
import { loupe } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'loupe-gallery-'));
const at = (...parts: string[]) => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
  return at(name);
}

const CUP = 47;
const CLOCK = 85;
const TRUTH = {
  images: [
    { id: 1, file_name: 'one.jpg', width: 300, height: 200 },
    { id: 2, file_name: 'a & b.jpg', width: 200, height: 300 },
  ],
  categories: [
    { id: CUP, name: 'cup' },
    { id: CLOCK, name: 'clock' },
    { id: 99, name: 'vase' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: CUP, bbox: [10, 10, 20, 20] },
    { id: 2, image_id: 1, category_id: CUP, bbox: [280, 180, 20, 20] },
    { id: 3, image_id: 2, category_id: CUP, bbox: [100, 100, 60, 30] },
    { id: 4, image_id: 2, category_id: CLOCK, bbox: [0, 200, 20, 20] },
  ],
};
const detection = (image_id: number, category_id: number, bbox: number[], score: number) =>
  ({ image_id, category_id, bbox, score }) as unknown as CocoResult;
const RESULTS = [
  detection(1, CUP, [10, 10, 20, 20], 0.9),
  detection(1, CUP, [12, 10, 20, 20], 0.5), // the same cup again
  detection(2, CUP, [0, 200, 20, 20], 0.8), // a clock
  detection(2, CUP, [150, 10, 20, 20], 0.6), // nothing
];

describe('the rule of a gallery', () => {
  it('shows the best scored right and wrong ones, each wrong one under the name of its error', () => {
    const [cups, clocks, ...others] = pickExamples(parseGroundTruth(TRUTH), RESULTS, {
      count: 2,
      seed: 1,
    });
    expect(others).toEqual([]); // no vase is there, none was found
    expect(cups?.totals).toEqual({ right: 1, wrong: 3, missed: 2 });
    expect(cups?.shown.right.map(({ score }) => score)).toEqual([0.9]);
    expect(cups?.shown.wrong.map(({ score, error }) => [score, error])).toEqual([
      [0.8, 'classification'],
      [0.6, 'background'],
    ]);
    expect(cups?.shown.wrong[0]?.object?.category_id).toBe(CLOCK);
    expect(cups?.shown.missed.map(({ image_id }) => image_id)).toEqual([2, 1]); // largest first
    expect(clocks?.totals).toEqual({ right: 0, wrong: 0, missed: 1 });
  });

  it('shows so many at most, the same for the same seed, and counts every object once', () => {
    const anyCase = fc.nat({ max: cocoCases().length - 1 });
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 5 }), fc.nat(9), (index, count, seed) => {
        const { truth, results } = parsedCase(index);
        const classes = pickExamples(truth, results, { count, seed });
        expect(pickExamples(truth, results, { count, seed })).toEqual(classes);
        for (const { category, totals, shown } of classes) {
          for (const kind of ['right', 'wrong', 'missed'] as const) {
            expect(shown[kind]).toHaveLength(Math.min(count, totals[kind]));
          }
          const objects = truth.annotations.filter(
            ({ category_id, iscrowd }) => category_id === category.id && !iscrowd,
          );
          expect(totals.right + totals.missed).toBe(objects.length);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('cuts a part that lies in the photo and has the box in it', () => {
    const side = fc.integer({ min: 1, max: 900 });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(side, side, fc.tuple(unit, unit, unit, unit), (width, height, [a, b, c, d]) => {
        const [x1, x2] = [width * Math.min(a, b), width * Math.max(a, b)];
        const [y1, y2] = [height * Math.min(c, d), height * Math.max(c, d)];
        const box: Box = [x1, y1, x2, y2];
        const part = partAround(box, { width, height });
        for (const value of Object.values(part)) expect(Number.isInteger(value)).toBe(true);
        expect(part.left).toBeGreaterThanOrEqual(0);
        expect(part.top).toBeGreaterThanOrEqual(0);
        expect(part.left + part.width).toBeLessThanOrEqual(width);
        expect(part.top + part.height).toBeLessThanOrEqual(height);
        expect(part.left).toBeLessThanOrEqual(x1 + 1);
        expect(part.left + part.width).toBeGreaterThanOrEqual(x2 - 1);
        expect(part.top + part.height).toBeGreaterThanOrEqual(y2 - 1);
      }),
    );
  });
});

describe('loupe gallery', () => {
  beforeAll(async () => {
    for (const [name, bytes] of tinyDetectorFiles()) file(`model/${name}`, bytes);
    for (const { file_name, width, height } of TRUTH.images) {
      const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
      const create = { width, height, channels: 3, background: '#888', noise } as const;
      const jpeg = await sharp({ create }).jpeg().toBuffer();
      for (const folder of ['images', 'with-broken']) file(`${folder}/${file_name}`, jpeg);
    }
    file('with-broken/broken.jpg', '');
    file('gt.json', JSON.stringify(TRUTH));
    file('d.json', JSON.stringify(RESULTS));
    file('mine/letter.txt', 'Dear reader');
  });
  const gallery = (...args: string[]) =>
    loupe('gallery', '--images', at('images'), '--annotations', at('gt.json'), ...args);
  const pictures = (page: string) =>
    [...page.matchAll(/<img src="([^"]+)" width="(\d+)" height="(\d+)"/g)].map(
      ([, path = '', width, height]) => ({ path, width: Number(width), height: Number(height) }),
    );

  it('writes a page with its pictures that git ignores, and the same page over it again', async () => {
    const [out, args] = [at('new', 'gallery'), ['--detections', at('d.json'), '--count', '2']];
    const run = await gallery(...args, '--out', out);
    expect(run).toMatchObject({ code: 0, out: '' });
    expect(run.err).toContain(`6 examples of 2 classes in ${join(out, 'index.html')}.`);
    expect(readFileSync(join(out, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    expect(page).toContain('classification: this is labelled clock');
    expect(page).toContain('a &#38; b.jpg');
    expect(page).not.toContain('<script');
    const shown = pictures(page);
    expect(shown).toHaveLength(12);
    for (const { path, width, height } of shown) {
      const drawn = await sharp(join(out, path)).metadata();
      expect([drawn.width, drawn.height]).toEqual([width, height]);
    }
    const again = await gallery(...args, '--count', '1', '--out', out);
    expect(again.code).toBe(0);
    const less = pictures(readFileSync(join(out, 'index.html'), 'utf8'));
    expect(less).toHaveLength(8);
    expect(existsSync(join(out, 'pictures', '6-crop.jpg'))).toBe(false);
  });

  it('runs the model itself, and leaves out a photo that cannot be read', async () => {
    const truth = {
      ...TRUTH,
      images: [...TRUTH.images, { id: 3, file_name: 'broken.jpg' }],
      annotations: [
        ...TRUTH.annotations,
        { id: 5, image_id: 3, category_id: CUP, bbox: [0, 0, 9, 9] },
      ],
    };
    const run = await loupe(
      ...[
        'gallery',
        '--images',
        at('with-broken'),
        '--annotations',
        file('3.json', JSON.stringify(truth)),
      ],
      ...['--model', at('model'), '--engine', 'wasm', '--out', at('run')],
    );
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(/broken\.jpg: This file is empty/);
    const page = readFileSync(at('run', 'index.html'), 'utf8');
    expect(page).toContain('Model model, Fast.');
    expect(page).toContain('3 objects'); // cups; the one of the broken photo is not missed
  });

  it.each([
    ['a folder with other files', ['--out', 'mine'], /mine has other files in it/],
    ['a file in place of a folder', ['--out', 'd.json'], /d\.json is a file, not a folder\./],
    ['detections that are not there', ['--detections', 'no.json'], /There is no file .*no\.json\./],
    ['photos of another set', ['--images', 'mine'], /There are no pictures in .*mine\./],
  ])('refuses %s in one sentence', async (_, [option, name], why) => {
    const all = { '--out': 'other', '--detections': 'd.json', '--images': 'images' };
    const args = Object.entries({ ...all, [option as string]: name as string });
    const run = await gallery(...args.flatMap(([key, value]) => [key, at(value)]));
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(why);
    expect(run.err.trim().split('\n')).toHaveLength(1);
    expect(readFileSync(at('mine', 'letter.txt'), 'utf8')).toBe('Dear reader');
  });
});
