/**
 * What the real model must find on the examples, by place and name, before the second look: no quality
 * chosen, so the photo is looked at Fine.
 */
import type { Page } from '@playwright/test';
import { type Box, fromXywh, iou } from '../src/core/boxes/box.ts';
import { finished, items, openApp, openExample } from './support/app.ts';
import { expect, test } from './support/fixtures.ts';

test.use({ look: 'unchosen' });

/** The phones, cups and bottles on the shared desk, drawn by hand. */
const DESK: readonly { readonly name: string; readonly box: Box }[] = [
  { name: 'cell phone', box: [1196, 188, 1258, 308] },
  { name: 'cell phone', box: [1014, 614, 1084, 736] },
  { name: 'cell phone', box: [240, 66, 294, 174] },
  { name: 'cup', box: [750, 160, 826, 248] },
  { name: 'cup', box: [314, 310, 406, 390] },
  { name: 'cup', box: [752, 264, 794, 314] },
  { name: 'cup', box: [704, 410, 752, 458] },
  { name: 'bottle', box: [492, 282, 574, 378] },
  { name: 'bottle', box: [758, 562, 848, 650] },
];

/** How many of the objects are in the list, by their names and at their places. */
async function rightlyFound(page: Page, objects: typeof DESK): Promise<number> {
  const found = (await items(page).allTextContents()).map((text) => {
    const numbers = /(\d+) × (\d+) px.*box at (\d+), (\d+)/s.exec(text) ?? [];
    const [width = 0, height = 0, x = 0, y = 0] = numbers.slice(1).map(Number);
    return { text, box: fromXywh([x, y, width, height]) };
  });
  return objects.filter(({ name, box }) =>
    found.some((item) => item.text.includes(name) && iou(box, item.box) > 0.5),
  ).length;
}

test.beforeEach(({ page }) => openApp(page));

test('the coffee cup is found and rightly named, where it is', async ({ page }) => {
  await openExample(page, 'Coffee cup');
  await finished(page);
  const cup = { name: 'cup', box: [175, 18, 403, 308] as const };
  expect(await rightlyFound(page, [cup])).toBe(1);
});

test('the shared desk shows at least two of its phones, cups and bottles, rightly named', async ({
  page,
}) => {
  await openExample(page, 'Shared desk');
  await finished(page);
  expect(await rightlyFound(page, DESK)).toBeGreaterThanOrEqual(2);
});
