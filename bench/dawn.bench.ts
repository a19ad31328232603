/**
 * Loupe on this machine's GPU without a browser: WebGPU by Dawn (the npm package `webgpu`) in Node. What the
 * adapter is and which kernels are chosen on it, whole detections of a photo, VGG16's trunk kernel by kernel
 * and the second look. Prints tables and writes results/bench-dawn.json; what fails is told and left out.
 *
 *   npm run bench:dawn
 *   npm run bench:dawn -- --parts trunk --variants stock,chosen,winograd-2-halves --rounds 20
 *   npm run bench:dawn -- --software --share 0.1 --rounds 1 --crops 2 --minutes 10
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import type { Picture } from '../src/core/detection/types.ts';
import { everywhere } from '../src/engine/kernels/candidates.ts';
import { choicesFrom, type KernelTrial, measureKernels } from '../src/engine/kernels/choosing.ts';
import { plainMessage } from '../training/console.ts';
import { readPicture } from '../training/images.ts';
import { count, positive, share, sizeInPixels, someOf } from '../training/optionValues.ts';
import { measureDetection, QUALITIES, WAYS, type Way } from './dawn/detection.ts';
import { print, printDetection, printSecondLook, printTrunk } from './dawn/print.ts';
import { measureSecondLook } from './dawn/secondLook.ts';
import { type Bench, loadDetector, startAdapter, timeRoundTrips, warmUp } from './dawn/setup.ts';
import { measureTrunk, VARIANTS } from './dawn/trunk.ts';
import type { Variant } from './kernels/layers.ts';
import { median } from './timing.ts';

const PARTS = ['choosing', 'detection', 'trunk', 'second-look'] as const;
type Part = (typeof PARTS)[number];
/** By which share of the time a part begins its last round. */
const ENDS: Readonly<Record<Part, number>> = {
  choosing: 0.15,
  detection: 0.5,
  trunk: 0.8,
  'second-look': 0.95,
};
const WARM_UP_MS = 1000;
const widths = (text: string) => text.split(',').map(sizeInPixels);

const values = new Command('npm run bench:dawn --')
  .description('Loupe on the GPU that Dawn finds, in Node.')
  .option('--models <folder>', 'with household, classifier and red-net', 'public/models')
  .option('--photo <file>', 'to look at', 'public/examples/kitchen-blue-white.jpg')
  .option('--parts <names>', 'what to measure', someOf(PARTS), [...PARTS])
  .option('--ways <names>', 'of detecting', someOf(WAYS), [...WAYS])
  .option('--variants <names>', "of the trunk's kernels", someOf(VARIANTS), [...VARIANTS])
  .option('--widths <px>', 'of the pictures that the trunk sees, of 4 : 3', widths, [640, 960])
  .option('--rounds <number>', 'of each', count, 10)
  .option('--proposals <number>', 'of a detection (as many as in the app)', count)
  .option('--crops <number>', 'in a batch of the second look', count, 32)
  .option('--share <number>', 'of every size, for a slow adapter', share, 1)
  .option('--minutes <number>', 'after which it ends, whatever is missing', positive, 1.5)
  .option('--software', 'allows an adapter that the processor plays', false)
  .option('--dawn <options...>', 'of Dawn, such as backend=vulkan', [])
  .option('--out <file>', 'to write', 'results/bench-dawn.json')
  .parse()
  .opts<{
    models: string;
    photo: string;
    parts: Part[];
    ways: Way[];
    variants: Variant[];
    widths: number[];
    rounds: number;
    proposals?: number;
    crops: number;
    share: number;
    minutes: number;
    software: boolean;
    dawn: string[];
    out: string;
  }>();

const started = performance.now();
const limit = values.minutes * 60_000;
/** All that is known so far, and the options it came of. */
const report: Record<string, unknown> = { options: values };
const failures: string[] = [];
setTimeout(() => end('The time is over; what is missing is left out.'), limit);

