/**
 * The end-to-end tests: a real Chromium, headless, on the built app. Most walk through it on
 * WebAssembly; files called *.webgpu.spec.ts run where WebGPU is there even without a GPU, on
 * Chromium's software adapter, which is about fifty times slower. What waits mostly goes two at a time;
 * tests tagged @timed hold times against a bar and come after, one by one, and WebGPU last.
 */
import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/chromium.mjs';

// Changeable, so that two checkouts (or two people in one) can test at the same time.
const port = Number(process.env.LOUPE_E2E_PORT ?? 4199);

const quiet = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const executablePath = await findChromium();

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'results/playwright',
  workers: 2,
  retries: 0,
  timeout: 120_000,
  reporter: [['list'], ['json', { outputFile: 'results/playwright.json' }]],
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'wasm',
      testIgnore: '**/*.webgpu.spec.ts',
      grepInvert: /@timed/,
      use: { launchOptions: { executablePath, args: quiet } },
    },
    {
      name: 'timed',
      dependencies: ['wasm'],
      workers: 1,
      testIgnore: '**/*.webgpu.spec.ts',
      grep: /@timed/,
      use: { launchOptions: { executablePath, args: quiet } },
    },
    {
      name: 'webgpu',
      dependencies: ['timed'],
      workers: 1,
      testMatch: '**/*.webgpu.spec.ts',
      use: {
        launchOptions: {
          executablePath,
          args: [...quiet, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
        },
      },
    },
  ],
  webServer: {
    command: `npx vite preview --port ${port} --strictPort`,
    url: `http://localhost:${port}`,
    reuseExistingServer: false,
  },
});
