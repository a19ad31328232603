/**
 * The Results page in a real Chromium, on made-up results: an address is a view, values are had by
 * pointer, by keys and from a table, and Detect is found again as it was left.
 */
import type { Page } from '@playwright/test';
import { madeUpResults } from '../tests/support/madeUpResults.ts';
import { expect, test } from './support/fixtures.ts';
import { look } from './support/look.ts';
import { noisePhoto, openPhoto, photoOnStage, useTinyModel } from './support/tinyModel.ts';

const RESULTS = '**/assets/results-*.json';

/** The page with its script, its results and its first figure, which two busy cores may take long to bring. */
async function openResults(page: Page, picks = ''): Promise<void> {
  await page.goto(`./?backend=wasm#/results${picks}`);
  await page.locator('figure svg').first().waitFor({ timeout: 60_000 });
}

const figure = (page: Page, name: RegExp) => page.getByRole('figure', { name });
const plot = (page: Page, name: RegExp) =>
  page
    .getByRole('group', { name })
    .and(page.locator('[tabindex]'))
    .filter({ has: page.locator('svg') });

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
  await page.route(RESULTS, (route) => route.fulfill({ json: madeUpResults() }));
});

test('an address opens its view, and a pick changes the address', async ({ page }) => {
  await openResults(page, '?set=sod_coco10&look=Fast&measure=recall&size=above+1+%25');
  await expect(page.getByRole('radio', { name: 'Small objects of COCO' })).toBeChecked();
  await expect(page.getByRole('radio', { name: 'Fast' })).toBeChecked();
  await expect(figure(page, /Recall of objects above 1 %.*sod_coco10/)).toBeVisible();
  await expect(page).toHaveTitle(/^Results/);

  const curves = figure(page, /Precision and recall of each class, Fast/);
  await curves.getByRole('checkbox', { name: 'vase' }).check();
  await expect(page).toHaveURL(/classes=[^&]*vase/);
  await page.getByRole('radio', { name: 'NYU small objects' }).check();
  await page.reload();
  await page.locator('figure svg').first().waitFor({ timeout: 60_000 });
  await expect(page.getByRole('radio', { name: 'NYU small objects' })).toBeChecked();
  await expect(page.getByRole('table', { name: /^Table I/ })).toContainText(
    'Chen {16, 40, 100}: the paper',
  );
});

test('all values as tables stay within their figures on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openResults(page, '?measure=recall');
  for (const summary of await page.getByText('Values as a table').all()) await summary.click();
  await expect(page.locator('figure table').first()).toBeVisible();
  const sideways = () =>
    page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
  await expect.poll(sideways).toBe(0);
});

test('a value reads the same by pointer, by keys and in the table', async ({ page }) => {
  await openResults(page);
  const proposals = figure(page, /mAP50 against the number of proposals/);
  await proposals.getByText('Values as a table').click();
  const first = proposals.getByRole('row').nth(1);
  await expect(first).toContainText('10');
  const cells = await first.locator('th, td').allTextContents();

  const surface = plot(page, /mAP50 against the number of proposals/);
  await surface.focus();
  await page.keyboard.press('ArrowRight');
  const said = proposals.getByRole('status');
  for (const cell of cells) await expect(said).toContainText(cell);
  const tip = surface.locator('g[aria-label=tip] text');
  await expect(tip).toBeVisible();
  const byKeys = await tip.textContent();
  await page.keyboard.press('Escape');
  await expect(tip).toHaveCount(0);

  await surface.locator('g[aria-label=dot] path').first().hover({ force: true });
  await expect(tip).toHaveText(byKeys as string);
});

test('Detect is found again as it was left, and nothing of Results comes before it is opened', async ({
  page,
}) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto('./?backend=wasm');
  await openPhoto(page, 'photo.png', await noisePhoto());
  const threshold = page.getByRole('slider', { name: 'Score threshold' });
  await threshold.focus();
  await page.keyboard.press('Home');
  const list = page.getByRole('list', { name: 'Detections' });
  await list.getByRole('button').first().click();
  const before = await list.getByRole('listitem').allTextContents();
  const scale = page.getByRole('status', { name: 'Scale' });
  await page.getByRole('button', { name: 'Zoom in' }).click();
  const zoomed = (await scale.textContent()) as string;
  expect(asked.filter((url) => /Results|results/.test(url))).toEqual([]);

  await page.getByRole('link', { name: 'Results' }).click();
  await expect(page.getByRole('heading', { name: 'The shipped detector' })).toBeVisible();
  await expect(photoOnStage(page, 'photo.png')).toBeHidden();
  await page.getByRole('radio', { name: 'Small objects of COCO' }).check();
  await page.getByRole('link', { name: 'Detect' }).click();
  await expect(photoOnStage(page, 'photo.png')).toBeVisible();
  expect(await list.getByRole('listitem').allTextContents()).toEqual(before);
  await expect(page.getByRole('button', { name: 'Close the selection' })).toBeVisible();
  await expect(scale).toHaveText(zoomed);
  // The canvas is painted again, not only laid out: the photo's teal is on it.
  const painted = await page
    .locator('canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      return canvas.getContext('2d')?.getImageData(width / 2, height / 2, 1, 1).data[3];
    });
  expect(painted).toBe(255);

  await page.goBack();
  await expect(page.getByRole('radio', { name: 'Small objects of COCO' })).toBeChecked();
});

test('results that cannot be had or read are one sentence, and Retry gets them', async ({
  page,
  tolerate,
}) => {
  tolerate(/404.*results-/);
  await page.route(RESULTS, (route) => route.fulfill({ status: 404 }), { times: 1 });
  await page.goto('./?backend=wasm#/results');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('could not be fetched');
  await page.route(RESULTS, (route) => route.fulfill({ json: { format: 2 } }), { times: 1 });
  await alert.getByRole('button', { name: 'Retry' }).click();
  await expect(alert).toContainText('cannot be read');
  await alert.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByRole('heading', { name: 'The shipped detector' })).toBeVisible();
});

test('how it looks', async ({ page }, info) => {
  test.slow();
  await openResults(page, '?set=sod_coco10&class=cup');
  await expect(figure(page, /^Sizes of the objects/)).toBeVisible();
  await page.getByText('AP50 of each class', { exact: true }).click();
  await look(page, 'results', (name) => info.outputPath(name));
});
