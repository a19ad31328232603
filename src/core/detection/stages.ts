/**
 * The stages that a detection goes through and the clock that says how long each took. Whoever wants to
 * know more of a stage than its time listens to its end (`onStage`) and takes stock there, as the
 * engine's instrument does (src/engine/instrument.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { StageName, StageRecord } from './types.ts';

/**
 * Wall-clock time from one mark to the next. A stage that several passes go through is one stage that
 * took as long as all of them. On a GPU the waiting shows up where something is read back.
 */
export class StageClock {
  private readonly total = new Map<StageName, number>();
  private last = tf.util.now();

  /** @param onStage told the name of a stage whenever a part of it ends */
  constructor(private readonly onStage?: ((name: StageName) => void) | undefined) {}

  /** What was since the last mark belongs to this stage. */
  mark(name: StageName): void {
    const now = tf.util.now();
    this.total.set(name, (this.total.get(name) ?? 0) + now - this.last);
    this.last = now;
    this.onStage?.(name);
  }

  get stages(): StageRecord[] {
    return Array.from(this.total, ([name, milliseconds]) => ({ name, milliseconds }));
  }
}
