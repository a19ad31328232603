/**
 * Data for the Anchors page in a real Chromium: every format that people have, 100 MB of it without the
 * page freezing, every mistake as one sentence that loses nothing; and what is taken away from the page
 * trains.
 */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { anchorFileSchema } from '../src/core/anchors/export.ts';
import { percent } from '../src/core/results/percent.ts';
import { loupe } from '../tests/10-command-line/run.ts';
import { manyBoxes } from '../tests/support/manyBoxes.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../tests/support/tinyTraining.ts';
import { expect, test } from './support/fixtures.ts';
import { curve, dropFiles, exact, openLab, recall, slider } from './support/lab.ts';
import { LONG_TASK_MS, threadTime } from './support/threadTime.ts';
import { useTinyModel } from './support/tinyModel.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const facts = (page: Page, words: string) => expect(page.getByText(words)).toBeVisible();

const images = [{ id: 1, file_name: 'a.png', width: 640, height: 480 }];
const categories = [{ id: 1, name: 'cup' }];
const coco = (boxes: readonly (readonly number[])[]) =>
  JSON.stringify({
    images,
    categories,
    annotations: boxes.map((bbox, at) => ({
      ...{ id: at + 1, image_id: 1, category_id: 1, bbox, area: 1, iscrowd: 0 },
    })),
  });
const voc = (name: string, boxes: readonly (readonly number[])[]) => `<annotation>
  <filename>${name}.png</filename>
  <size><width>640</width><height>480</height><depth>3</depth></size>
  ${boxes
    .map(([x = 0, y = 0, width = 0, height = 0]) => {
      const corner = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + width}</xmax><ymax>${y + height}</ymax>`;
      return `<object><name>cup</name><bndbox>${corner}</bndbox></object>`;
    })
    .join('\n')}
