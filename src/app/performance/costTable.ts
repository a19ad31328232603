/**
 * The figures of the Performance panel: what the stages of a run cost, as a table of words and numbers,
 * and whose kernels did it. Pure, so that it can be tested.
 */
import { type EngineInfo, type StageCost, sumCosts } from '../../worker/protocol.ts';
import { formatBytes, formatDuration, plural } from '../format.ts';
import type { Table } from '../results/tables.ts';

const NONE = '–';

/**
 * A row for each stage, then one for all of them.
 *
 * @param batches of a second look, which comes after the run and is no part of its shares
 */
export function costTable(stages: readonly StageCost[], batches: readonly StageCost[]): Table {
  const all = sumCosts('All', stages);
  const row = (cost: StageCost, share: string) => [
    capitalised(cost.name),
    formatDuration(cost.milliseconds),
    share,
    formatGigaflop(cost.gigaflop),
    cost.dispatches === null ? NONE : String(cost.dispatches),
    String(cost.readbacks),
    cost.bytes === 0 ? NONE : formatBytes(cost.bytes),
  ];
  const share = ({ milliseconds }: StageCost) =>
    all.milliseconds > 0 ? `${Math.round((100 * milliseconds) / all.milliseconds)} %` : NONE;
  const again = sumCosts(`second look, ${plural(batches.length, 'batch', 'es')}`, batches);
  return {
    caption: 'What each stage cost',
    columns: ['Stage', 'Time', 'Share', 'GFLOP', 'Dispatches', 'Readbacks', 'Read back'].map(
      (name) => ({ name }),
    ),
    rows: [
      ...stages.map((stage) => ({ cells: row(stage, share(stage)) })),
      { cells: row(all, NONE), quiet: true },
      ...(batches.length > 0 ? [{ cells: row(again, NONE) }] : []),
    ],
  };
}

/** Whose kernels compute: `Loupe’s (winograd-4-large, direct-large)`, `TensorFlow.js’s`. */
export function describeKernels({ kernels }: Pick<EngineInfo, 'kernels'>): string {
  return kernels.length > 0 ? `Loupe’s (${kernels.join(', ')})` : 'TensorFlow.js’s';
}

/** `0.07`, `11.7`, `188`; a dash where nothing was counted. */
function formatGigaflop(gigaflop: number): string {
  if (gigaflop === 0) return NONE;
  if (gigaflop < 0.01) return '< 0.01';
  return gigaflop.toFixed(gigaflop < 1 ? 2 : gigaflop < 100 ? 1 : 0);
}

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
