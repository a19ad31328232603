/** What tests of the photo on the Anchors page share: its parts, a photo opened on it, and a box drawn. */
import type { Locator, Page } from '@playwright/test';
import { expect } from './fixtures.ts';
import { openLab } from './lab.ts';
import { noisePhoto } from './tinyModel.ts';

export const panel = (page: Page) => page.getByRole('region', { name: 'On your photo' });
export const surface = (page: Page) =>
  page.getByRole('group', { name: /^photo\.png with anchors/ });
export const boxes = (page: Page) => surface(page).getByRole('button', { name: /^Object \d+, / });
export const figure = (page: Page, name: string): Locator =>
  panel(page).locator(`dt:text-is("${name}") + dd`);
export const head = (page: Page, name: string) =>
  panel(page).getByRole('radio', { name, exact: true });

export async function openOnLab(page: Page, picks = ''): Promise<void> {
  await openLab(page, picks);
  await addPhoto(page);
}

/** The same noise for all pages of a test. */
let noise: Promise<Buffer> | undefined;

export async function addPhoto(page: Page): Promise<void> {
  noise ??= noisePhoto();
  const buffer = await noise;
  const file = { name: 'photo.png', mimeType: 'image/png', buffer };
  await panel(page).locator('input[type=file]').setInputFiles(file);
  await expect(panel(page)).toContainText(/As it was trained|Its answers/, { timeout: 90_000 });
  await page.mouse.move(0, 0);
}

/** Draws a box on the photo, from one place to another in shares of it. */
export async function draw(
  page: Page,
  from: readonly number[],
  to: readonly number[],
): Promise<void> {
  await surface(page).scrollIntoViewIfNeeded();
  const box = await surface(page).boundingBox();
  if (!box) throw new Error('The photo is not on screen.');
  const at = ([x = 0, y = 0]: readonly number[]) =>
    [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(
    ...at([0.5 * (from[0] as number) + 0.5 * (to[0] as number), to[1] as number]),
  );
  await page.mouse.move(...at(to));
  await page.mouse.up();
}
