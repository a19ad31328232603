/**
 * `loupe evaluate` as a program: JSON on stdout and nothing else, remarks on stderr, and one plain
 * sentence for every mistake.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cocoCases } from '../05-evaluation/fixtures.ts';
import { loupe } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const [, fixture] = cocoCases();
if (!fixture) throw new Error('The fixtures have more than one case.');
const truth = file('gt.json', fixture.ground_truth);
const detections = file('d.json', fixture.detections);
const evaluate = (...args: string[]) =>
  loupe('evaluate', '--ground-truth', truth, '--detections', detections, ...args);

describe('loupe evaluate', () => {
  it('--json prints pycocotools twelve numbers, the classes and VOC, and nothing else', async () => {
    const { code, out, err } = await evaluate('--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const report = JSON.parse(out);
    expect(Object.keys(report)).toEqual(['stats', 'perCategory', 'voc']);
    fixture.expected.stats.forEach((value, index) => {
      expect(report.stats[index]).toBeCloseTo(value, 9);
    });
    expect(report.perCategory).toHaveLength(fixture.expected.per_category.length);
    expect(Object.keys(report.perCategory[0])).toEqual(['category_id', 'AP', 'AP50']);
    expect(Object.keys(report.voc)).toEqual(['mAP50', 'mAP50_11point', 'perCategory']);
  });

  it('prints tables, and the recall of proposals where it is given some', async () => {
    const { code, out } = await evaluate('--proposals', detections);
    expect(code).toBe(0);
    expect(out).toMatch(/^AP50 +\d+\.\d +AP at IoU 0\.50$/m);
    expect(out).toMatch(/^mean +\d+( +\d+\.\d){4}$/m);
    expect(out).toMatch(/^1000( +(\d+\.\d|-)){2}$/m);
  });

  it('--json says the recall of proposals at 100, 300 and 1000', async () => {
    const { out } = await evaluate('--json', '--proposals', detections);
    const rows: { proposals: number }[] = JSON.parse(out).proposals;
    expect(rows.map(({ proposals }) => proposals)).toEqual([100, 300, 1000]);
  });

  it('ignores detections of classes the set does not label, and says how many', async () => {
    const list = fixture.detections as { category_id: number }[];
    const more = file('more.json', [...list, { ...list[0], category_id: 9999, score: 1 }]);
    const run = await loupe(
      'evaluate',
      ...['--ground-truth', truth, '--detections', more, '--json'],
    );
    expect(run.code).toBe(0);
    expect(run.err).toMatch(/^1 detection of 1 class .* ignored\.\n$/);
    expect(JSON.parse(run.out)).toEqual(JSON.parse((await evaluate('--json')).out));
  });

  it.each([
    ['a missing file', 'nowhere.json', undefined, /^There is no file .*nowhere\.json\.\n$/],
    ['broken JSON', 'broken.json', '[{"image_id": 1,', /broken\.json is not JSON: .*\.\n$/],
    ['another shape', 'shape.json', { results: [] }, /shape\.json is not a COCO results file/],
    [
      'an unknown image',
      'unknown.json',
      [{ image_id: -5, category_id: 1, bbox: [0, 0, 1, 1], score: 1 }],
      /unknown\.json has a detection for image -5, which the ground truth does not list/,
    ],
  ])('refuses %s in one sentence, with exit code 1', async (_, name, content, why) => {
    const path = content === undefined ? join(folder, name) : file(name, content);
    const run = await loupe('evaluate', '--ground-truth', truth, '--detections', path);
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toMatch(why);
    expect(run.err.trim().split('\n')).toHaveLength(1);
  });

  it('explains itself with examples', async () => {
    const { code, out } = await loupe('evaluate', '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples:\n.*evaluate --ground-truth/s);
  });
});
