/** Costs of stages that were never measured, for tests of what shows them. */
import type { StageCost } from '../../src/engine/costs.ts';

export function madeUpCost(changes: Partial<StageCost> = {}): StageCost {
  return {
    ...{ name: 'trunk', milliseconds: 10, gigaflop: 1 },
    ...{ dispatches: null, pipelines: null, readbacks: 0, bytes: 0 },
    ...changes,
  };
}

/** Of a run as a whole. */
export const NO_COST = { readbacks: 2, pipelines: null, tensorsLeft: 0 };
