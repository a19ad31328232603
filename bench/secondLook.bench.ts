/**
 * Does the second look gain by several engines on WebAssembly? 16 proposals with super-resolution in a real
 * Chromium, by one engine on all threads and by several on a share each, by turns.
 *
 *   npx tsx bench/secondLook.bench.ts
 *   npx tsx bench/secondLook.bench.ts --threads 4 --rounds 10
 */
import { parseArgs } from 'node:util';
import { openBenchPage } from './browser.ts';
import type {} from './secondLook/page.ts';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    batches: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '6' },
    port: { type: 'string', default: '4189' },
  },
});
const threads = Number(values.threads);
const splits = [1, 2, 4].filter((engines) => engines <= threads);

const { page, close } = await openBenchPage(
  'bench/secondLook/page.html',
  Number(values.port),
  false,
);
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
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const [name, times] of names) {
      const ms = await page.evaluate(
        ([group, batches]) => globalThis.loupeSecondLook.round(group, batches),
        [name, Number(values.batches)] as const,
      );
      if (round > 0) times.push(ms);
    }
  }
  const median = (times: readonly number[]) =>
    times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] as number;
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
