/**
 * Sharpen, then decide, as a visitor does it: detections come first and are looked at again, one of
 * them is held under the viewer, the divider moved, the scores read, the crop taken home; a region is
 * marked by hand; and everything can be stopped half way. The models are tiny: what they say means
 * nothing, but every step is the real one.
 */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import sharp, { type Metadata } from 'sharp';
import { items } from './support/app.ts';
import { expect, test } from './support/fixtures.ts';
import { look } from './support/look.ts';
import {
  noisePhoto,
  openPhoto,
  photoOnStage,
  serveTinyModels,
  useTinyModel,
} from './support/tinyModel.ts';

test.use({ secondLook: 'super-resolution' });

const viewer = (page: Page) => page.getByRole('dialog');
const divider = (page: Page) => page.getByRole('slider', { name: 'Divider' });
const lookedAgain = (page: Page) => page.getByText(/^\d+ looked at again$/);

async function start(page: Page): Promise<void> {
  await serveTinyModels(page);
  await page.goto('/?backend=wasm');
  await openPhoto(page, 'noise.png', await noisePhoto());
  await expect(lookedAgain(page)).toBeVisible({ timeout: 60_000 });
  // The tiny detector is sure of nothing.
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('Home');
  expect(await items(page).count()).toBeGreaterThan(1);
  // What was looked at again stands first.
  await page.getByRole('combobox', { name: 'Order' }).selectOption('Most changed first');
  await expect(items(page).first()).toContainText(/from 0\.\d\d|from 1\.00/);
}

async function openFirst(page: Page): Promise<void> {
  await items(page).first().getByRole('button').click();
  await page.getByRole('button', { name: 'Sharpen and compare' }).click();
  await expect(viewer(page)).toBeVisible();
}

test('what was found is looked at again, compared, read and taken home', async ({ page }) => {
  await start(page);
  await openFirst(page);
  const scores = page.getByRole('region', { name: 'What the classifier says' });
  await expect(scores.getByRole('row').nth(1)).toContainText(/\d\.\d\d.*\d\.\d\d/, {
    timeout: 30_000,
  });
  await expect(scores.locator('dl')).toContainText(/Bicubic.*0\.\d\d.*Super-resolved.*0\.\d\d/);

  // By keyboard...
  await expect(divider(page)).toHaveAttribute('aria-valuenow', '50');
  await divider(page).focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
  await expect(divider(page)).toHaveAttribute('aria-valuenow', '60');
  await expect(divider(page)).toHaveAttribute(
    'aria-valuetext',
    '60 % Bicubic, 40 % Super-resolved',
  );
  await page.keyboard.press('End');
  await expect(divider(page)).toHaveAttribute('aria-valuenow', '100');
  await page.keyboard.press('PageDown');
  await expect(divider(page)).toHaveAttribute('aria-valuenow', '90');
  // ... and by mouse.
  const comparison = page.getByRole('group', { name: /to the left of the divider/ });
  const box = await comparison.boundingBox();
  if (!box) throw new Error('There is no comparison.');
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + 0.9 * box.width, middle);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.25 * box.width, middle, { steps: 5 });
  await page.mouse.up();
  const now = Number(await divider(page).getAttribute('aria-valuenow'));
  expect(Math.abs(now - 25)).toBeLessThanOrEqual(2);

  // Both sides zoom as one, down to single pixels.
  const scale = page.getByLabel('Scale of both sides');
  const before = await scale.textContent();
  await comparison.focus();
  for (let i = 0; i < 20; i++) await page.keyboard.press('+');
  await expect(scale).toHaveText('3200 %');
  await page.keyboard.press('0');
  await expect(scale).toHaveText(before as string);
  await page.getByRole('radio', { name: 'Pixels' }).click();
  await page.getByRole('radio', { name: 'Difference' }).click();
  await expect(page.getByText(/What sharpening added/)).toBeVisible();

  const size = /to (\d+) × (\d+) px/.exec((await viewer(page).textContent()) ?? '') ?? [];
  const both = await exported(page, 'Both sides as PNG');
  expect([both.width, both.height]).toEqual([2 * Number(size[1]) + 8, Number(size[2])]);
  const one = await exported(page, 'Super-resolved as PNG');
  expect([one.width, one.height]).toEqual([Number(size[1]), Number(size[2])]);
  await page.keyboard.press('Escape');
  await expect(viewer(page)).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Sharpen and compare' })).toBeFocused();
});

async function exported(page: Page, item: string): Promise<Metadata> {
  await page.getByRole('button', { name: 'Export' }).last().click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: item }).click();
  return sharp(await readFile(await (await download).path())).metadata();
}

test('a detection tells the way it was found, step by step', async ({ page }) => {
  await start(page);
  await items(page).first().getByRole('button').click();
  await page.getByRole('button', { name: 'How it was found' }).click();
  const steps = viewer(page).getByRole('listitem');
  await expect(steps).toHaveCount(7);
  await expect(steps.nth(0)).toContainText(/cells of the photo/);
  await expect(steps.nth(2)).toContainText(/proposal \d+ of \d+/);
  await expect(steps.nth(5)).toContainText(/from [01]\.\d\d to [01]\.\d\d/);
  await expect(steps.nth(4)).toContainText(/32 × 32 px/, { timeout: 30_000 });
});

