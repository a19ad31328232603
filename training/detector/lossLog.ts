/**
 * The losses along the way, thinned: a run of thousands of steps is told in at most a hundred means.
 * The log is part of the checkpoint, the half-full mean included, so that a run that was stopped
 * tells the same in the end as one in one go.
 */

/** So many points tell a run. */
const POINTS = 100;

/** Named losses: a number under each name. */
export type LossValues<Losses> = { readonly [Name in keyof Losses]: number };

/** The mean losses of the steps since the point before. */
export type LossPoint<Losses> = Losses & {
  /** steps done */
  readonly step: number;
};

/** A log as a checkpoint keeps it. */
export interface LossLogState<Losses> {
  readonly points: readonly LossPoint<Losses>[];
  /** what the mean since the last point adds up to; without names where that is nothing */
  readonly sums: Partial<Losses>;
  readonly count: number;
}

/** Adds losses up and gives their mean. */
export class MeanLosses<Losses extends LossValues<Losses>> {
  private sums: Partial<Losses> = {};
  private steps = 0;

  get count(): number {
    return this.steps;
  }

  add(losses: Losses): void {
    const { sums } = this;
    this.sums = mapped(losses, (loss, name) => ((sums[name] as number | undefined) ?? 0) + loss);
    this.steps++;
  }

  /** The mean of what was added since the last time; something must have been. */
  take(): Losses {
    const { sums, steps } = this;
    this.restore({}, 0);
    return mapped(sums as Losses, (sum) => sum / steps);
  }

  get state(): { sums: Partial<Losses>; count: number } {
    return { sums: this.sums, count: this.steps };
  }

  restore(sums: Partial<Losses>, count: number): void {
    this.sums = sums;
    this.steps = count;
  }
}

export class LossLog<Losses extends LossValues<Losses>> {
  readonly points: LossPoint<Losses>[] = [];
  private readonly mean = new MeanLosses<Losses>();
  private readonly every: number;

  /**
   * @param iterations of the whole run
   * @param state what a checkpoint kept; left out at the start of a run
   */
  constructor(
    private readonly iterations: number,
    state?: LossLogState<Losses>,
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

  get state(): LossLogState<Losses> {
    return { points: this.points, ...this.mean.state };
  }
}

function mapped<Losses extends LossValues<Losses>>(
  losses: Losses,
  value: (loss: number, name: keyof Losses) => number,
): Losses {
  const entries = Object.entries(losses) as [keyof Losses & string, number][];
  return Object.fromEntries(entries.map(([name, loss]) => [name, value(loss, name)])) as Losses;
}
