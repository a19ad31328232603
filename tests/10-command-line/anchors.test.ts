/**
 * `loupe anchors` as a program: the numbers under --json, what other programs take, one plain
 * sentence for every mistake; and training takes what it writes.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { anchorFileSchema } from '../../src/core/anchors/export.ts';
import { FIT_METHODS } from '../../src/core/anchors/fitting.ts';
import { readBoxes } from '../../src/core/annotations/readBoxes.ts';
import { fitOn, prepare } from '../../src/worker/anchorLab/ground.ts';
import { readAnchorFile, withAnchors, withChosenAnchors } from '../../training/anchorFile.ts';
import { manyBoxes } from '../support/manyBoxes.ts';
import { tinyConfig } from '../support/tinyTraining.ts';
import { loupe } from './run.ts';

const TRAIN = '../shared/data/sod_coco10/annotations/train.json';

const folder = mkdtempSync(join(tmpdir(), 'loupe-anchors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const images = [{ id: 1, width: 320, height: 240 }];
const annotations = [12, 20, 33, 47, 80].map((side, k) => ({
  ...{ image_id: 1, category_id: 1, bbox: [7 * k, 11 * k, side, side], iscrowd: 0 },
}));
const categories = [{ id: 1, name: 'cup' }];
const crowd = { image_id: 1, category_id: 1, bbox: [0, 0, 9, 9], iscrowd: 1 };
const truth = file('gt.json', { images, annotations: [...annotations, crowd], categories });

describe('loupe anchors', () => {
  it('--json prints the anchors, and what was left out on stderr', async () => {
    const { code, out, err } = await loupe(
      'anchors',
      truth,
      '--stride',
      '8',
      '--count',
      '3',
      '--json',
    );
    expect({ code, err }).toEqual({ code: 0, err: `${truth}: 1 crowd left out.\n` });
    const answer = JSON.parse(out);
    expect(Object.keys(answer)).toEqual([
      ...['method', 'stride', 'threshold', 'sizes', 'ratios'],
      ...['bestPossibleRecall', 'meanBestIoU', 'boxes'],
    ]);
    expect(answer).toMatchObject({ method: 'recall', stride: 8, threshold: 0.5, boxes: 5 });
    expect(answer.sizes).toHaveLength(3);
    expect(answer.ratios).toEqual([1, 0.5, 2]);
  });

  it('prints a table beside the named sets, and snippets', async () => {
    const [table, torchvision, mmdetection, ratios] = await Promise.all([
      loupe('anchors', truth, '--method', 'theory', '--working-size', '640'),
      loupe('anchors', truth, '--format', 'torchvision'),
      loupe('anchors', truth, '--format', 'mmdetection'),
      loupe('anchors', truth, '--ratios', '1,3'),
    ]);
    expect(table.out).toMatch(/^theory +18 +\d+\.\d/m);
    for (const name of ['paper', 'faster-rcnn', 'chen', 'paper-plus']) {
      expect(table.out).toMatch(new RegExp(`^${name} +\\d+ `, 'm'));
    }
    expect(torchvision.out).toContain('AnchorGenerator(');
    expect(ratios.out).toMatch(/^Sizes by recall: .* in the ratios \(height \/ width\) 1, 3$/m);
    expect(mmdetection.out).toContain("type='AnchorGenerator'");
  });

  it.each(FIT_METHODS)(
    'fits by %s the same sizes as the page, with the same figures',
    async (method) => {
      const text = JSON.stringify(manyBoxes(400));
      const path = file(`many.${method}.json`, text);
      const options = ['--stride', '8', '--threshold', '0.6', '--count', '4'];
      const { out } = await loupe(
        ...['anchors', path, '--method', method, '--working-size', '960', ...options, '--json'],
      );
      const ground = { data: 'own', stride: 8, threshold: 0.6, photos: 960 };
      const { boxes } = readBoxes([{ name: 'many.json', text }]);
      const { row } = fitOn(prepare(boxes, ground), {
        ...{ ground, method, count: 4, aspectRatios: [1, 0.5, 2] },
      });
      expect(anchorFileSchema.parse(JSON.parse(out))).toEqual({
        ...{ method, stride: 8, threshold: 0.6, workingSize: 960, boxes: 4000 },
        ...{ sizes: row.set.sizes, ratios: [1, 0.5, 2] },
        ...{ bestPossibleRecall: row.bestPossibleRecall, meanBestIoU: row.meanBestIoU },
      });
    },
  );

  it('says in one sentence what is wrong', async () => {
    const cases: [args: string[], message: RegExp][] = [
      [['nowhere.json'], /^There is no file nowhere\.json\.\n$/],
      [[folder], /is a folder; /],
      [[file('broken.json', '{"images": [\n{"id": 1,}]}')], /is not JSON: line 2, column 10 /],
      [[file('empty.json', { images, categories, annotations: [] })], /has no boxes to choose/],
      [[file('xml.json', '<annotation/>')], /is called JSON but looks like VOC XML/],
      [[truth, '--count', '1000'], /^--count must be 64 or less; /],
      [[truth, '--method', 'guess'], /Allowed choices are theory, k-means, recall/],
      [[truth, '--ratios', '1,x'], /must be heights over widths from 0.1 to 10/],
      [[truth, '--threshold', '1'], /must be a number between 0 and 1/],
    ];
    const runs = await Promise.all(cases.map(([args]) => loupe('anchors', ...args)));
    runs.forEach(({ code, out, err }, index) => {
      expect(err).toMatch((cases[index] as (typeof cases)[0])[1]);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).not.toMatch(/^\s+at /m);
    });
  });
});

describe('train detector --anchors', () => {
  const anchors = {
    ...{ method: 'recall', stride: 8, threshold: 0.5, sizes: [12.5, 30], ratios: [1, 2] },
    ...{ bestPossibleRecall: 0.9, meanBestIoU: 0.7, boxes: 5 },
  };

  it('trains with the anchors of the file, and everything else of the config', () => {
    const config = tinyConfig(folder);
    const path = file('anchors.json', anchors);
    const changed = withAnchors(config, readAnchorFile(path), path);
    expect(changed.detector.rpn).toEqual({
      tap: 'conv4_3',
      anchorSizes: [12.5, 30],
      aspectRatios: [1, 2],
    });
    const { rpn } = config.detector;
    expect({ ...changed, detector: { ...changed.detector, rpn } }).toEqual(config);
  });

  it('trains with a named set, on whatever map the config says', () => {
    const { rpn } = withChosenAnchors(tinyConfig(folder), 'chen').detector;
    expect(rpn).toEqual({ tap: 'conv4_3', anchorSizes: [16, 40, 100], aspectRatios: [1, 0.5, 2] });
  });

  it('refuses anchors for another map, another size, and files that are none', async () => {
    const config = file('config.json', tinyConfig(folder));
    const train = (path: string) =>
      loupe('train', 'detector', '--config', config, '--anchors', path);
    const runs = await Promise.all([
      train(file('16.json', { ...anchors, stride: 16 })),
      train(file('size.json', { ...anchors, workingSize: 640 })),
      train(file('none.json', { sizes: [1] })),
      train('nowhere.json'),
    ]);
    const messages = [
      /16\.json has anchors for stride 16, but .* conv4_3, of stride 8; fit them with loupe anchors --stride 8\.$/,
      /size\.json has anchors for photos of 640 pixels, .*fit them with --working-size 64\.$/,
      /^The anchor file .*none\.json is not right at "method": /,
      /^There is no anchor file nowhere\.json, and no set of that name: those are .*chen.*\.$/,
    ];
    runs.forEach(({ code, err }, index) => {
      expect(code).toBe(1);
      expect(err.trim()).toMatch(messages[index] as RegExp);
    });
  });
});

describe.skipIf(!existsSync(TRAIN))('on sod_coco10', () => {
  it.each([
    [16, 0.679],
    [8, 0.864],
  ])(
    'six sizes by recall reach at stride %d at least %f, and no less than k-means',
    async (stride, least) => {
      const by = async (method: string) => {
        const { out } = await loupe(
          'anchors',
          TRAIN,
          '--stride',
          `${stride}`,
          '--method',
          method,
          '--json',
        );
        return anchorFileSchema.parse(JSON.parse(out)).bestPossibleRecall;
      };
      const [recall, means] = await Promise.all([by('recall'), by('k-means')]);
      expect(recall).toBeGreaterThanOrEqual(least);
      expect(recall).toBeGreaterThanOrEqual(means);
    },
  );
});
