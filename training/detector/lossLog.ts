/**
 * The losses along the way, thinned: a run of thousands of steps is told in at most a hundred means.
 * The log is part of the checkpoint, the half-full mean included, so that a run that was stopped
 * tells the same in the end as one in one go.
 */
import type { Losses } from './step.ts';

/** So many points tell a run. */
const POINTS = 100;

/** The mean losses of the steps since the point before. */
export interface LossPoint extends Losses {
  /** steps done */
  readonly step: number;
}

/** A log as a checkpoint keeps it. */
export interface LossLogState {
  readonly points: readonly LossPoint[];
  readonly sums: Losses;
  readonly count: number;
}

const NAMES = ['objectness', 'anchorDeltas', 'classes', 'boxDeltas'] as const;

/** Adds losses up and gives their mean. */
export class MeanLosses {
  private sums: Losses = { objectness: 0, anchorDeltas: 0, classes: 0, boxDeltas: 0 };
  private steps = 0;

  get count(): number {
    return this.steps;
  }

  add(losses: Losses): void {
    this.sums = mapLosses((name) => this.sums[name] + losses[name]);
    this.steps++;
  }

  /** The mean of what was added since the last time. */
  take(): Losses {
    const { sums, steps } = this;
    this.restore(
      mapLosses(() => 0),
      0,
    );
    return mapLosses((name) => sums[name] / steps);
  }

  get state(): { sums: Losses; count: number } {
    return { sums: this.sums, count: this.steps };
  }

  restore(sums: Losses, count: number): void {
    this.sums = sums;
    this.steps = count;
  }
}

export class LossLog {
  readonly points: LossPoint[] = [];
  private readonly mean = new MeanLosses();
  private readonly every: number;

  /**
   * @param iterations of the whole run
   * @param state what a checkpoint kept; left out at the start of a run
   */
  constructor(
    private readonly iterations: number,
    state?: LossLogState,
  ) {
    this.every = Math.ceil(iterations / POINTS);
    if (!state) return;
    this.points.push(...state.points);
    this.mean.restore(state.sums, state.count);
  }

  /** @param step steps done, this one included */
  add(step: number, losses: Losses): void {
    this.mean.add(losses);
    if (step % this.every !== 0 && step !== this.iterations) return;
    this.points.push({ step, ...this.mean.take() });
  }

  get state(): LossLogState {
    return { points: this.points, ...this.mean.state };
  }
}

function mapLosses(value: (name: (typeof NAMES)[number]) => number): Losses {
  return Object.fromEntries(NAMES.map((name) => [name, value(name)])) as unknown as Losses;
}
