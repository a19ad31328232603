/**
 * What a stage of a run cost, as plain data: what the instrument measures and the page shows. No tensor
 * code is imported here.
 */

/** What one stage cost, all its parts together. */
export interface StageCost {
  readonly name: string;
  /** until the device had done its part, where the device says so (WebGPU); else by the clock here */
  readonly milliseconds: number;
  /** 10^9 additions and multiplications of its convolutions and matrix products */
  readonly gigaflop: number;
  /** programs started on the GPU; null where nobody counts them */
  readonly dispatches: number | null;
  /** different programs among those; null as above */
  readonly pipelines: number | null;
  /** how often the backend was waited for to hand data back */
  readonly readbacks: number;
  /** bytes that it then handed back */
  readonly bytes: number;
}

/** What a run cost. */
export interface RunCost {
  /** by the order in which they first came */
  readonly stages: readonly StageCost[];
  /** different programs in the whole run; null where nobody counts them */
  readonly pipelines: number | null;
  /** tensors that were there after it and not before, its own result among them */
  readonly tensors: number;
}

/** Several stages as one of that name. Pipelines are those of the one that used the most. */
export function sumCosts(name: string, costs: readonly StageCost[]): StageCost {
  const sum = (of: (cost: StageCost) => number) => costs.reduce((all, one) => all + of(one), 0);
  const counted = costs.every(({ dispatches }) => dispatches !== null);
  return {
    name,
    milliseconds: sum(({ milliseconds }) => milliseconds),
    gigaflop: sum(({ gigaflop }) => gigaflop),
    dispatches: counted ? sum(({ dispatches }) => dispatches ?? 0) : null,
    pipelines: counted ? Math.max(0, ...costs.map(({ pipelines }) => pipelines ?? 0)) : null,
    readbacks: sum(({ readbacks }) => readbacks),
    bytes: sum(({ bytes }) => bytes),
  };
}
