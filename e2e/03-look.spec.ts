/**
 * How it looks: every state at three widths, light and dark, without an axe violation and without a
 * page that scrolls sideways. A screenshot of each lies in the test's results for people to look at.
 */
import { finished, items, openApp, openExample } from './support/app.ts';
import { expect, test } from './support/fixtures.ts';
import { look } from './support/look.ts';

test.slow();

test('the first page', async ({ page }, info) => {
  await openApp(page);
  await look(page, 'welcome', (name) => info.outputPath(name));
});

test('a run that waits for the model, and one that cannot have it', async ({
  page,
  tolerate,
}, info) => {
  tolerate(/models\//);
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/models\/.*\.bin/, async (route) => {
    await answered;
    await route.abort();
  });
  await openApp(page);
  await openExample(page, 'Tavern table');
  await expect(page.getByRole('progressbar')).toHaveAttribute('aria-valuenow', /\d/, {
    timeout: 60_000,
  });
  await look(page, 'running', (name) => info.outputPath(name));
  answer();
  await expect(page.getByRole('alert')).toBeVisible({ timeout: 60_000 });
  await look(page, 'failed', (name) => info.outputPath(name));
});

test('a result, a selection, the menus and nothing above the threshold', async ({ page }, info) => {
  await openApp(page);
  await openExample(page, 'Shared desk');
  await finished(page);
  await look(page, 'result', (name) => info.outputPath(name));
  await items(page).first().getByRole('button').click();
  await look(page, 'selection', (name) => info.outputPath(name));
  await page.getByRole('button', { name: /^Engine/ }).click();
  await look(page, 'engine', (name) => info.outputPath(name));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Look/ }).click();
  await look(page, 'look', (name) => info.outputPath(name));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Model/ }).click();
  await page.getByText('AP50 of each class').click();
  await look(page, 'model', (name) => info.outputPath(name));
  await page.keyboard.press('Escape');
  await page.getByRole('slider', { name: 'Score threshold' }).focus();
  await page.keyboard.press('End');
  await look(page, 'threshold', (name) => info.outputPath(name));
});

test('the theme that was chosen is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await openApp(page);
  await page.getByRole('button', { name: 'Switch to the dark theme' }).click();
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Switch to the light theme' })).toBeVisible();
  expect(await ground()).toBe(dark);
});
