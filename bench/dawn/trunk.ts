/**
 * VGG16's trunk in Node: one pass as a detection has it, several without waiting in between, and each layer
 * waited for alone, for tfjs's kernels and for ours, by turns.
 */
import * as tf from '@tensorflow/tfjs-core';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import { finished } from '../../src/engine/device.ts';
import { everywhere, OWN_KERNELS } from '../../src/engine/kernels/candidates.ts';
import { installKernels } from '../../src/engine/kernels/install.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { timeLayers, type Variant } from '../kernels/layers.ts';
import { trunkRun } from '../runtimes/runs.ts';
import { median, time } from '../timing.ts';
import { trunkGigaflop } from '../trunkCost.ts';
import { type DeviceTime, timeOnDevice } from './deviceTime.ts';
import { type Bench, backendHere, sized } from './setup.ts';

export const VARIANTS: readonly Variant[] = ['stock', 'chosen', ...OWN_KERNELS];

/** Passes without a wait between them. */
const STREAMED = 3;

export interface TrunkTimes {
  /** milliseconds of a pass in each round, until the device has ended */
  readonly pass: number[];
  /** until all of it is recorded: what JavaScript alone takes */
  readonly recorded: number[];
  /** of a pass among several that nobody waits for in between */
  readonly streamed: number[];
  /** of each layer, median of the rounds */
  layers: Record<string, number>;
  /** of one pass after the rounds, by the device's own clock; undefined where it tells none */
  device: DeviceTime | undefined;
  /** largest difference of conv5_3 to tfjs's, as a part of its largest value */
  error: number | null;
}

export interface TrunkReport {
  readonly width: number;
  readonly height: number;
  readonly gigaflop: Readonly<Record<string, number>>;
  readonly variants: Partial<Record<Variant, TrunkTimes>>;
  /** a sentence for each variant that fails */
  readonly failures: string[];
}

/** @param width of a picture of 4 : 3, in pixels, before the share of the options */
export async function measureTrunk(
  bench: Bench,
  width: number,
  variants: readonly Variant[],
): Promise<TrunkReport> {
  const [w, h] = [sized(width, bench.share), sized((width * 3) / 4, bench.share)];
  const report: TrunkReport = {
    ...{ width: w, height: h, gigaflop: trunkGigaflop(w, h), variants: {}, failures: [] },
  };
  const { backbone } = bench.detector;
  const picture = waves([1, h, w, 3], 1, 100) as tf.Tensor4D;
  const kernels = installKernels(backendHere(), everywhere('stock'));
  const use = (variant: Variant) => {
    kernels.choices = variant === 'chosen' ? bench.choices : everywhere(variant);
  };
  const pass = () =>
    tf.dispose(backbone.forward(picture, { taps: ['conv5_3'] }) as tf.NamedTensorMap);
  const read = trunkRun(backbone, picture);
  try {
    let expected: Float32Array | undefined;
    for (const variant of variants) {
      if (expected && !bench.more()) break;
      use(variant);
      try {
        await compileAhead(async () => pass());
        const values = await read();
        if (variant === 'stock') expected = values;
        report.variants[variant] = {
          ...{ pass: [], recorded: [], streamed: [], layers: {}, device: undefined },
          error: expected ? largestDifference(values, expected) : null,
        };
      } catch (error) {
        report.failures.push(`${variant}: ${(error as Error).message}`);
      }
    }
    const entries = Object.entries(report.variants) as [Variant, TrunkTimes][];
    const layers = new Map<Variant, Record<string, number[]>>();
    for (let round = 0; round < bench.rounds && (round === 0 || bench.more()); round++) {
      for (const [variant, times] of entries) {
        use(variant);
        await finished(backendHere());
        let recorded = 0;
        const whole = await time(async () => {
          recorded = await time(async () => pass());
          await finished(backendHere());
        });
        times.pass.push(whole);
        times.recorded.push(recorded);
        const several = await time(async () => {
          for (let i = 0; i < STREAMED; i++) pass();
          await finished(backendHere());
        });
        times.streamed.push(several / STREAMED);
        const all = layers.get(variant) ?? {};
        layers.set(variant, all);
        for (const { name, milliseconds } of await timeLayers(backbone, picture)) {
          all[name] = [...(all[name] ?? []), milliseconds];
        }
      }
    }
    for (const [variant, times] of entries) {
      times.layers = Object.fromEntries(
        Object.entries(layers.get(variant) ?? {}).map(([name, all]) => [name, median(all)]),
      );
      if (!bench.more()) continue;
      use(variant);
      times.device = await timeOnDevice(pass);
    }
    return report;
  } finally {
    kernels.remove();
    picture.dispose();
  }
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  let [most, largest] = [0, 0];
  expected.forEach((value, i) => {
    most = Math.max(most, Math.abs((actual[i] ?? Number.NaN) - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return most / largest;
}
