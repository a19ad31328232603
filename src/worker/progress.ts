/**
 * One monotone progress out of many: the stages of a call (start, download, compile, decode, detect)
 * are laid end to end on a scale from 0 to 1 by how long they usually take. A call that comes when
 * some stages are already done gets the whole scale for those that remain.
 */
import type { Progress, Stage } from './protocol.ts';
import type { StageEvent } from './wire.ts';

/** Rough shares of a first visit: 40 MB to fetch, then a few seconds of computing. */
const WEIGHTS: Readonly<Record<Stage, number>> = {
  start: 4,
  download: 50,
  compile: 8,
  decode: 3,
  detect: 35,
  sharpen: 35,
};

export class ProgressMeter {
  private shown = 0;

  /**
   * @param stages those still to come in this call, in their order
   * @param report gets fractions that never decrease; nothing is reported of other stages
   */
  constructor(
    private readonly stages: readonly Stage[],
    private report: ((progress: Progress) => void) | undefined,
  ) {}

  /** Reports travel on a channel of their own: those that come after the result are dropped. */
  close(): void {
    this.report = undefined;
  }

  /** Takes in where one stage stands. A stage that begins means that those before it are done. */
  readonly update = ({ stage, within, message, ...more }: StageEvent): void => {
    const index = this.stages.indexOf(stage);
    if (index < 0) return;
    const before = sum(this.stages.slice(0, index));
    const here = WEIGHTS[stage] * Math.min(1, Math.max(0, within));
    this.shown = Math.max(this.shown, Math.min(1, (before + here) / sum(this.stages)));
    this.report?.({ stage, fraction: this.shown, message, ...more });
  };
}

function sum(stages: readonly Stage[]): number {
  return stages.reduce((total, stage) => total + WEIGHTS[stage], 0);
}
