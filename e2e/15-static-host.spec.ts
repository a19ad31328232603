/**
 * A build on a host that serves files and sets no headers, below a folder: the service worker makes the page
 * isolated, so that WebAssembly has its threads there, too.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PreviewServer, preview } from 'vite';
import { expect, test } from './support/fixtures.ts';
import { pickFile } from './support/tinyModel.ts';

const port = Number(process.env.LOUPE_E2E_PORT ?? 4199) + 1;
test.use({ baseURL: `http://localhost:${port}/below/` });

let folder: string;
let host: PreviewServer;

test.beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'loupe-host-'));
  await cp('dist', path.join(folder, 'below'), { recursive: true });
  host = await preview({
    configFile: false,
    appType: 'mpa',
    build: { outDir: folder },
    preview: { port, strictPort: true },
  });
});

test.afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

test('a host without headers', async ({ page }) => {
  const plain = await page.request.get('./');
  expect(plain.headers()['cross-origin-opener-policy']).toBeUndefined();
  await page.goto('./');
  await page.waitForFunction(() => crossOriginIsolated);
  await page.reload();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);

  await pickFile(page, 'desk.jpg', await readFile('public/examples/desk-mouse.jpg'));
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  const threads = Math.max(Math.floor(cores / 2), Math.min(cores, 4));
  await expect(page.getByRole('button', { name: /^Engine: / })).toHaveAccessibleName(
    `Engine: WebAssembly on CPU, ${threads} thread${threads > 1 ? 's' : ''}`,
  );
});
