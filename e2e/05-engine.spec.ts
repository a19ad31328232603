/**
 * The engine in a real browser: which backend runs and why, threads, cancelling while it computes,
 * a newer photo in the middle of a run, and a worker that dies.
 */
import sharp from 'sharp';
import { expect, test } from './support/fixtures.ts';
import { openPhoto, photoOnStage, pickFile, useTinyModel } from './support/tinyModel.ts';

const photo = (width = 320, height = 240) =>
  sharp({
    create: {
      width,
      height,
      channels: 3,
      background: 'teal',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
    .png()
    .toBuffer();

test.beforeEach(({ page }) => useTinyModel(page));

test('a software adapter never beats WebAssembly, which runs on every core', async ({ page }) => {
  await page.goto('./');
  await openPhoto(page, 'photo.png', await photo());
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  const threads = Math.max(Math.floor(cores / 2), Math.min(cores, 4));
  const badge = page.getByRole('button', { name: /^Engine: / });
  const spoken = `Engine: WebAssembly on CPU, ${threads} thread${threads > 1 ? 's' : ''}`;
  await expect(badge).toHaveAccessibleName(spoken);
  await badge.click();
  await expect(page.getByRole('menu')).toContainText('software adapter');
});

test('a backend asked for in the address runs, and the menu changes it', async ({ page }) => {
  await page.goto('./?backend=webgl');
  await openPhoto(page, 'photo.png', await photo(64, 48));
  const badge = page.getByRole('button', { name: /^Engine: / });
  await expect(badge).toHaveAccessibleName(/^Engine: WebGL on /);
  const list = page.getByRole('list', { name: 'Detections' }).getByRole('listitem');
  const onWebgl = await list.count();
  expect(onWebgl).toBeGreaterThan(0);
  await badge.click();
  await page.getByRole('menuitemradio', { name: /^WebAssembly/ }).click();
  await expect(badge).toHaveAccessibleName(/^Engine: WebAssembly on CPU/);
  await expect(photoOnStage(page, 'photo.png')).toBeVisible();
  await expect(list).toHaveCount(onWebgl);
  expect(new URL(page.url()).searchParams.get('backend')).toBe('wasm');
});

test('a detection needs at most two readbacks', async ({ page }) => {
  await page.goto('./?backend=wasm');
  await openPhoto(page, 'photo.png', await photo());
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await expect(inspector.locator('div', { hasText: /^Readbacks/ }).last()).toHaveText(
    /^Readbacks[12]$/,
  );
});

test('a worker that dies is a plain sentence, and the next photo restarts it', async ({
  page,
  tolerate,
}) => {
  tolerate(/made to die/);
  await page.goto('./?backend=wasm');
  await openPhoto(page, 'first.png', await photo());
  const died = page.workers().find((worker) => worker.url().includes('worker'));
  await died?.evaluate(() => {
    // The next message kills it, in the middle of a call.
    addEventListener('message', () => {
      throw new Error('made to die');
    });
  });
  await pickFile(page, 'second.png', await photo());
  await expect(page.getByRole('alert')).toContainText('The detector stopped unexpectedly');
  await expect(photoOnStage(page, 'first.png')).toBeVisible();
  await openPhoto(page, 'third.png', await photo());
  await expect(page.getByRole('list', { name: 'Detections' })).toBeVisible();
});
