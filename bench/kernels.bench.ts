/**
 * How fast our WebGPU kernels are beside tfjs's own, in a real Chromium on the adapter there is: VGG16's
 * trunk, the variants run by turns, so that whatever else the machine does meets them all. Prints a table
 * of the best rounds and writes results/bench-kernels.json. On a machine without a GPU that is SwiftShader.
 *
 * Then RoIAlign, bicubic and pooled convolution beside tfjs's chains for them, and what each stage of a
 * detection costs: time, GFLOP, dispatches, readbacks, bytes.
 *
 *   npm run bench
 *   npm run bench -- --width 160 --height 120 --rounds 3 --variants stock,chosen,winograd-2-large
 *   npm run bench -- --rounds 0 --stages none --operations 3
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { type RunCost, sumCosts } from '../src/engine/costs.ts';
import { OWN_KERNELS } from '../src/engine/kernels/candidates.ts';
import { count, countOrNone, sizeInPixels, someOf } from '../training/optionValues.ts';
import { openBenchPage } from './browser.ts';
import type { Round, Variant } from './kernels/layers.ts';
import type { OperationTimes } from './kernels/operations.ts';
import type { Setup } from './kernels/page.ts';

const VARIANTS = ['stock', 'chosen', ...OWN_KERNELS] as const satisfies readonly Variant[];

const values = new Command('npm run bench --')
  .description("How fast our WebGPU kernels are beside tfjs's own, in a real Chromium.")
  .option('--width <px>', 'of the picture', sizeInPixels, 160)
  .option('--height <px>', 'of the picture', sizeInPixels, 120)
  .option('--rounds <number>', 'of the trunk; 0 skips it', countOrNone, 3)
  .option('--variants <names>', 'kernels to run it with', someOf(VARIANTS), ['stock', 'chosen'])
  .option('--operations <number>', 'rounds of RoIAlign, bicubic and pooling', countOrNone, 3)
  .option(
    '--stages <names>',
    "kernels to measure a whole detection's stages with, or none",
    someOf([...VARIANTS, 'none']),
    ['chosen'],
  )
  .option('--proposals <number>', 'of that detection', count, 32)
  .option('--gpu', 'the adapter that Chromium would take, instead of SwiftShader', false)
  .option('--port <number>', 'for its pages', count, 4187)
  .parse()
  .opts<{
    width: number;
    height: number;
    rounds: number;
    variants: Variant[];
    operations: number;
    stages: (Variant | 'none')[];
    proposals: number;
    gpu: boolean;
    port: number;
  }>();
const { width, height, rounds, variants } = values;
const FILE = 'results/bench-kernels.json';

const { page, close } = await openBenchPage('bench/kernels/page.html', values.port, values.gpu);

try {
  await page.waitForFunction(() => 'loupeBench' in globalThis);
  const setup = await page.evaluate(
    ([w, h, software]) => globalThis.loupeBench.prepare(w, h, software),
    [width, height, !values.gpu] as const,
  );
  console.log(`${setup.adapter}, VGG16's trunk on ${width} x ${height} pixels`);
  console.log(
    'chosen:',
    Object.entries(setup.choices)
      .map((pair) => pair.join(' '))
      .join(', '),
  );
  const all: Record<string, Round[]> = {};
  for (const variant of variants) {
    await page.evaluate((name) => globalThis.loupeBench.compile(name), variant);
  }
  for (let round = 1; round <= rounds; round++) {
    for (const variant of variants) {
      const result = await page.evaluate((name) => globalThis.loupeBench.round(name), variant);
      all[variant] = [...(all[variant] ?? []), result];
      console.log(`round ${round}: ${variant} ${seconds(total(result))}`);
    }
  }
  if (rounds > 0) print(setup, all);
  const operations: OperationTimes[] = [];
  for (let number = 0; values.operations > 0; number++) {
    const times = await page.evaluate(
      ([which, times]) => globalThis.loupeBench.operation(which, times),
      [number, values.operations] as const,
    );
    if (!times) break;
    operations.push(times);
    printOperation(times);
  }
  const stages: Record<string, RunCost> = {};
  for (const variant of values.stages) {
    if (variant === 'none') continue;
    stages[variant] = await page.evaluate(
      ([name, boxes]) => globalThis.loupeBench.stages(name, boxes),
      [variant, values.proposals] as const,
    );
    printStages(variant, stages[variant]);
  }
  mkdirSync('results', { recursive: true });
  writeFileSync(
    FILE,
    JSON.stringify({ width, height, ...setup, rounds: all, operations, stages }, null, 1),
  );
  console.log(`Written to ${FILE}.`);
} finally {
  await close();
}

/** Of all layers together, each waited for. */
function total(round: Round): number {
  return round.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}

/** Each layer's best time of all rounds, and its speed in the arithmetic of a plain convolution. */
function print({ gigaflop }: Setup, all: Readonly<Record<string, Round[]>>): void {
  const names = Object.keys(all);
  const best = (name: string, of: (round: Round) => number) =>
    Math.min(...(all[name] as Round[]).map(of));
  const row = (title: string, flop: number, times: readonly number[]) => {
    const cells = times.flatMap((ms) => [
      ms.toFixed(1),
      (flop / (ms / 1000)).toFixed(2),
      ((times[0] as number) / ms).toFixed(1),
    ]);
    console.log(`| ${[title, flop.toFixed(3), ...cells].join(' | ')} |`);
  };
  const heads = names.flatMap((name) => [`${name} ms`, 'GFLOPS', 'times']);
  console.log(`| ${['layer', 'GFLOP', ...heads].join(' | ')} |`);
  console.log(`|${' --- |'.repeat(2 + heads.length)}`);
  Object.entries(gigaflop).forEach(([layer, flop], index) => {
    const times = names.map((name) => best(name, (layers) => layers[index]?.milliseconds ?? NaN));
    row(layer, flop, times);
  });
  const sum = Object.values(gigaflop).reduce((all, flop) => all + flop, 0);
  row(
    'trunk',
    sum,
    names.map((name) => best(name, total)),
  );
}

/** Best of the rounds, and the ratio in each of them, for they differ. */
function printOperation({ name, chain, ours }: OperationTimes): void {
  const [before, now] = [Math.min(...chain), Math.min(...ours)];
  const each = chain.map((ms, round) => (ms / (ours[round] as number)).toFixed(1));
  const best = `${before.toFixed(1)} ms, ours ${now.toFixed(1)} ms, ${(before / now).toFixed(1)} times as fast`;
  console.log(`${name}: tfjs ${best} (${each.join(', ')})`);
}

/** A row for each stage of one detection. */
function printStages(variant: Variant, { stages, pipelines, tensors }: RunCost): void {
  console.log(`One detection, ${values.proposals} proposals, kernels: ${variant}`);
  const heads = ['stage', 'ms', 'share', 'GFLOP', 'dispatches', 'readbacks', 'bytes', 'pipelines'];
  console.log(`| ${heads.join(' | ')} |`);
  console.log(`|${' --- |'.repeat(heads.length)}`);
  const all = sumCosts('all', stages);
  for (const cost of [...stages, { ...all, pipelines }]) {
    const cells = [
      cost.name,
      cost.milliseconds.toFixed(1),
      `${((100 * cost.milliseconds) / all.milliseconds).toFixed(0)} %`,
      cost.gigaflop.toFixed(3),
      ...[cost.dispatches, cost.readbacks, cost.bytes, cost.pipelines].map(String),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  console.log(`Tensors left behind: ${tensors}`);
}
