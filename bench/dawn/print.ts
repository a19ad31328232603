/** The tables of the bench in Node. */
import { sumCosts } from '../../src/engine/costs.ts';
import { textTable } from '../../training/textTable.ts';
import type { Variant } from '../kernels/layers.ts';
import { median } from '../timing.ts';
import type { DetectionReport } from './detection.ts';
import type { SecondLookReport } from './secondLook.ts';
import type { TrunkReport, TrunkTimes } from './trunk.ts';

export function print(...lines: readonly string[]): void {
  console.log(lines.join('\n'));
}

export function printDetection(report: DetectionReport): void {
  const { way, quality, look, compiled, first, rounds, cost, shown, best } = report;
  const { stages } = cost;
  const all = sumCosts('all', stages);
  const size = [look.workingSize, look.alsoAt].filter(Boolean).join(' and ');
  const seen = best.map(({ className, score }) => `${className} ${score.toFixed(3)}`);
  print(
    `\n${way}, ${quality} (${size}): compiled ${ms(compiled)}, first ${ms(first)}, median ${ms(median(rounds))} of ${rounds.length}, least ${ms(Math.min(...rounds))} ms`,
    `${shown} shown: ${seen.join(', ')}`,
    textTable([
      ['stage', 'ms', 'GFLOP', 'GFLOP/s', 'dispatches', 'readbacks', 'bytes'],
      ...[...stages, all].map((cost) => [
        cost.name,
        ms(cost.milliseconds),
        cost.gigaflop.toFixed(1),
        speed(cost.gigaflop, cost.milliseconds),
        ...[cost.dispatches ?? 0, cost.readbacks, cost.bytes].map(String),
      ]),
    ]),
  );
}

/** Medians; GFLOP/s in the arithmetic of a plain convolution. */
export function printTrunk({ width, height, gigaflop, variants, failures }: TrunkReport): void {
  const all = Object.values(gigaflop).reduce((sum, flop) => sum + flop, 0);
  const entries = Object.entries(variants) as [Variant, TrunkTimes][];
  print(
    `\nVGG16's trunk, ${width} x ${height}, ${all.toFixed(1)} GFLOP, medians of ${entries[0]?.[1].pass.length} rounds`,
    textTable([
      [
        'kernels',
        'ms',
        'GFLOP/s',
        'recorded ms',
        'streamed ms',
        'GFLOP/s',
        'least ms',
        'device ms',
        'error',
      ],
      ...entries.map(([name, { pass, recorded, streamed, device, error }]) => [
        name,
        ms(median(pass)),
        speed(all, median(pass)),
        ms(median(recorded)),
        ms(median(streamed)),
        speed(all, median(streamed)),
        ms(Math.min(...pass)),
        device ? ms(device.milliseconds) : '-',
        error?.toExponential(1) ?? '',
      ]),
    ]),
    'Each layer waited for alone, ms',
    textTable([
      ['layer', 'GFLOP', ...entries.map(([name]) => name)],
      ...Object.entries(gigaflop).map(([layer, flop]) => [
        layer,
        flop.toFixed(2),
        ...entries.map(([, { layers }]) => ms(layers[layer] ?? Number.NaN)),
      ]),
    ]),
    ...failures.map((sentence) => `FAILED: ${sentence}`),
  );
}

export function printSecondLook(report: SecondLookReport): void {
  const { kernels, upscaling, boxes, compiled, first, rounds, cost } = report;
  const batch = median(rounds);
  print(
    `second look, ${kernels}, ${upscaling}, ${boxes} boxes: compiled ${ms(compiled)}, first ${ms(first)}, median ${ms(batch)} of ${rounds.length}, least ${ms(Math.min(...rounds))} ms; ` +
      `${((1000 * boxes) / batch).toFixed(0)} boxes/s, ${cost.gigaflop.toFixed(1)} GFLOP, ${speed(cost.gigaflop, batch)} GFLOP/s, ${cost.dispatches} dispatches, ${cost.readbacks} readbacks`,
  );
}

function ms(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 100 ? 2 : 1);
}

function speed(gigaflop: number, milliseconds: number): string {
  return ((1000 * gigaflop) / milliseconds).toFixed(0);
}
