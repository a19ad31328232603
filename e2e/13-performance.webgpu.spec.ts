/**
 * What a detection costs on WebGPU, counted in the app as the visitor sees it: two readbacks however
 * closely it looks, so many dispatches and pipelines, and no tensor left behind.
 */
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { expect, test } from './support/fixtures.ts';
import { expectNoLongTask } from './support/threadTime.ts';
import { openPhoto, photoOnStage, pickFile, useTinyModel } from './support/tinyModel.ts';

/** A few more than there are: 41 and 17 with our kernels, 51 and 23 with tfjs's. */
const MOST = {
  auto: { dispatches: 45, pipelines: 20 },
  stock: { dispatches: 55, pipelines: 26 },
};
const FIRST_TO_LATER = 1.3;

const photo = () => {
  const data = Uint8Array.from({ length: 48 * 36 * 3 }, (_, i) => (i * 31 + (i >> 5) * 11) % 256);
  return sharp(data, { raw: { width: 48, height: 36, channels: 3 } })
    .png()
    .toBuffer();
};

const panel = (page: Page) => page.getByRole('dialog', { name: 'Performance' });
const fact = async (page: Page, name: string) =>
  (await panel(page).locator(`dt:text-is("${name}") + dd`).textContent()) ?? '';

/** Of the run that the panel shows, in milliseconds. */
async function timeOfRun(page: Page): Promise<number> {
  const all = panel(page).getByRole('row', { name: /^All/ }).getByRole('cell').first();
  const [value = '', unit] = ((await all.textContent()) ?? '').split(/\s/);
  return Number(value) * (unit === 's' ? 1000 : 1);
}

test('the first detection takes at most 1.3 times as long as a later one', async ({
  page,
}, info) => {
  await useTinyModel(page);
  const file = await photo();
  let ratio = Number.POSITIVE_INFINITY;
  // Of a machine that did something else meanwhile, another try.
  for (let tries = 0; tries < 3 && ratio > FIRST_TO_LATER; tries++) {
    await page.goto('./?backend=webgpu');
    await openPhoto(page, 'first.png', file);
    await page.getByRole('button', { name: 'What each stage cost' }).click();
    const times = [await timeOfRun(page)];
    for (const name of ['second.png', 'third.png', 'fourth.png']) {
      await pickFile(page, name, file);
      await expect(photoOnStage(page, name)).toBeVisible();
      await expect(page.getByRole('region', { name: 'Result' })).toBeVisible();
      times.push(await timeOfRun(page));
    }
    const [first = 0, ...later] = times;
    ratio = first / (later.toSorted((a, b) => a - b)[1] as number);
    const description = `${times.join(', ')} ms: the first ${ratio.toFixed(2)} times the median of the others`;
    info.annotations.push({ type: 'first against later', description });
    console.log(`Detections, tiny model: ${description}`);
  }
  expect(ratio).toBeLessThanOrEqual(FIRST_TO_LATER);
});

for (const kernels of ['auto', 'stock'] as const) {
  test(`a detection keeps within its caps, kernels: ${kernels}`, async ({ page }, info) => {
    await useTinyModel(page);
    const file = await photo();
    const begin = async () => {
      await page.goto(`./?backend=webgpu&kernels=${kernels}`);
    };
    const detect = () => openPhoto(page, 'photo.png', file);
    if (kernels === 'auto') {
      await expectNoLongTask(page, info, 'a detection goes on', detect, begin);
    } else {
      await begin();
      await detect();
    }
    await page.getByRole('button', { name: 'What each stage cost' }).click();
    const cells = panel(page).getByRole('row', { name: /^All/ }).getByRole('cell');
    const [time, , , dispatches, readbacks, bytes] = await cells.allTextContents();
    const pipelines = await fact(page, 'Different GPU programs');
    const description = `${kernels}: ${time}, ${dispatches} dispatches, ${readbacks} readbacks of ${bytes}, ${pipelines} pipelines, kernels ${await fact(page, 'Kernels')}`;
    info.annotations.push({ type: 'cost', description });
    console.log(`One detection, tiny model, ${description}`);
    expect(Number(readbacks)).toBe(2);
    expect(Number(dispatches)).toBeGreaterThan(15);
    expect(Number(dispatches)).toBeLessThanOrEqual(MOST[kernels].dispatches);
    expect(Number(pipelines)).toBeLessThanOrEqual(MOST[kernels].pipelines);
    expect(await fact(page, 'Tensors left behind')).toBe('0');
    if (kernels === 'stock') expect(await fact(page, 'Kernels')).toBe('TensorFlow.js’s');
  });
}
