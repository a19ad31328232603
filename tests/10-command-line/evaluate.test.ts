/**
 * `loupe evaluate` as a program: JSON on stdout and nothing else, remarks on stderr, and one plain
 * sentence for every mistake.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scoredSchema } from '../../training/report/scored.ts';
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

  it('--by-size, --interval, --errors and --threshold add keys to the JSON and leave the others', async () => {
    const asked = await evaluate('--json', '--by-size', '--interval', '--errors', '--threshold');
    expect({ code: asked.code, err: asked.err }).toEqual({ code: 0, err: '' });
    const { bySize, interval, errors, operatingPoint, ...rest } = JSON.parse(asked.out);
    expect(rest).toEqual(JSON.parse((await evaluate('--json')).out));
    expect(bySize.map(({ name }: { name: string }) => name)).toEqual([
      'below 0.25 %',
      '0.25 to 1 %',
      'above 1 %',
      'small',
      'medium',
      'large',
    ]);
    expect(Object.keys(bySize[0])).toEqual(['name', 'unit', 'objects', 'AP50', 'recall']);
    expect(interval.estimate).toBeCloseTo(fixture.expected.stats[1] as number, 9);
    expect(interval.low).toBeLessThan(interval.estimate);
    expect(interval.high).toBeGreaterThan(interval.estimate);
    expect(errors.errors).toHaveLength(6);
    expect(Object.keys(operatingPoint)).toEqual(['threshold', 'precision', 'recall', 'f1']);
    expect(Object.keys(errors)).toEqual(['ap', 'errors', 'falsePositives', 'falseNegatives']);
  });

  it('--classes scores these alone, and --outcomes-out keeps what loupe report needs', async () => {
    const { categories } = fixture.ground_truth as { categories: { id: number; name: string }[] };
    const [{ id, name }] = categories as [{ id: number; name: string }];
    const kept = join(folder, 'kept', 'model.set.test.fast.json');
    const run = await evaluate('--json', '--classes', name, '--outcomes-out', kept);
    expect(run.code, run.err).toBe(0);
    expect(run.err).toContain(`Wrote ${kept}.`);
    const { perCategory } = JSON.parse(run.out);
    expect(perCategory.map((one: { category_id: number }) => one.category_id)).toEqual([id]);
    const scored = scoredSchema.parse(JSON.parse(readFileSync(kept, 'utf8')));
    expect(scored).toMatchObject({ model: 'model', set: 'set', split: 'test', look: 'fast' });
    expect(scored.outcomes.classes.map((one) => one.name)).toEqual([name]);
    expect(scored.bySize).toHaveLength(6);

    const unknown = await evaluate('--classes', `${name}, unicorn`);
    expect(unknown.code).toBe(1);
    expect(unknown.err).toMatch(/has no class "unicorn"; it has .*\.\n$/);
    const wrong = await evaluate('--outcomes-out', join(folder, 'kept.json'));
    expect(wrong.err).toMatch(/must be called model\.set\.split\.look\.json, such as .*\.\n$/);
  });

  it('prints sizes, the interval, errors and the threshold', async () => {
    const { out } = await evaluate('--by-size', '--interval', '--errors', '--threshold');
    expect(out).toMatch(/^Best shown from score 0\.\d\d on: F1 \d+\.\d % \(precision/m);
    expect(out).toMatch(/^mAP50 \d+\.\d %, 95 % interval \d+\.\d to \d+\.\d/m);
    expect(out).toMatch(/^0\.25 to 1 % +\d+( +(\d+\.\d|-)){2}$/m);
    expect(out).toMatch(/^localisation +\d+ +\d+\.\d$/m);
    expect(out).toMatch(/^all false negatives +\d+\.\d$/m);
  });

  it('--against tells the difference to another results file, of the same draws', async () => {
    const list = fixture.detections as { score: number }[];
    const worse = file('worse.json', list.slice(0, Math.floor(list.length / 3)));
    const [run, tables, itself] = await Promise.all([
      evaluate('--json', '--against', worse),
      evaluate('--against', worse),
      evaluate('--json', '--against', detections),
    ]);
    expect({ code: run.code, err: run.err }).toEqual({ code: 0, err: '' });
    const { against, stats } = JSON.parse(run.out);
    expect(Object.keys(against)).toEqual([
      'file',
      'AP50',
      'estimate',
      'low',
      'high',
      'atOrBelowZero',
    ]);
    expect(against.file).toBe(worse);
    expect(against.estimate).toBeCloseTo(stats[1] - against.AP50, 9);
    expect(against.low).toBeLessThanOrEqual(against.estimate);
    expect(against.high).toBeGreaterThanOrEqual(against.estimate);
    expect(tables.out).toMatch(
      /^mAP50 less that of .*worse\.json \(\d+\.\d %\): -?\d+\.\d points, 95 % interval -?\d+\.\d to/m,
    );
    const same = { estimate: 0, low: 0, high: 0, atOrBelowZero: 1 };
    expect(JSON.parse(itself.out).against).toMatchObject(same);
  });

  it('--against refuses a file that is not there, and a ground truth without objects', async () => {
    const missing = await evaluate('--against', join(folder, 'nowhere.json'));
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect(missing.err).toMatch(/^There is no file .*nowhere\.json\.\n$/);
    const empty = file('no-objects.json', {
      ...(fixture.ground_truth as object),
      annotations: [],
    });
    const run = await loupe(
      'evaluate',
      ...['--ground-truth', empty, '--detections', detections, '--against', detections],
    );
    expect(run).toMatchObject({ code: 1, out: '' });
    expect(run.err).toBe(
      'The ground truth has no objects, so no results are better than others.\n',
    );
  });

  it('without sizes of images says so, and tells sizes in pixels', async () => {
    const images = (fixture.ground_truth as { images: { id: number }[] }).images;
    const bare = file('bare.json', {
      ...(fixture.ground_truth as object),
      images: images.map(({ id }) => ({ id })),
    });
    const run = await loupe(
      'evaluate',
      ...['--ground-truth', bare, '--detections', detections, '--by-size', '--json'],
    );
    expect(run.err).toBe('Some images have no width and height: only sizes in pixels are told.\n');
    expect(JSON.parse(run.out).bySize).toHaveLength(3);
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
