/**
 * The Anchors page in a real Chromium: figures follow every move of a slider without the page ever
 * being held up, a link is the whole state, own data are read in the worker, and broken ones are one
 * sentence that loses nothing.
 */
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { anchorFileSchema } from '../src/core/anchors/export.ts';
import { expect, test } from './support/fixtures.ts';
import {
  curve,
  drag,
  dropFiles,
  exact,
  handle,
  LAB_WIDTHS,
  middleOf,
  openLab,
  recall,
  slider,
} from './support/lab.ts';
import { look } from './support/look.ts';
import { expectNoLongTask } from './support/threadTime.ts';
import { useTinyModel } from './support/tinyModel.ts';

/** What changes with the anchors, as it is on screen now. */
const shown = async (page: Page) =>
  [await recall(page).textContent(), await curve(page).getAttribute('d')] as const;

async function changes(page: Page, act: () => Promise<void>): Promise<void> {
  const before = await shown(page);
  await act();
  await expect.poll(async () => (await shown(page))[1]).not.toBe(before[1]);
}

test.beforeEach(async ({ page, context }) => {
  await useTinyModel(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

test('a slider by mouse, by keys and in the histogram: all figures follow, and undo leads back', async ({
  page,
}) => {
  await openLab(page);
  const first = await shown(page);
  await changes(page, () => drag(page, slider(page, 6), 48));
  const dragged = await exact(page, 6).inputValue();
  expect(Number(dragged)).toBeGreaterThan(64);

  await slider(page, 1).focus();
  await changes(page, () => page.keyboard.press('ArrowRight'));
  await expect(exact(page, 1)).toHaveValue('17');
  await expect(slider(page, 1)).toHaveAttribute('aria-valuetext', '17 px');

  await changes(page, async () => {
    const { x, y } = await middleOf(handle(page, 2).locator('[data-grip]'));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x - 10, y);
    await page.mouse.move(x - 20, y);
    await page.mouse.up();
  });
  await handle(page, 2).focus();
  const held = Number(await exact(page, 2).inputValue());
  await page.keyboard.press('ArrowUp');
  await expect(exact(page, 2)).toHaveValue(String(held + 1));

  // Four gestures are four steps.
  for (let step = 0; step < 4; step++) await page.keyboard.press('Control+z');
  await expect.poll(() => shown(page)).toEqual(first);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  for (let step = 0; step < 4; step++) await page.keyboard.press('Control+Shift+Z');
  await expect(exact(page, 6)).toHaveValue(dragged);
  await page.getByRole('button', { name: 'Reset' }).click();
  await expect.poll(() => shown(page)).toEqual(first);
});

test('Escape takes back an anchor that is dragged, and a size that is typed', async ({ page }) => {
  await openLab(page);
  const first = await shown(page);
  const { x, y } = await middleOf(handle(page, 2).locator('[data-grip]'));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await changes(page, () => page.mouse.move(x - 20, y));
  await page.keyboard.press('Escape');
  // What the pointer still does is nothing to the anchor.
  await page.mouse.move(x - 40, y);
  await page.mouse.up();
  await expect.poll(() => shown(page)).toEqual(first);
  // The same of a slider.
  const track = await middleOf(slider(page, 3));
  await page.mouse.move(track.x, track.y);
  await page.mouse.down();
  await changes(page, () => page.mouse.move(track.x + 30, track.y));
  await page.keyboard.press('Escape');
  await page.mouse.move(track.x + 60, track.y);
  await page.mouse.up();
  await expect.poll(() => shown(page)).toEqual(first);
  await exact(page, 2).fill('99');
  await exact(page, 2).press('Escape');
  await exact(page, 2).blur();
  await expect.poll(() => shown(page)).toEqual(first);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
});

test('a link that asks for what the page does not have is told in one sentence', async ({
  page,
}) => {
  await openLab(page, '?sizes=16,32,x&stride=12');
  await expect(page.getByRole('alert')).toContainText('does not have (sizes, stride)');
  await expect(exact(page, 2)).toHaveValue('32');
  // The next link is another matter.
  await page.evaluate(() => {
    location.hash = '#/anchors?sizes=16,48';
  });
  await expect(exact(page, 2)).toHaveValue('48');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('the link opens the same in a new page', async ({ page, context }) => {
  await openLab(page);
  await page.getByRole('radio', { name: 'doordetect' }).check();
  await page.getByRole('radio', { name: '8 px' }).check();
  await page.getByRole('checkbox', { name: '3 : 1', exact: true }).check();
  await page.getByRole('button', { name: 'Chen' }).click();
  await page.getByRole('button', { name: 'Add a size' }).click();
  await exact(page, 1).fill('12.5');
  await exact(page, 1).press('Enter');
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const here = page.getByRole('row', { name: /^Yours/ });
  await expect(here).toContainText('12.5');
  await expect(page).toHaveURL(link);

  const other = await context.newPage();
  await useTinyModel(other);
  await other.goto(link);
  const there = other.getByRole('row', { name: /^Yours/ });
  await expect(there).toBeVisible({ timeout: 60_000 });
  await expect(other.getByRole('radio', { name: 'doordetect' })).toBeChecked();
  expect(await there.textContent()).toBe(await here.textContent());
  expect(await shown(other)).toEqual(await shown(page));
});

test('fits stand beside the sets and are taken over by one click', async ({ page }) => {
  await openLab(page, '?stride=16');
  const fit = page.getByRole('button', { name: 'Fit: k-means' });
  await expect(fit).toBeEnabled({ timeout: 60_000 });
  const cells = (name: RegExp) => page.getByRole('row', { name }).locator('td').allTextContents();
  for (const method of ['k-means', 'theory', 'recall']) {
    await page.getByRole('button', { name: `Fit: ${method}` }).click();
    await expect.poll(() => cells(/^Yours/)).toEqual(await cells(new RegExp(`^Fit: ${method}`)));
  }
});

test('a link to data that are not here says so, and shows those that the page begins with', async ({
  page,
}) => {
  await openLab(page, '?data=elsewhere');
  await expect(
    page.getByText('This link names data called “elsewhere”, which this browser does not have.'),
  ).toBeVisible();
  await expect(page.getByRole('radio', { name: 'sod_coco10' })).toBeChecked();
});

test('a size that is none is explained, and one that is removed takes the focus along', async ({
  page,
}) => {
  await openLab(page, '?sizes=16,32,64');
  await exact(page, 2).fill('2000');
  await exact(page, 2).press('Enter');
  const refusal = page.getByText(
    '2000 px is no size here: sizes go from 4 to 1,024 px. It stays at 32 px.',
  );
  await expect(refusal).toBeVisible();
  await expect(exact(page, 2)).toHaveValue('32');
  await exact(page, 2).fill('40');
  await expect(refusal).toHaveCount(0);
  await exact(page, 2).press('Enter');

  const remove = (at: number) => page.getByRole('button', { name: `Remove anchor size ${at}` });
  await remove(3).press('Enter');
  await expect(remove(2)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(exact(page, 1)).toBeFocused();
  await page.getByRole('button', { name: 'Add a size' }).click();
  await handle(page, 2).press('Delete');
  await expect(handle(page, 1)).toBeFocused();
});

test('the histogram says from where to where every position is reached', async ({ page }) => {
  await openLab(page, '?sizes=64&ratios=1&stride=16&iou=0.5');
  const words = page.locator('[data-everywhere]');
  await expect(words).toContainText('Smaller than 39 px, a square object is missed');
  await expect(words).toContainText(/at every position from \d+ to \d+ px\.$/);
  const before = await words.textContent();
  await slider(page, 1).focus();
  await page.keyboard.press('PageUp');
  await expect(words).not.toHaveText(before as string);
});

test(
  'no tick of a slider holds the page up for more than 50 ms',
  { tag: '@timed' },
  async ({ page }, info) => {
    await openLab(page);
    await page.getByRole('button', { name: 'Fit: theory' }).and(page.locator(':enabled')).waitFor();
    const { x, y } = await middleOf(slider(page, 3));
    await page.mouse.move(x, y);
    await expectNoLongTask(page, info, 'a slider is dragged', async () => {
      await page.mouse.down();
      for (let step = 0; step < 60; step++) await page.mouse.move(x + 30 * Math.sin(step / 5), y);
      await page.mouse.up();
    });
    await slider(page, 2).focus();
    await expectNoLongTask(page, info, 'a slider is moved by keys', async () => {
      for (let step = 0; step < 20; step++) await page.keyboard.press('ArrowRight');
    });
  },
);

test('own annotations are data; broken ones are one sentence, and what was shown stays', async ({
  page,
}) => {
  await openLab(page);
  const images = [{ id: 1, file_name: 'a.jpg', width: 640, height: 480 }];
  const annotations = [10, 20, 40, 80].map((side, at) => {
    return { id: at + 1, image_id: 1, category_id: 1, bbox: [100, 100, side, side], iscrowd: 0 };
  });
  const categories = [{ id: 1, name: 'cup' }];
  const content = JSON.stringify({ images, annotations, categories });
  await dropFiles(page, { name: 'mine.json', content });
  await expect(page.getByRole('radio', { name: 'mine.json' })).toBeChecked();
  await expect(page.getByText('4 objects in 1 photo.')).toBeVisible();
  await expect.poll(async () => (await shown(page))[0]).toMatch(/^(25|50|75|100)\.0 %$/);

  const before = await shown(page);
  await dropFiles(page, { name: 'cut.json', content: '{"images": [' });
  await expect(page.getByRole('alert')).toContainText('cut.json is not JSON');
  expect(await shown(page)).toEqual(before);
  await expect(page.getByRole('radio', { name: 'mine.json' })).toBeChecked();
});

test('anchors are taken away as JSON, as Python and as pictures', async ({ page }) => {
  await openLab(page, '?sizes=20,50&stride=8');
  const saved = async (act: () => Promise<void>) => {
    const [download] = await Promise.all([page.waitForEvent('download'), act()]);
    return { name: download.suggestedFilename(), path: await download.path() };
  };
  const json = await saved(() => page.getByRole('button', { name: 'Save anchors.json' }).click());
  const file = anchorFileSchema.parse(JSON.parse(readFileSync(json.path, 'utf8')));
  expect(file).toMatchObject({ sizes: [20, 50], stride: 8, ratios: [1, 0.5, 2] });

  await page.getByRole('radio', { name: 'torchvision' }).check();
  await page.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain('sizes=((20.0, 50.0),)');

  for (const format of ['SVG', 'PNG']) {
    await page.getByRole('button', { name: /Save the plot “Positions/ }).click();
    const plot = await saved(() => page.getByRole('menuitem', { name: `As ${format}` }).click());
    expect(plot.name).toBe(`positions.${format.toLowerCase()}`);
    const bytes = readFileSync(plot.path);
    if (format === 'PNG') expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    else expect(bytes.toString()).toMatch(/^<svg(?![\s\S]*(var\(|data-pointer))/);
  }
});

test('Figure 3 moves by keys and by mouse, and its formula says what the boxes say', async ({
  page,
}) => {
  await openLab(page);
  const object = page.getByRole('group', { name: /^Ground truth/ });
  const value = (name: string) => page.locator(`dt:text-is("${name}") + dd`);
  const agrees = async () =>
    expect(await value('IoU of the two boxes').textContent()).toBe(
      await value('Equation 1').textContent(),
    );
  await object.focus();
  const before = await value('Equation 1').textContent();
  await page.keyboard.press('ArrowLeft');
  await expect(value('Equation 1')).not.toHaveText(before as string);
  await agrees();
  const { x, y } = await middleOf(object);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 40, y - 25);
  await page.mouse.up();
  await agrees();
});

test('it is in order at four widths, light and dark', async ({ page }, info) => {
  test.setTimeout(240_000);
  await openLab(page);
  await look(page, 'anchors', (name) => info.outputPath(name), LAB_WIDTHS);
});