test('a region is marked with the mouse, or from the keyboard down to one pixel', async ({
  page,
}) => {
  await start(page);
  const stage = photoOnStage(page, 'noise.png');
  const frame = await stage.boundingBox();
  if (!frame) throw new Error('There is no stage.');
  const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  await page.getByRole('button', { name: 'Mark a region to sharpen' }).click();
  // Beside the photo there is nothing to mark: the tool waits for a drag on it.
  await page.mouse.move(frame.x + 3, y);
  await page.mouse.down();
  await page.mouse.move(frame.x + 8, y + 20, { steps: 3 });
  await page.mouse.up();
  await page.mouse.move(x - 30, y - 20);
  await page.mouse.down();
  await page.mouse.move(x + 30, y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(viewer(page)).toContainText(/Region, \d\d+ × \d+ px/);
  await expect(viewer(page).getByRole('region', { name: /classifier/ })).toContainText(/0\.\d\d/);
  await page.keyboard.press('Escape');

  // The key works from wherever one is, and what had the focus before a window has it again.
  await expect(stage).toBeFocused();
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('r');
  const marker = page.getByRole('group', { name: /^Region to sharpen, 48 × 48 px/ });
  await expect(marker).toBeFocused();
  for (let i = 0; i < 48; i++) {
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Shift+ArrowUp');
  }
  // To the very corner of the photo.
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowUp');
  }
  await page.keyboard.press('Enter');
  await expect(viewer(page)).toContainText('Region, 1 × 1 px');
  await expect(viewer(page)).toContainText('1 × 1 to 4 × 4 px');
  await expect(viewer(page).getByRole('button', { name: 'Export' })).toBeEnabled();
});

test('the strip can be sorted by size and by what the second look changed', async ({ page }) => {
  await start(page);
  const sizes = async () =>
    (await items(page).allTextContents()).map((text) => {
      const [, width, height] = /(\d+) × (\d+) px/.exec(text) ?? [];
      return Number(width) * Number(height);
    });
  await page.getByRole('combobox', { name: 'Order' }).selectOption('Smallest first');
  const bySize = await sizes();
  // Sizes are written in whole pixels.
  for (let i = 1; i < bySize.length; i++) {
    expect(bySize[i] as number).toBeGreaterThan(0.8 * (bySize[i - 1] as number));
  }
  await page.getByRole('combobox', { name: 'Order' }).selectOption('Most changed first');
  await expect(items(page).first()).toContainText(/from [01]\.\d\d/);
});

test('the second look stops half way, keeps what is there, and its choice is kept', async ({
  page,
}) => {
  await serveTinyModels(page);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/models/red-net/tiny.bin', async (route) => {
    await held;
    await route.fallback();
  });
  await page.goto('/?backend=wasm');
  await openPhoto(page, 'noise.png', await noisePhoto());
  await expect(page.getByRole('progressbar', { name: 'Looking again' })).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(page.getByText('Stopped after 0')).toBeVisible();
  release();
  await page.getByRole('button', { name: 'Second look: Sharpened' }).click();
  await page.getByRole('menuitemradio', { name: /^Enlarged/ }).click();
  await expect(lookedAgain(page)).toBeVisible({ timeout: 30_000 });
  await page.reload();
  await openPhoto(page, 'noise.png', await noisePhoto());
  await expect(page.getByRole('button', { name: 'Second look: Enlarged' })).toBeVisible();
});

test('without its models the app says so in a sentence and goes on', async ({ page, tolerate }) => {
  tolerate(/404/);
  await useTinyModel(page);
  for (const folder of ['red-net', 'classifier']) {
    await page.route(`**/models/${folder}/**`, (route) => route.fulfill({ status: 404 }));
  }
  await page.goto('/?backend=wasm');
  await openPhoto(page, 'noise.png', await noisePhoto());
  const sentence =
    'The model for the second look is not on this server; what you see is the detector’s own.';
  await expect(page.getByText(sentence)).toBeVisible({ timeout: 30_000 });
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('Home');
  await openFirst(page);
  await expect(viewer(page)).toContainText(
    'The model for the super-resolution is not on this server; bicubic interpolation is shown.',
  );
  await expect(divider(page)).toHaveAttribute('aria-valuetext', '50 % Pixels, 50 % Bicubic');
});

for (const state of ['looked-again', 'compare', 'inside'] as const) {
  test(`${state}: accessible at every width, light and dark`, async ({ page }, info) => {
    test.setTimeout(240_000);
    await start(page);
    await items(page).first().getByRole('button').click();
    if (state !== 'looked-again') {
      await page.getByRole('button', { name: 'Sharpen and compare' }).click();
      await expect(viewer(page).getByRole('row').nth(1)).toContainText(/\d\.\d\d.*\d\.\d\d/);
    }
    if (state === 'inside') await page.getByRole('tab', { name: 'How it was found' }).click();
    await look(page, state, (name) => info.outputPath(name));
  });
}