</annotation>`;

const BOXES = [
  [20, 30, 24, 20],
  [100, 100, 50, 60],
  [300, 200, 90, 80],
] as const;

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
});

test('COCO JSON, a zip of VOC XML and YOLO text with its picture are the same data', async ({
  page,
}) => {
  await openLab(page);
  await dropFiles(page, { name: 'mine.json', content: coco(BOXES) });
  await facts(page, '3 objects in 1 photo.');
  const row = page.getByRole('row', { name: /^Yours/ });
  await expect(page.getByRole('radio', { name: 'mine.json' })).toBeChecked();
  await expect(row).toContainText('100.0');
  const figures = await row.textContent();

  const zip = zipSync({
    'annotations/a.xml': bytes(voc('a', BOXES.slice(0, 2))),
    'annotations/b.xml': bytes(voc('b', BOXES.slice(2))),
    '__MACOSX/annotations/._a.xml': bytes('x'),
  });
  await dropFiles(page, { name: 'voc.zip', content: zip, type: 'application/zip' });
  await facts(page, '3 objects in 2 photos.');
  await expect(page.getByRole('radio', { name: 'voc.zip' })).toBeChecked();

  const labels = BOXES.map(([x, y, width, height]) => {
    const centre = [(x + width / 2) / 640, (y + height / 2) / 480];
    return ['0', ...centre, width / 640, height / 480].join(' ');
  });
  const create = { width: 640, height: 480, channels: 3, background: 'teal' } as const;
  const picture = await sharp({ create }).png().toBuffer();
  await dropFiles(
    page,
    { name: 'a.txt', content: labels.join('\n') },
    { name: 'a.png', content: picture, type: 'image/png' },
  );
  await facts(page, '3 objects in 1 photo.');
  await expect(page.getByRole('radio', { name: '2 files' })).toBeChecked();
  await expect.poll(() => row.textContent()).toBe(figures);
});

test('the page and the command line fit the same sizes to the same boxes, with the same figures', async ({
  page,
}, info) => {
  const content = JSON.stringify(manyBoxes(400));
  const path = info.outputPath('many.json');
  writeFileSync(path, content);
  await openLab(page, '?stride=8&iou=0.5&photos=640&sizes=10,20,40,80');
  await dropFiles(page, { name: 'many.json', content });
  await facts(page, '4,000 objects in 400 photos.');
  await facts(page, 'The same fits on the command line');
  for (const method of ['theory', 'k-means', 'recall']) {
    const { out } = await loupe(
      ...['anchors', path, '--stride', '8', '--threshold', '0.5', '--count', '4'],
      ...['--working-size', '640', '--method', method, '--json'],
    );
    const { sizes, bestPossibleRecall, meanBestIoU } = anchorFileSchema.parse(JSON.parse(out));
    const cells = page.getByRole('row', { name: new RegExp(`^Fit: ${method}`) }).locator('td');
    await expect(cells.last()).toHaveText(sizes.join(', '), { timeout: 60_000 });
    await expect(cells.first()).toHaveText(percent(bestPossibleRecall));
    await expect(cells.nth(-5)).toHaveText(percent(meanBestIoU));

    // Taken over, they reach what was promised.
    await page.getByRole('button', { name: `Fit: ${method}` }).click();
    const yours = page.getByRole('row', { name: /^Yours/ }).locator('td');
    await expect(yours.last()).toHaveText(sizes.join(', '));
    await expect(yours.first()).toHaveText(percent(bestPossibleRecall));
  }
});

test('what is wrong with data is one sentence, and what was on screen stays', async ({ page }) => {
  await openLab(page);
  await dropFiles(page, { name: 'mine.json', content: coco(BOXES) });
  await expect(page.getByRole('radio', { name: 'mine.json' })).toBeChecked();
  await facts(page, '3 objects in 1 photo.');
  await expect(recall(page)).toHaveText('100.0 %');
  const before = await curve(page).getAttribute('d');
  const broken = coco(BOXES).replace('"area":1,', '"area":,');
  const cases = [
    [{ name: 'cut.json', content: broken }, /cut\.json is not JSON.*line 1, column \d+/],
    [{ name: 'none.json', content: coco([]) }, /none\.json has no boxes to choose anchors for/],
    [
      { name: 'named.json', content: voc('a', BOXES) },
      /named\.json is called JSON but looks like VOC XML; give it the ending \.xml/,
    ],
    [
      { name: 'labels.txt', content: '0 0.5 0.5 0.1 0.1' },
      /labels\.txt is in shares of its picture/,
    ],
    [{ name: 'no.zip', content: 'PK but no more' }, /no\.zip is no zip or is damaged/],
    [{ name: 'readme.txt', content: 'Made by hand.' }, /readme\.txt is a text without YOLO labels/],
    [
      { name: 'cut.xml', content: voc('a', BOXES).slice(0, 150) },
      /cut\.xml ends too early, in line 4/,
    ],
    [
      { name: 'huge.json', content: coco(BOXES).replace('640', '1000000000') },
      /huge\.json has no boxes .*3 boxes of pictures of an impossible size left out/,
    ],
  ] as const;
  for (const [file, sentence] of cases) {
    await dropFiles(page, file);
    await expect(page.getByRole('alert')).toContainText(sentence);
    await expect(page.getByRole('radio', { name: 'mine.json' })).toBeChecked();
    expect(await curve(page).getAttribute('d')).toBe(before);
    await expect(recall(page)).toHaveText('100.0 %');
  }
  // Boxes that are none are counted, left out and told.
  const some = coco([...BOXES, [600, 400, 200, 200], [10, 10, 0, 20]]);
  await dropFiles(page, { name: 'some.json', content: some });
  await facts(
    page,
    '4 objects in 1 photo; 1 box without an area left out; 1 box cut at the edge of its picture.',
  );
  // One that is no box costs nobody the others, nor does a note that lies beside them.
  const one = coco(BOXES).replace('"bbox":[20,30,24,20]', '"bbox":[20,30,24,null]');
  await dropFiles(
    page,
    { name: 'one.json', content: one, type: 'application/json' },
    { name: 'readme.txt', content: 'Made by hand.', type: 'text/plain' },
  );
  await facts(page, '2 objects in 1 photo; 1 entry without a box left out.');
});

/**
 * A million boxes in 50,000 pictures, on the disk as a visitor's own would be: of a file that the page
 * makes itself, the page's own thread hands out the bytes.
 *
 * @returns its bytes
 */
function writeLargeCoco(path: string): number {
  const list = (count: number, text: (id: number) => string) =>
    Array.from({ length: count }, (_, index) => text(index + 1)).join(',');
  const pictures = list(
    50_000,
    (id) => `{"id":${id},"file_name":"${id}.jpg","width":640,"height":480}`,
  );
  const annotations = list(1_000_000, (id) => {
    const side = 8 + (id % 120);
    return `{"id":${id},"image_id":${1 + (id % 50_000)},"category_id":1,"bbox":[${id % 400},${id % 300},${side},${side}],"area":${side * side},"iscrowd":0,"segmentation":[]}`;
  });
  writeFileSync(
    path,
    `{"images":[${pictures}],"categories":[{"id":1,"name":"cup"}],"annotations":[${annotations}]}`,
  );
  return statSync(path).size;
}

test(
  '100 MB of COCO JSON with a million boxes come with progress, and the page never freezes',
  { tag: '@timed' },
  async ({ page }, info) => {
    test.setTimeout(300_000);
    await openLab(page);
    const file = info.outputPath('large.json');
    const megabytes = writeLargeCoco(file) / 1e6;
    expect(megabytes).toBeGreaterThan(100);
    await page.evaluate(() => {
      const seen: number[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const bar = document.querySelector<HTMLProgressElement>(
          'progress[aria-label="Opening annotations"]',
        );
        if (bar) seen.push(bar.value);
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    const began = Date.now();
    const { longest, observed } = await threadTime(page, async () => {
      await page.locator('input[type=file][accept*=json]').setInputFiles(file);
      // While it is read, sliders go on as before.
      await slider(page, 2).focus();
      await page.keyboard.press('ArrowRight');
      await expect(exact(page, 2)).toHaveValue('26');
      await expect(page.getByText('1,000,000 objects in 50,000 photos.')).toBeVisible({
        timeout: 240_000,
      });
    });
    const seconds = (Date.now() - began) / 1000;
    info.annotations.push({
      type: 'large data',
      description: `${megabytes.toFixed(0)} MB in ${seconds.toFixed(1)} s; longest task of the page ${longest.toFixed(1)} ms of processor time; over 50 ms by the clock: ${observed.join(', ') || 'none'}`,
    });
    const seen = await page.evaluate(() => (window as unknown as { seen: number[] }).seen);
    expect(new Set(seen).size, 'steps of the progress bar').toBeGreaterThan(5);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(longest).toBeLessThan(LONG_TASK_MS);
    // A tick on a million boxes is slower, in the worker; the page follows when it is there.
    const before = await curve(page).getAttribute('d');
    await slider(page, 2).press('ArrowRight');
    await expect.poll(() => curve(page).getAttribute('d'), { timeout: 30_000 }).not.toBe(before);
    rmSync(file);
  },
);

test('the exported file trains: two steps by the command line', async ({ page }, info) => {
  test.setTimeout(240_000);
  const folder = await makeTinyTraining(2);
  try {
    await openLab(page, '?sizes=20,50&stride=8&ratios=1,2');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save anchors.json' }).click();
    const anchors = info.outputPath('anchors.json');
    await (await download).saveAs(anchors);
    const { detector } = tinyConfig(folder);
    const config = join(folder, 'page.json');
    // The page's anchors are in pixels of photos of 640.
    writeFileSync(
      config,
      JSON.stringify(tinyConfig(folder, { detector: { ...detector, workingSize: 640 } })),
    );
    const { code, err, out } = await loupe(
      ...['train', 'detector', '--config', config, '--anchors', anchors, '--engine', 'wasm'],
      ...['--iterations', '2', '--cache', join(folder, 'cache'), '--json'],
    );
    expect(code, err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ step: 2, finished: true });
  } finally {
    removeTinyTraining(folder);
  }
});
