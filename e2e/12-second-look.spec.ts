/**
 * The second look with the models that ship, on a real photo, as a first visit has it: detections come
 * first, then the best of them are sharpened and classified again, and one can be held under the viewer.
 */
import { items, openApp, openExample } from './support/app.ts';
import { expect, test } from './support/fixtures.ts';
import { expectNoLongTask } from './support/threadTime.ts';

test.use({ secondLook: 'unchosen' });

test(
  'a wine glass stays one when it is looked at again, both crops have their say, and the page is never held up',
  { tag: '@timed' },
  async ({ page }, info) => {
    test.setTimeout(300_000);
    const lookTwice = async () => {
      await openExample(page, 'Tavern table');
      await expect(page.getByText(/^\d+ looked at again$/)).toBeVisible({ timeout: 100_000 });
    };
    await expectNoLongTask(page, info, 'the models look, and look again', lookTwice, () =>
      openApp(page),
    );
    const glass = items(page).filter({ hasText: 'wine glass' }).first();
    await glass.getByRole('button').click();
    await page.getByRole('button', { name: 'Sharpen and compare' }).click();
    const viewer = page.getByRole('dialog');
    const scores = viewer.getByRole('region', { name: 'What the classifier says' });
    await expect(scores.locator('dl')).toContainText(
      /Bicubic.*wine glass.*0\.\d\d.*Super-resolved.*wine glass.*0\.\d\d/,
      { timeout: 60_000 },
    );
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'How it was found' }).click();
    await expect(viewer.getByRole('listitem').nth(5)).toContainText(
      /from [01]\.\d\d to [01]\.\d\d/,
    );
  },
);
