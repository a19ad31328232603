/**
 * The ground of the WebGPU tests: this Chromium has an adapter, with or without a GPU, and the page
 * is isolated, so WebAssembly gets its threads. The adapter's name goes into the test report.
 */
import { writeFileSync } from 'node:fs';
import { expect, test } from './support/fixtures.ts';

test('Chromium gives a WebGPU adapter', async ({ page }, info) => {
  await page.goto('./');
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    if (!found) return null;
    const { vendor, architecture, device, description } = found.info;
    return [description, vendor, architecture, device].filter(Boolean).join(' ');
  });
  expect(adapter).not.toBeNull();
  console.log(`WebGPU adapter: ${adapter || 'unnamed'}`);
  writeFileSync('results/webgpu-adapter.txt', adapter || 'unnamed');
  info.annotations.push({ type: 'adapter', description: adapter || 'unnamed' });
});

test('the page is cross-origin isolated', async ({ page }) => {
  await page.goto('./');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
});
