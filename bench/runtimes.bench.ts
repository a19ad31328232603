/**
 * Loupe beside other runtimes, in a real Chromium: VGG16's trunk from the picture to conv5_3 read back, by
 * Loupe, by tfjs's own kernels and by onnxruntime-web, on WebGPU and on WebAssembly with the same number
 * of threads, and the same in Node; by turns, so that whatever else the machine does meets them all. onnxruntime-web is no part
 * of the product; where it is missing, npm fetches it (33 MB) without noting it down.
 *
 *   npm run bench:runtimes
 *   npm run bench:runtimes -- --engine wasm --width 320 --height 240 --rounds 5
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { Command } from 'commander';
import { count, sizeInPixels, someOf } from '../training/optionValues.ts';
import { openBenchPage } from './browser.ts';
import { prepareInNode } from './runtimes/node.ts';
import type { Setup } from './runtimes/page.ts';
import type { Engine } from './runtimes/runs.ts';
import { trunkGigaflop } from './trunkCost.ts';

const ONNXRUNTIME = 'onnxruntime-web@1.30.0';
const values = new Command('npm run bench:runtimes --')
  .description("VGG16's trunk by Loupe, by tfjs's own kernels and by onnxruntime-web.")
  .option('--engine <names>', 'where', someOf(['webgpu', 'wasm', 'node']), [
    'webgpu',
    'wasm',
    'node',
  ])
  .option('--width <px>', 'of the picture (160; on wasm 320)', sizeInPixels)
  .option('--height <px>', 'of the picture (120; on wasm 240)', sizeInPixels)
  .option('--rounds <number>', 'of each', count, 3)
  .option('--threads <number>', 'of WebAssembly (as many as the app would take)', count)
  .option('--gpu', 'the adapter that Chromium would take, instead of SwiftShader', false)
  .option('--port <number>', 'for its pages', count, 4188)
  .parse()
  .opts<{
    engine: (Engine | 'node')[];
    width?: number;
    height?: number;
    rounds: number;
    threads?: number;
    gpu: boolean;
    port: number;
  }>();
/** A software adapter needs a small picture to end at all; a processor is not measured by one. */
const SIZES = { webgpu: [160, 120], wasm: [320, 240], node: [160, 120] } as const;
const FILE = 'results/bench-runtimes.json';

if (!existsSync('node_modules/onnxruntime-web')) {
  console.log(`Fetching ${ONNXRUNTIME}.`);
  execFileSync('npm', ['install', '--no-save', '--ignore-scripts', ONNXRUNTIME], {
    stdio: 'inherit',
  });
}

const results: Record<string, unknown> = {};
for (const engine of values.engine) {
  const [w, h] = SIZES[engine];
  const size = [values.width ?? w, values.height ?? h] as const;
  results[engine] = engine === 'node' ? await measureInNode(size) : await measure(engine, size);
}
mkdirSync('results', { recursive: true });
writeFileSync(FILE, JSON.stringify(results, null, 1));
console.log(`Written to ${FILE}.`);

async function measure(engine: Engine, size: readonly [number, number]) {
  const { page, close } = await openBenchPage('bench/runtimes/page.html', values.port, values.gpu);
  try {
    await page.waitForFunction(() => 'loupeRuntimes' in globalThis);
    if (values.threads) await pretendCores(page, values.threads);
    const setup = await page.evaluate(
      ([kind, width, height]) => globalThis.loupeRuntimes.prepare(kind, width, height),
      [engine, ...size] as const,
    );
    const times = await byTurns(setup.names, (name) =>
      page.evaluate((one) => globalThis.loupeRuntimes.round(one), name),
    );
    print(setup, times, size);
    return { size, ...setup, times };
  } finally {
    await close();
  }
}

async function measureInNode(size: readonly [number, number]) {
  const results: unknown[] = [];
  for (const { runs, ...setup } of await prepareInNode(...size)) {
    const times = await byTurns(Object.keys(runs), async (name) => {
      const start = performance.now();
      await runs[name]?.();
      return performance.now() - start;
    });
    print(setup, times, size);
    results.push({ size, ...setup, times });
  }
  return results;
}

/** Milliseconds of every round of each. */
async function byTurns(names: readonly string[], round: (name: string) => Promise<number>) {
  const times: Record<string, number[]> = {};
  for (let turn = 0; turn < values.rounds; turn++) {
    for (const name of names) times[name] = [...(times[name] ?? []), await round(name)];
  }
  return times;
}

/** The app computes on as many threads as it sees cores, up to four. */
function pretendCores(page: Page, cores: number): Promise<unknown> {
  // As text: tsx adds a helper to functions, which the page does not have.
  const own = `{ value: ${cores}, configurable: true, writable: true }`;
  return page.evaluate(`Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', ${own})`);
}

/** The best round of each, and how many times as fast as it the first one is. */
function print(
  { engine, errors }: Pick<Setup, 'engine' | 'errors'>,
  times: Readonly<Record<string, readonly number[]>>,
  size: readonly [number, number],
): void {
  const flop = Object.values(trunkGigaflop(...size)).reduce((sum, one) => sum + one, 0);
  const best = Object.entries(times).map(([name, all]) => [name, Math.min(...all)] as const);
  const [first, own] = best[0] as (typeof best)[number];
  console.log(`\n${engine}, VGG16's trunk on ${size.join(' x ')} pixels`);
  console.log(`| runtime | ms | GFLOPS | ${first} is so many times as fast | largest difference |`);
  console.log('| --- | --- | --- | --- | --- |');
  for (const [name, ms] of best) {
    const cells = [ms.toFixed(1), (flop / (ms / 1000)).toFixed(2), (ms / own).toFixed(2)];
    console.log(`| ${[name, ...cells, errors[name]?.toExponential(1)].join(' | ')} |`);
  }
}
