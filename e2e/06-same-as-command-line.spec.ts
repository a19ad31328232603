/**
 * The browser finds what the command line finds: the same classes, scores within 0.01, boxes within
 * a pixel. One core computes both, but the photo is decoded by the browser here and by sharp there.
 */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page, TestInfo } from '@playwright/test';
import sharp from 'sharp';
import { tinyDetectorFiles } from '../tests/support/tinyDetector.ts';
import { expect, test } from './support/fixtures.ts';
import { openPhoto, useTinyModel } from './support/tinyModel.ts';

interface Found {
  readonly category_id: number;
  readonly bbox: readonly [x: number, y: number, width: number, height: number];
  readonly score: number;
}

const SCORE = 0.01;
const PIXELS = 1;
/** Both leave out scores below 0.05; just above it, one may keep what the other leaves out. */
const LEAST = 0.05 + SCORE;

test('with the model of the app, on its examples', async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto('./?backend=wasm');
  for (const name of ['desk-overhead.jpg', 'kitchen-handles.jpg']) {
    const path = `public/examples/${name}`;
    await openPhoto(page, name, await readFile(path));
    const browser = await exported(page);
    expect(browser.length).toBeGreaterThan(0);
    expectSame(browser, await commandLine(path, 'public/models/household'));
  }
});

test('with random weights, on a turned photo with transparency', async ({ page }, info) => {
  await useTinyModel(page);
  await page.goto('./?backend=wasm');
  const model = info.outputPath('tiny');
  await mkdir(model);
  for (const [file, bytes] of tinyDetectorFiles()) await writeFile(join(model, file), bytes);
  const photo = await turnedPhoto(info);
  await openPhoto(page, 'turned.png', await readFile(photo));
  const browser = await exported(page);
  expect(browser.length).toBeGreaterThan(10);
  expectSame(browser, await commandLine(photo, model));
});

async function turnedPhoto(info: TestInfo): Promise<string> {
  const [width, height] = [300, 200];
  const data = Buffer.alloc(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shade = 128 + 100 * Math.sin(x / 9) * Math.cos(y / 13);
      data.set([shade, 255 - shade, (x * y) % 256, x < 150 ? 255 : 0], (y * width + x) * 4);
    }
  }
  const path = info.outputPath('turned.png');
  const image = sharp(data, { raw: { width, height, channels: 4 } });
  await image.withMetadata({ orientation: 6 }).png().toFile(path);
  return path;
}

/** Every detection of the photo on screen, from the app's own export. */
async function exported(page: Page): Promise<Found[]> {
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('Home');
  await page.getByRole('button', { name: 'Export' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /as COCO JSON$/ }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  return (JSON.parse(text) as { annotations: Found[] }).annotations;
}

async function commandLine(photo: string, model: string): Promise<Found[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      'tsx',
      'training/loupe.ts',
      'detect',
      photo,
      '--model',
      model,
      '--json',
      '--engine',
      'wasm',
    ],
    { maxBuffer: 1 << 26 },
  );
  return JSON.parse(stdout) as Found[];
}

/** Each detection of either has its counterpart in the other. */
function expectSame(browser: readonly Found[], node: readonly Found[]): void {
  expect(without(browser, node), 'found only in the browser').toEqual([]);
  expect(without(node, browser), 'found only by the command line').toEqual([]);
}

function without(found: readonly Found[], others: readonly Found[]): Found[] {
  const same = (a: Found, b: Found) =>
    a.category_id === b.category_id &&
    Math.abs(a.score - b.score) <= SCORE &&
    corners(a).every((value, i) => Math.abs(value - (corners(b)[i] as number)) <= PIXELS);
  return found.filter((a) => a.score >= LEAST && !others.some((b) => same(a, b)));
}

function corners({ bbox: [x, y, width, height] }: Found): number[] {
  return [x, y, x + width, y + height];
}
