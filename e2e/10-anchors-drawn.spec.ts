/**
 * Objects on the photo of the Anchors page over time, in a real Chromium: what was drawn comes back with
 * its photo, a box can be given up, and nothing is judged before the detector has looked.
 */
import { expect, test } from './support/fixtures.ts';
import { middleOf, openLab, slider } from './support/lab.ts';
import { addPhoto, boxes, draw, figure, openOnLab, panel, surface } from './support/labPhoto.ts';
import { noisePhoto, useTinyModel } from './support/tinyModel.ts';

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
});

test('what was drawn on a photo is there again when the photo is, and undone only with it', async ({
  page,
}) => {
  await openOnLab(page);
  await draw(page, [0.2, 0.2], [0.4, 0.5]);
  await draw(page, [0.6, 0.6], [0.7, 0.7]);
  await expect(boxes(page)).toHaveCount(2);
  const names = () => boxes(page).evaluateAll((all) => all.map((one) => one.ariaLabel));
  const place = (await names()).map((name) => name?.split(', ').slice(0, 2).join());

  // Another photo has nothing on it, and nothing to undo.
  const other = await noisePhoto();
  const files = { name: 'other.png', mimeType: 'image/png', buffer: other };
  await panel(page).locator('input[type=file]').setInputFiles(files);
  const second = page.getByRole('group', { name: /^other\.png with anchors/ });
  await expect(second).toBeVisible();
  await expect(second.getByRole('button')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  await slider(page, 1).press('ArrowRight');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();

  await addPhoto(page);
  await expect(boxes(page)).toHaveCount(2);
  expect((await names()).map((name) => name?.split(', ').slice(0, 2).join())).toEqual(place);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(boxes(page)).toHaveCount(1);
});

test('Escape takes back a box that is being drawn, or moved', async ({ page }) => {
  await openOnLab(page);
  const { x, y } = await middleOf(surface(page));
  const hold = async (dx: number, dy: number) => {
    await page.mouse.move(x + dx, y + dy);
    await page.mouse.down();
    await page.mouse.move(x + dx + 40, y + dy + 30);
    await page.mouse.move(x + dx + 60, y + dy + 50);
  };
  const release = async () => {
    await page.keyboard.press('Escape');
    await page.mouse.move(x + 90, y + 70);
    await page.mouse.up();
  };
  await hold(0, 0);
  await expect(boxes(page)).toHaveCount(1);
  await release();
  await expect(boxes(page)).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();

  await hold(0, 0);
  await page.mouse.up();
  await expect(boxes(page)).toHaveCount(1);
  const before = await boxes(page).first().getAttribute('aria-label');
  await hold(20, 20);
  await expect(boxes(page).first()).not.toHaveAttribute('aria-label', before as string);
  await release();
  await expect(boxes(page).first()).toHaveAttribute('aria-label', before as string);
});

test('nothing is judged while the detector still looks; then the figures are those of the page', async ({
  page,
}) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/models/household/**', async (route) => {
    if (!route.request().url().endsWith('manifest.json')) await held;
    await route.fallback();
  });
  await openLab(page, '?stride=16&photos=640&sizes=32,64');
  const buffer = await noisePhoto();
  const file = { name: 'photo.png', mimeType: 'image/png', buffer };
  await panel(page).locator('input[type=file]').setInputFiles(file);
  await expect(panel(page)).toContainText('The detector is still looking at the photo.');
  await expect(panel(page)).not.toContainText('as the detector found them');
  await expect(figure(page, 'Reached by a proposal')).toHaveText('…');
  await expect(figure(page, 'Objects that have an anchor')).toHaveText('…');
  await draw(page, [0.2, 0.2], [0.4, 0.5]);
  await expect(boxes(page).first()).toHaveAccessibleName(/ at 64, 48, no proposals yet\./);
  await expect(boxes(page).first()).toHaveAttribute('data-state', 'waiting');

  release();
  await expect(boxes(page).first()).toHaveAccessibleName(/reached, best IoU/, { timeout: 60_000 });
  await expect(panel(page)).toContainText(
    /“Have an anchor” is counted as on the rest of this page, at stride 16 px on photos of 640 px; the head’s anchors and proposals stand every 8 px on the photo at \d+ px, which makes it [01] of 1\./,
  );
  await page.getByRole('radio', { name: 'The open photo' }).check();
  for (const stride of ['16 px', '4 px']) {
    await page.getByRole('radio', { name: stride, exact: true }).check();
    const row = page
      .getByRole('row', { name: /^Yours/ })
      .locator('td')
      .first();
    await expect
      .poll(async () => [
        await figure(page, 'Objects that have an anchor').textContent(),
        await row.textContent(),
      ])
      .toEqual(expect.arrayContaining([expect.stringMatching(/^(1 of 1|0 of 1)$/)]));
    const has = await figure(page, 'Objects that have an anchor').textContent();
    await expect(row).toHaveText(has === '1 of 1' ? '100.0' : '0.0');
  }
});
