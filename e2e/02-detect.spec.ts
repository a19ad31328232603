/** A visitor's way through the app on the real model: open a photo, see, list, filter, export. */
import { readFile } from 'node:fs/promises';
import {
  detections,
  drop,
  finished,
  items,
  openApp,
  openExample,
  pick,
  shown,
} from './support/app.ts';
import { expect, test } from './support/fixtures.ts';

const MOUSE = 'public/examples/desk-mouse.jpg';
const CUP = 'public/examples/coffee-table.jpg';

test.beforeEach(({ page }) => openApp(page));

test('an example opens with its credit, and the list says what the canvas shows', async ({
  page,
}) => {
  await openExample(page, 'Shared desk');
  await expect(page.getByRole('progressbar', { name: 'Finding objects' })).toBeVisible();
  await finished(page);
  await shown(page, 'desk-overhead.jpg');
  await expect(page.getByText('Shared desk: Marvin Meyer, Unsplash License.')).toBeVisible();
  const words = await items(page).allTextContents();
  expect(words.length).toBeGreaterThan(0);
  for (const text of words) expect(text).toMatch(/score 0\.\d\d.*\d+ × \d+ px.*box at \d+, \d+/s);
});

test('a photo can be picked, dropped and pasted', async ({ page }) => {
  await pick(page, CUP);
  await shown(page, 'coffee-table.jpg');
  await drop(page, MOUSE, 'image/jpeg');
  await shown(page, 'desk-mouse.jpg');
  const bytes = (await readFile(CUP)).toString('base64');
  await page.evaluate((data) => {
    const content = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([content], 'pasted.jpg', { type: 'image/jpeg' }));
    dispatchEvent(new ClipboardEvent('paste', { clipboardData }));
  }, bytes);
  await shown(page, 'pasted.jpg');
});

test('the threshold re-filters without running again, and tells the best score below it', async ({
  page,
}) => {
  await openExample(page, 'Shared desk');
  await finished(page);
  const slider = page.getByRole('slider', { name: 'Score threshold' });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(page.getByRole('progressbar')).toHaveCount(0);
  const all = await items(page).count();
  expect(all).toBeGreaterThan(2);
  await page.keyboard.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', '0.95 or more');
  if ((await items(page).count()) === 0) {
    await expect(page.getByText(/Nothing scores 0\.95 or more\. The best is/)).toBeVisible();
    await page.getByRole('button', { name: /^Show from/ }).click();
    expect(await items(page).count()).toBeGreaterThan(0);
  }
});

test('the list works from the keyboard: arrows move, Enter selects and zooms', async ({ page }) => {
  await openExample(page, 'Shared desk');
  await finished(page);
  const buttons = detections(page).getByRole('button');
  await buttons.first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(buttons.nth(1)).toBeFocused();
  await page.keyboard.press('Home');
  await expect(buttons.first()).toBeFocused();
  const scale = page.getByLabel('Scale');
  const before = await scale.textContent();
  await page.keyboard.press('Enter');
  await expect(buttons.first()).toHaveAttribute('aria-current', 'true');
  await expect(scale).not.toHaveText(before as string);
  await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText('1 of');
  const stage = page.getByRole('group', { name: /desk-overhead\.jpg/ });
  await stage.focus();
  await page.keyboard.press('0');
  await expect(scale).toHaveText(before as string);
  await page.keyboard.press('1');
  await expect(scale).toHaveText('100 %');
  await page.keyboard.press('Escape');
  await expect(detections(page).locator('[aria-current]')).toHaveCount(0);
});

test('cancel stops the run and keeps the photo; it can be taken up again', async ({ page }) => {
  await openExample(page, 'Shared desk');
  await shown(page, 'desk-overhead.jpg');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled. The photo is still here.')).toBeVisible();
  await shown(page, 'desk-overhead.jpg');
  await page.getByRole('button', { name: 'Find objects' }).click();
  await finished(page);
  expect(await items(page).count()).toBeGreaterThan(0);
  // The Performance panel lies over that button, and has one of its own.
  await page.getByRole('button', { name: 'What each stage cost' }).click();
  const panel = page.getByRole('dialog', { name: 'Performance' });
  await page.getByRole('button', { name: 'Look: Fast' }).click();
  await page.getByRole('menuitemradio', { name: /^Fine/ }).click();
  await expect(panel).toContainText(/Looking for objects, \d+ %/);
  await expect(panel).toContainText('under way');
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await expect(panel).not.toContainText('under way');
});

test('a newer photo wins: nothing of the older one arrives on it', async ({ page }) => {
  await openExample(page, 'Shared desk');
  await shown(page, 'desk-overhead.jpg');
  await pick(page, CUP);
  await shown(page, 'coffee-table.jpg');
  await finished(page);
  // Boxes of the desk would lie outside of a picture of 600 x 400.
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('Home');
  for (const text of await items(page).allTextContents()) {
    const [, x, y] = /at (\d+), (\d+)/.exec(text) as RegExpExecArray;
    expect(Number(x)).toBeLessThan(600);
    expect(Number(y)).toBeLessThan(400);
  }
});

test('a file that is no picture leaves photo and results where they are', async ({ page }) => {
  await openExample(page, 'Coffee cup');
  await finished(page);
  const before = await page.getByRole('region', { name: 'Result' }).textContent();
  await page.locator('input[type=file]').setInputFiles({
    name: 'notes.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('This is not a picture.'),
  });
  const alert = page.getByRole('alert');
  await expect(alert).toBeVisible();
  await shown(page, 'coffee-table.jpg');
  expect(await page.getByRole('region', { name: 'Result' }).textContent()).toBe(before);
  await alert.getByRole('button', { name: 'Dismiss' }).click();
  await expect(alert).toHaveCount(0);
});

test('detections are exported as COCO JSON, the photo with its boxes as PNG', async ({ page }) => {
  await openExample(page, 'Shared desk');
  await finished(page);
  const count = await items(page).count();
  const take = async (name: RegExp) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name }).click();
    return readFile(await (await download).path());
  };
  const coco = JSON.parse((await take(/COCO JSON/)).toString());
  expect(coco.annotations).toHaveLength(count);
  expect(coco.images[0]).toMatchObject({ file_name: 'desk-overhead.jpg', width: 1280 });
  const png = await take(/PNG/);
  expect(png.readUInt32BE(16)).toBe(1280);
});

test('another engine is chosen in the menu, and the photo stays', async ({ page }) => {
  await openExample(page, 'Coffee cup');
  await finished(page);
  await page.getByRole('button', { name: /^Engine: WebAssembly/ }).click();
  await page.getByRole('menuitemradio', { name: /^Automatic/ }).click();
  await expect(page).not.toHaveURL(/backend=/);
  await shown(page, 'coffee-table.jpg');
  await finished(page);
});
