/**
 * The Performance panel: closed until it is asked for, reached by mouse and by keyboard, and it says
 * what the last run's stages cost while the run goes and after it.
 */
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { look } from './support/look.ts';
import {
  noisePhoto,
  openPhoto,
  photoOnStage,
  pickFile,
  useTinyModel,
} from './support/tinyModel.ts';

const panel = (page: Page) => page.getByRole('dialog', { name: 'Performance' });
const STAGES = ['Preprocessing', 'Trunk', 'RPN', 'Proposals', 'RoI heads', 'Postprocessing', 'All'];

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
  await page.goto('./?backend=wasm');
});

test('it is closed, opens from the engine badge by keys, and gives the focus back', async ({
  page,
}) => {
  await openPhoto(page, 'photo.png', await noisePhoto());
  await expect(panel(page)).toHaveCount(0);
  const badge = page.getByRole('button', { name: /^Engine: / });
  await badge.focus();
  await page.keyboard.press('Enter');
  const item = page.getByRole('menuitem', { name: 'Performance of the last run' });
  await expect(item).toBeVisible();
  await page.keyboard.press('End');
  await expect(item).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(panel(page)).toBeFocused();
  await expect(panel(page).getByRole('rowheader')).toHaveText(STAGES);
  const shares = await panel(page).getByRole('row').locator('td:nth-child(3)').allTextContents();
  const percents = shares.slice(0, -1).map((share) => Number.parseInt(share, 10));
  expect(percents.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(95);
  const all = panel(page).getByRole('row', { name: /^All/ }).getByRole('cell');
  await expect(all.nth(4)).toHaveText('2'); // readbacks
  await expect(panel(page)).toContainText('Tensors left behind0');
  await expect(panel(page)).toContainText('Loupe’s (winograd-2)');
  await page.keyboard.press('Escape');
  await expect(panel(page)).toHaveCount(0);
  await expect(badge).toBeFocused();
});

test('it opens from the run’s times, stays beside a new run and shows that one', async ({
  page,
}) => {
  await openPhoto(page, 'first.png', await noisePhoto());
  await page.getByRole('button', { name: 'What each stage cost' }).click();
  await expect(panel(page)).toContainText('The last run: Fast');
  await pickFile(page, 'second.png', await noisePhoto());
  await expect(photoOnStage(page, 'second.png')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Result' })).toBeVisible();
  await expect(panel(page).getByRole('rowheader')).toHaveText(STAGES);
  await page.getByRole('button', { name: 'Close Performance' }).click();
  await expect(panel(page)).toHaveCount(0);
});

test('looks right at three widths, light and dark', async ({ page }, info) => {
  test.slow();
  await openPhoto(page, 'photo.png', await noisePhoto());
  await page.getByRole('button', { name: 'What each stage cost' }).click();
  await look(page, 'performance', (name) => info.outputPath(name));
});
