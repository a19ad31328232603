/**
 * Fast and Fine, and models of one's own, in a real browser on tiny models: what a choice changes,
 * what it leaves alone until it is there, and that a broken folder is one plain sentence.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, TestInfo } from '@playwright/test';
import { tinyDetectorFiles } from '../tests/support/tinyDetector.ts';
import { expect, test } from './support/fixtures.ts';
import { noisePhoto, openPhoto, photoOnStage, useTinyModel } from './support/tinyModel.ts';

const inspector = (page: Page) => page.getByRole('complementary', { name: 'Inspector' });
const list = (page: Page) => page.getByRole('list', { name: 'Detections' }).getByRole('listitem');

/** A model's folder on the disk, as a visitor would have trained it; `change` may break it. */
function ownFolder(info: TestInfo, change: (files: Map<string, Uint8Array>) => void = () => {}) {
  const folder = info.outputPath('mine');
  mkdirSync(folder, { recursive: true });
  const files = tinyDetectorFiles({ workingSize: 96 });
  change(files);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

async function pickModel(page: Page, folder: string): Promise<void> {
  await page.getByRole('button', { name: /^Model: / }).click();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Use a model of your own' }).click();
  await (await chooser).setFiles(folder);
}

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
  await page.goto('./?backend=wasm');
  await openPhoto(page, 'photo.png', await noisePhoto());
});

test('Fine looks again, larger, says so, and is kept for the next visit', async ({ page }) => {
  await expect(inspector(page)).toContainText('Fast, 128 px');
  await page.getByRole('button', { name: 'Look: Fast' }).click();
  await page
    .getByRole('menuitemradio', { name: /^Fine.*192 px.*about 2\.3 times as long/ })
    .click();
  await expect(inspector(page)).toContainText('Fine, 192 px');
  await expect(photoOnStage(page, 'photo.png')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Look: Fine' })).toBeVisible();
});

test('the model’s panel names it, its classes and the way to one’s own', async ({ page }) => {
  await page.getByRole('button', { name: 'Model: tiny' }).click();
  const panel = page.getByRole('dialog', { name: 'Model' });
  await expect(panel.getByRole('radio', { name: /^tiny/ })).toBeChecked();
  await expect(panel).toContainText('Finds cup, bottle, mouse.');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
});

test('a folder of one’s own is read without a request, and looks at the open photo', async ({
  page,
}, info) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
  await pickModel(page, ownFolder(info));
  await expect(inspector(page)).toContainText('Fast, 96 px');
  expect(asked.filter((line) => !line.startsWith('GET') || line.includes('.bin'))).toEqual([]);
  const panel = page.getByRole('dialog', { name: 'Model' });
  await expect(panel.getByRole('radio', { name: /your own/ })).toBeChecked();
  // The choice moves when the other model has loaded, not with the click.
  await panel.getByRole('radio').first().click();
  await expect(panel.getByRole('radio').first()).toBeChecked();
  await expect(inspector(page)).toContainText('Fast, 128 px');
});

test('a broken folder is one sentence, and all that was shown stays', async ({ page }, info) => {
  const before = await list(page).allTextContents();
  const folder = ownFolder(info, (files) => files.set('tiny.bin', new Uint8Array(5)));
  await pickModel(page, folder);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText("The model's shard tiny.bin is cut");
  expect(await list(page).allTextContents()).toEqual(before);
  await expect(inspector(page)).toContainText('Fast, 128 px');
  await expect(page.getByRole('button', { name: 'Model: tiny' })).toBeVisible();
});
