/**
 * The figures of the Performance panel: what the stages of a run cost, as a table of words and numbers,
 * and whose kernels did it. Pure, so that it can be tested.
 */
import { STAGE_NAMES } from '../../core/detection/types.ts';
import { type EngineInfo, type StageCost, sumCosts } from '../../worker/protocol.ts';
import { formatBytes, formatDuration, plural } from '../format.ts';
import type { Table } from '../results/tables.ts';

const NONE = '–';

/**
 * A row for each stage, then one for all of them.
 *
 * @param batches of a second look, which comes after the run and is no part of its shares
 * @param isRunning whether there is more to come: the stage under way is named, and there are no shares yet
 */
export function costTable(
  stages: readonly StageCost[],
  batches: readonly StageCost[],
  isRunning = false,
): Table {
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
    all.milliseconds > 0 && !isRunning
      ? `${Math.round((100 * milliseconds) / all.milliseconds)} %`
      : NONE;
  const again = sumCosts(`second look, ${plural(batches.length, 'batch', 'es')}`, batches);
  return {
    caption: 'What each stage cost',
    columns: ['Stage', 'Time', 'Share', 'GFLOP', 'Dispatches', 'Readbacks', 'Read back'].map(
      (name) => ({ name }),
    ),
    rows: [
      ...stages.map((stage) => ({ cells: row(stage, share(stage)) })),
      ...(isRunning ? underWay(stages) : []),
      { cells: row(all, NONE), quiet: true },
      ...(batches.length > 0 ? [{ cells: row(again, NONE) }] : []),
    ],
  };
}

/** A row for the first stage that is not over. */
function underWay(stages: readonly StageCost[]): Table['rows'] {
  const next = STAGE_NAMES.find((name) => !stages.some((stage) => stage.name === name));
  return next ? [{ cells: [capitalised(next), 'under way', ...Array(5).fill(NONE)] }] : [];
}

/** Whose kernels compute: `Loupe’s (winograd-4-large, direct-large)`, `TensorFlow.js’s`. */
export function describeKernels({ kernels }: Pick<EngineInfo, 'kernels'>): string {
  if (!kernels) return 'not chosen yet';
  return kernels.length > 0 ? `Loupe’s (${kernels.join(', ')})` : 'TensorFlow.js’s';
}

/** `0.07`, `11.7`, `188`; a dash where nothing was counted. */
function formatGigaflop(gigaflop: number): string {
  if (gigaflop === 0) return NONE;
  if (gigaflop < 0.01) return '< 0.01';
  return gigaflop.toFixed(gigaflop < 1 ? 2 : gigaflop < 100 ? 1 : 0);
}

const capitalised = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
