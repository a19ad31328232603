/**
 * WebGPU in a real browser, on the software adapter that Chromium brings: it runs when it is asked
 * for, finds what WebAssembly finds, and when its device is lost the next backend goes on.
 */
import sharp from 'sharp';
import { expect, test } from './support/fixtures.ts';
import { openPhoto, photoOnStage, useTinyModel } from './support/tinyModel.ts';

const photo = (seed: number) => {
  const length = 48 * 36 * 3;
  const data = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 5) * seed) % 256);
  return sharp(data, { raw: { width: 48, height: 36, channels: 3 } })
    .png()
    .toBuffer();
};

test.beforeEach(({ page }) => useTinyModel(page));

test('left to itself, Loupe does not take it', async ({ page }) => {
  await page.goto('./');
  const badge = page.getByRole('button', { name: /^Engine: / });
  await expect(badge).toHaveAccessibleName(/^Engine: WebAssembly on CPU/);
});

test('asked for, it runs and finds what WebAssembly finds', async ({ page }) => {
  const list = page.getByRole('list', { name: 'Detections' }).getByRole('listitem');
  const found: string[][] = [];
  for (const backend of ['webgpu', 'wasm']) {
    await page.goto(`./?backend=${backend}`);
    // With this seed no number lies where rounding in float32 decides about the pixel that is shown.
    await openPhoto(page, 'photo.png', await photo(11));
    const title = backend === 'wasm' ? 'WebAssembly' : 'WebGPU';
    await expect(page.getByRole('button', { name: `Engine: ${title}` })).toBeVisible();
    found.push(await list.allTextContents());
  }
  expect(found[0]?.length).toBeGreaterThan(0);
  expect(found[0]).toEqual(found[1]);
});

test('when its device is lost the photo goes on elsewhere, with a note', async ({ page }) => {
  await page.goto('./?backend=webgpu');
  await openPhoto(page, 'first.png', await photo(3));
  const badge = page.getByRole('button', { name: /^Engine: / });
  await expect(badge).toHaveAccessibleName(/^Engine: WebGPU on /);
  const worker = page.workers().find((one) => one.url().includes('worker'));
  await worker?.evaluate(() => {
    // The device itself is out of reach from here: it is caught, and lost, at its next use.
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (this: GPUDevice, ...args) {
      this.destroy();
      return createCommandEncoder.apply(this, args);
    };
  });
  await openPhoto(page, 'second.png', await photo(5));
  await expect(photoOnStage(page, 'second.png')).toBeVisible();
  await expect(badge).not.toHaveAccessibleName(/WebGPU/);
  await expect(page.getByText(/^WebGPU stopped working \(.*\)\. \w+ took over\.$/)).toBeVisible();
});
