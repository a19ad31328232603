/**
 * Does the second look gain by several engines on WebAssembly? 16 proposals with super-resolution in a real
 * Chromium, by one engine on all threads and by several on a share each, by turns.
 *
 *   npx tsx bench/secondLook.bench.ts
 *   npx tsx bench/secondLook.bench.ts --threads 4 --rounds 10
 */
import { Command } from 'commander';
import { count } from '../training/optionValues.ts';
import { openBenchPage } from './browser.ts';
import type {} from './secondLook/page.ts';
import { median } from './timing.ts';

const { threads, batches, rounds, port } = new Command('npx tsx bench/secondLook.bench.ts')
  .description('The second look on WebAssembly by one engine, and by several on a share each.')
  .option('--threads <number>', 'in all', count, 2)
  .option('--batches <number>', 'of a round', count, 4)
  .option('--rounds <number>', 'that count; one before them does not', count, 6)
  .option('--port <number>', 'for its page', count, 4189)
  .parse()
  .opts<{ threads: number; batches: number; rounds: number; port: number }>();
const splits = [1, 2, 4].filter((engines) => engines <= threads);

const { page, close } = await openBenchPage('bench/secondLook/page.html', port, false);
try {
  await page.waitForFunction(() => 'loupeSecondLook' in globalThis);
  const names = new Map<string, number[]>();
  for (const engines of splits) {
    const each = Math.floor(threads / engines);
    const name = `${engines} x ${each}`;
    const started = await page.evaluate((group) => globalThis.loupeSecondLook.start(...group), [
      name,
      engines,
      each,
    ] as [string, number, number]);
    console.log(`${engines} engine(s) on ${started.join(' and ')} thread(s)`);
    names.set(name, []);
  }
  // The first round transforms filters.
  for (let round = 0; round <= rounds; round++) {
    for (const [name, times] of names) {
      const ms = await page.evaluate(
        ([group, number]) => globalThis.loupeSecondLook.round(group, number),
        [name, batches] as const,
      );
      if (round > 0) times.push(ms);
    }
  }
  const alone = median([...names.values()][0] ?? []);
  console.log('| engines x threads | ms, median | best | times as fast as one engine |');
  console.log('| --- | --- | --- | --- |');
  for (const [name, times] of names) {
    const cells = [median(times), Math.min(...times)].map((ms) => ms.toFixed(0));
    console.log(`| ${name} | ${cells.join(' | ')} | ${(alone / median(times)).toFixed(2)} |`);
  }
} finally {
  await close();
}
