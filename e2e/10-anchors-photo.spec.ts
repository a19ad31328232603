/**
 * The anchors on the photo that is open, in a real Chromium: what a head proposes follows the sliders
 * without another run, objects are drawn by mouse and by keys, the heads of Table I come when they are
 * asked for, and none of it holds the page up.
 */
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { curve, drag, exact, histogram, LAB_WIDTHS, middleOf, slider } from './support/lab.ts';
import {
  addPhoto,
  boxes,
  draw,
  figure,
  head,
  openOnLab,
  panel,
  surface,
} from './support/labPhoto.ts';
import { look } from './support/look.ts';
import { expectNoLongTask } from './support/threadTime.ts';
import { useTinyHead, useTinyModel } from './support/tinyModel.ts';

/** The pixels of what is proposed. */
const proposals = (page: Page) =>
  page
    .locator('canvas[data-layer=proposals]')
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

/** All that follows the anchors, as it is on screen now. */
const shown = async (page: Page) => ({
  histogram: await histogram(page).innerHTML(),
  curve: await curve(page).getAttribute('d'),
  proposals: await proposals(page),
});

test.beforeEach(async ({ page, context }) => {
  await useTinyModel(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

test('histogram, curve and proposals follow a slider by mouse and by keys, and undo leads back', async ({
  page,
}) => {
  await openOnLab(page);
  await expect(page).toHaveURL(/#\/anchors/);
  const first = await shown(page);
  const changesAll = async (act: () => Promise<void>) => {
    const before = await shown(page);
    await act();
    for (const part of ['histogram', 'curve', 'proposals'] as const) {
      await expect.poll(async () => (await shown(page))[part], part).not.toBe(before[part]);
    }
  };
  await changesAll(() => drag(page, slider(page, 3), 30));
  await expect(panel(page)).toContainText('Its answers, every 8 px, read with your anchors');
  await slider(page, 1).focus();
  await changesAll(async () => {
    for (let step = 0; step < 6; step++) await page.keyboard.press('ArrowRight');
  });
  // The drag is one step back, and so is each press of a key.
  for (let step = 0; step < 7; step++) await page.keyboard.press('Control+z');
  await expect.poll(() => shown(page)).toEqual(first);
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();

  // The anchors that the head was trained for are one click away.
  await panel(page).getByRole('button', { name: 'The anchors it was trained for' }).click();
  await expect(panel(page)).toContainText('As it was trained: 16, 32, 64 px, every 8 px.');
  await expect(exact(page, 3)).toHaveValue('64');
});

test('objects are drawn, moved, sized and removed by mouse and by keys, and are data', async ({
  page,
}) => {
  await openOnLab(page);
  await draw(page, [0.2, 0.2], [0.4, 0.5]);
  await expect(boxes(page)).toHaveCount(1);
  await expect(boxes(page).first()).toHaveAccessibleName(/^Object 1, 64 × 72 px at 64, 48, /);
  await expect(figure(page, 'Reached by a proposal')).toHaveText(/^[01] of 1$/);
  await draw(page, [0.6, 0.6], [0.7, 0.7]);
  await expect(boxes(page)).toHaveCount(2);
  await expect(panel(page)).toContainText('2 objects drawn by you.');

  // By keys: arrows move, with Shift they size, Delete removes.
  await boxes(page).first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Alt+ArrowUp');
  await expect(boxes(page).first()).toHaveAccessibleName(/^Object 1, 64 × 73 px at 65, 38, /);

  // By mouse: a corner.
  const corner = await middleOf(boxes(page).first().locator('[data-corner=se]'));
  await page.mouse.move(corner.x, corner.y);
  await page.mouse.down();
  await page.mouse.move(corner.x + 10, corner.y + 10);
  await page.mouse.move(corner.x + 40, corner.y + 20);
  await page.mouse.up();
  await expect(boxes(page).first()).not.toHaveAccessibleName(/ 64 × 73 px /);
  await page.keyboard.press('Control+z');
  await expect(boxes(page).first()).toHaveAccessibleName(/^Object 1, 64 × 73 px at 65, 38, /);

  // They are data like any other.
  await page.getByRole('radio', { name: 'The open photo' }).check();
  await expect(page.getByText('2 objects in 1 photo.')).toBeVisible();
  await expect(page.getByRole('row', { name: /^Yours/ })).toBeVisible();
  await page.getByRole('radio', { name: 'their own' }).check();

  await boxes(page).nth(1).focus();
  await page.keyboard.press('Delete');
  await expect(boxes(page)).toHaveCount(1);
  await expect(page.getByText('1 object in 1 photo.')).toBeVisible();

  // The grid point goes by arrows, and Enter draws a box there.
  await expect(surface(page)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(panel(page)).toContainText(/Grid point \d+, \d+ of 16 × 12: 18 anchors/);
  await page.keyboard.press('Enter');
  await expect(boxes(page)).toHaveCount(2);
  await expect(boxes(page).nth(1)).toBeFocused();
  await panel(page).getByRole('button', { name: 'Remove all boxes' }).click();
  await expect(boxes(page)).toHaveCount(0);
});

test('a head of Table I comes when it is asked for, with its anchors, and is in the link', async ({
  page,
  context,
}) => {
  await useTinyHead(page, 'chen');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const requests = () => asked.filter((url) => url.includes('/rpn-chen/')).length;
  await openOnLab(page);
  expect(requests()).toBe(0);
  const own = await proposals(page);
  await head(page, 'Chen').check();
  await expect(panel(page)).toContainText('As it was trained: 16, 40, 100 px, every 16 px.');
  await expect(exact(page, 2)).toHaveValue('40');
  await expect(page.getByRole('radio', { name: '16 px' })).toBeChecked();
  await expect.poll(() => proposals(page)).not.toBe(own);
  const chen = await proposals(page);
  const fetched = requests();
  expect(fetched).toBeGreaterThan(0);

  await page.keyboard.press('Control+z');
  await expect.poll(() => proposals(page)).toBe(own);
  await page.keyboard.press('Control+Shift+Z');
  await expect.poll(() => proposals(page)).toBe(chen);
  expect(requests()).toBe(fetched);

  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await context.newPage();
  await useTinyModel(other);
  await useTinyHead(other, 'chen');
  await other.goto(link);
  await curve(other).waitFor({ timeout: 60_000 });
  await addPhoto(other);
  await expect(head(other, 'Chen')).toBeChecked();
  await expect.poll(() => proposals(other)).toBe(chen);
});

test('a head for another trunk, or one that is not there, is one sentence', async ({
  page,
  tolerate,
}) => {
  tolerate(/404/);
  await page.route('**/models/rpn-chen/**', (route) => route.fulfill({ status: 404 }));
  await openOnLab(page);
  const alert = panel(page).getByRole('status').filter({ hasText: 'Try again' });
  // The real head of the paper's anchors, on the tiny model's trunk.
  await head(page, 'Paper').check();
  await expect(alert).toContainText(
    'The head rpn-paper was trained on the trunk of household, and tiny has another one; choose household to use it.',
  );
  await head(page, 'Chen').check();
  await expect(alert).toContainText("The model's file manifest.json is missing.");
  await head(page, 'tiny’s own').check();
  await expect(alert).toHaveCount(0);
  await expect(panel(page)).toContainText(/Its answers/);
});

test(
  'no tick of a slider, and no move over the photo, holds the page up for more than 50 ms',
  { tag: '@timed' },
  async ({ page }, info) => {
    await openOnLab(page);
    await draw(page, [0.2, 0.2], [0.4, 0.5]);
    await page.getByRole('radio', { name: 'The open photo' }).check();
    await panel(page).getByRole('slider', { name: 'Proposals' }).press('End');
    await page.getByRole('button', { name: 'Fit: theory' }).and(page.locator(':enabled')).waitFor();
    const { x, y } = await middleOf(slider(page, 3));
    await page.mouse.move(x, y);
    await expectNoLongTask(page, info, 'a slider is dragged', async () => {
      await page.mouse.down();
      for (let step = 0; step < 40; step++) await page.mouse.move(x + 30 * Math.sin(step / 4), y);
      await page.mouse.up();
    });
    const place = await middleOf(surface(page));
    await expectNoLongTask(page, info, 'the pointer goes over the photo', async () => {
      for (let step = 0; step < 30; step++) await page.mouse.move(place.x + 6 * step, place.y);
    });
    await expectNoLongTask(page, info, 'a box is drawn', () => draw(page, [0.5, 0.2], [0.8, 0.6]));
  },
);

test('it is in order at four widths, light and dark', async ({ page }, info) => {
  test.setTimeout(240_000);
  await openOnLab(page);
  await draw(page, [0.2, 0.2], [0.4, 0.5]);
  await boxes(page).first().focus();
  await look(page, 'anchors-photo', (name) => info.outputPath(name), LAB_WIDTHS);
});