const adapter = await startAdapter(values.dawn, values.software).catch((error: Error) =>
  end(`WebGPU cannot be had here: ${error.message}`, 1),
);
report.adapter = adapter;
const { shaderF16, timestampQuery, software } = adapter;
print(
  `${adapter.adapter}: shader-f16 ${yes(shaderF16)}, timestamp-query ${yes(timestampQuery)}`,
  `features: ${adapter.features.join(', ')}`,
  `limits: ${Object.entries(adapter.limits)
    .map((pair) => pair.join(' '))
    .join(', ')}`,
);
const cold = await timeRoundTrips(3);
await warmUp(WARM_UP_MS);
const warm = await timeRoundTrips(20);
report.roundTrips = { cold, warm };
for (const [name, times] of Object.entries(warm)) print(`${name}: ${median(times).toFixed(2)} ms`);

const kind = { software, halves: shaderF16 };
let choices = everywhere('stock');
let now: Part = 'choosing';
await attempt('choosing', async () => {
  const trials: (KernelTrial & { readonly after: number })[] = [];
  const start = performance.now();
  const measured = await measureKernels({
    ...kind,
    onTrial: (trial) => trials.push({ ...trial, after: performance.now() - start }),
  });
  const milliseconds = performance.now() - start;
  choices = choicesFrom(measured);
  report.choosing = { milliseconds, measured, choices, trials };
  for (const { shapes, kernel, side, inARow, milliseconds, after } of trials) {
    const took = milliseconds === null ? 'other numbers' : `${milliseconds.toFixed(2)} ms`;
    print(
      `  ${shapes}, ${side} x ${side}, ${inARow} in a row: ${kernel} ${took}, after ${after.toFixed(0)} ms`,
    );
  }
  const chosen = Object.entries(choices).map((pair) => pair.join(' '));
  print(`chosen in ${milliseconds.toFixed(0)} ms: ${chosen.join(', ')}`);
});

const { milliseconds, ...loaded } = await loadDetector(values.models).catch(endPlainly);
report.loaded = milliseconds;
print(`household loaded in ${milliseconds.toFixed(0)} ms`);
const more = () => performance.now() - started < ENDS[now] * limit;
const bench: Bench = { ...values, kind, choices, ...loaded, more };
let photo: Promise<Picture> | undefined;
const picture = () => {
  photo ??= readPicture(values.photo).catch(endPlainly);
  return photo;
};

const detections: unknown[] = [];
report.detections = detections;
for (const way of values.ways) {
  for (const quality of QUALITIES) {
    await attempt('detection', async () => {
      if (detections.length > 0 && !more()) throw new Error(`no time for ${way}, ${quality}`);
      const measured = await measureDetection(bench, await picture(), way, quality);
      detections.push(measured);
      printDetection(measured);
    });
  }
}

const trunks: unknown[] = [];
report.trunk = trunks;
for (const width of values.widths) {
  await attempt('trunk', async () => {
    const measured = await measureTrunk(bench, width, values.variants);
    trunks.push(measured);
    printTrunk(measured);
  });
}

const batches: unknown[] = [];
report.secondLook = batches;
await attempt('second-look', async () => {
  await measureSecondLook(bench, await picture(), (measured) => {
    batches.push(measured);
    printSecondLook(measured);
  });
});
end(`Ended after ${((performance.now() - started) / 1000).toFixed(0)} s.`);

/** One part; its failure is told, and the next goes on. */
async function attempt(part: Part, work: () => Promise<void>): Promise<void> {
  if (!values.parts.includes(part)) return;
  now = part;
  try {
    await work();
  } catch (error) {
    failures.push(`${part}: ${(error as Error).stack ?? error}`);
    print(`FAILED: ${failures.at(-1)}`);
  }
  write();
}

function write(): void {
  mkdirSync(path.dirname(values.out), { recursive: true });
  writeFileSync(values.out, JSON.stringify({ ...report, failures }, null, 1));
}

/** Dawn keeps the process alive. */
function end(sentence: string, code = failures.length > 0 ? 1 : 0): never {
  write();
  print(sentence, `Written to ${values.out}.`);
  process.exit(code);
}

/** Nothing can be measured without a model or a photo. */
function endPlainly(error: unknown): never {
  return end(`${plainMessage(error)}.`, 1);
}

function yes(is: boolean): string {
  return is ? 'yes' : 'no';
}
