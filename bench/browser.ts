/** A page of the bench in a real Chromium, served by Vite with the headers that threads need. */
import { chromium, type Page } from '@playwright/test';
import { createServer } from 'vite';
import { findChromium } from '../scripts/chromium.mjs';

export interface BenchPage {
  readonly page: Page;
  close(): Promise<void>;
}

/**
 * Opens a page of this repository.
 *
 * @param path from the repository's root
 * @param gpu takes the adapter that Chromium would take; otherwise SwiftShader is asked for
 */
export async function openBenchPage(path: string, port: number, gpu: boolean): Promise<BenchPage> {
  const server = await createServer({
    server: { port, strictPort: true, hmr: false, watch: null },
    cacheDir: 'node_modules/.cache/vite-bench',
    logLevel: 'warn',
  });
  await server.listen();
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      ...['--no-sandbox', '--enable-unsafe-webgpu'],
      ...(gpu ? [] : ['--use-webgpu-adapter=swiftshader']),
    ],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(0); // a software adapter takes minutes
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`http://localhost:${port}/${path}`);
  return {
    page,
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
