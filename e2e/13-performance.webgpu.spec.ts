/**
 * What a detection costs on WebGPU, counted in the app as the visitor sees it: two readbacks however
 * closely it looks, so many dispatches and pipelines, and no tensor left behind.
 */
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, test } from './support/fixtures.ts';
import { expectNoLongTask } from './support/threadTime.ts';
import { openPhoto, useTinyModel } from './support/tinyModel.ts';

/** A few more than the 44 and 20 that there are with our kernels. */
const MOST_DISPATCHES = 60;
const MOST_PIPELINES = 30;

const photo = () => {
  const data = Uint8Array.from({ length: 48 * 36 * 3 }, (_, i) => (i * 31 + (i >> 5) * 11) % 256);
  return sharp(data, { raw: { width: 48, height: 36, channels: 3 } })
    .png()
    .toBuffer();
};

const panel = (page: Page) => page.getByRole('dialog', { name: 'Performance' });
const fact = async (page: Page, name: string) =>
  (await panel(page).locator(`dt:text-is("${name}") + dd`).textContent()) ?? '';

for (const kernels of ['auto', 'stock']) {
  test(`a detection keeps within its caps, kernels: ${kernels}`, async ({ page }, info) => {
    await useTinyModel(page);
    const file = await photo();
    await expectNoLongTask(
      page,
      info,
      'a detection goes on',
      () => openPhoto(page, 'photo.png', file),
      async () => {
        await page.goto(`./?backend=webgpu&kernels=${kernels}`);
      },
    );
    await page.getByRole('button', { name: 'What each stage cost' }).click();
    const cells = panel(page).getByRole('row', { name: /^All/ }).getByRole('cell');
    const [time, , , dispatches, readbacks, bytes] = await cells.allTextContents();
    const pipelines = await fact(page, 'Different GPU programs');
    const description = `${kernels}: ${time}, ${dispatches} dispatches, ${readbacks} readbacks of ${bytes}, ${pipelines} pipelines, kernels ${await fact(page, 'Kernels')}`;
    info.annotations.push({ type: 'cost', description });
    console.log(`One detection, tiny model, ${description}`);
    expect(Number(readbacks)).toBe(2);
    expect(Number(dispatches)).toBeGreaterThan(15);
    expect(Number(dispatches)).toBeLessThanOrEqual(MOST_DISPATCHES);
    expect(Number(pipelines)).toBeLessThanOrEqual(MOST_PIPELINES);
    expect(await fact(page, 'Tensors left behind')).toBe('0');
    if (kernels === 'stock') expect(await fact(page, 'Kernels')).toBe('TensorFlow.js’s');
  });
}
