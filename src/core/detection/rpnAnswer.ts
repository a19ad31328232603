/**
 * What an RPN says of every anchor of one picture, and how it is kept for whoever asks after the run: a
 * few megabytes that a detection has no use for where the device chose the proposals, so that they
 * stay there until somebody wants to see them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorSet } from '../anchors/sets.ts';
import { readTogether } from './readTogether.ts';

/**
 * The head's raw answers on the device: the objectness as a logit, `[count]`, and four deltas, `[count, 4]`,
 * for every anchor, in the order of `AnchorGenerator.generate`.
 */
export interface RpnOutput {
  readonly objectness: tf.Tensor1D;
  readonly deltas: tf.Tensor2D;
}

/** What a head slid over. */
export interface RpnGrid {
  readonly rows: number;
  readonly columns: number;
  /** the anchors it was trained for, and the stride of what it slid over */
  readonly set: AnchorSet;
  readonly stride: number;
}

/**
 * What a head said of every anchor of one picture, read back: enough to choose proposals from again,
 * also with other anchors (redecode.ts), without running anything.
 */
export interface RpnAnswer extends RpnGrid {
  /** logits, `[rows * columns * shapes]` in the order of `AnchorGenerator.generate` */
  readonly objectness: Float32Array;
  /** `[rows * columns * shapes * 4]` */
  readonly deltas: Float32Array;
}

/**
 * An answer that was read back already, or that is read when somebody asks for it. It has an owner, who
 * disposes of it; who is only shown it and wants to keep it takes a clone.
 */
export class KeptAnswer {
  private answer: Promise<RpnAnswer> | undefined;

  private constructor(
    private readonly grid: RpnGrid,
    private output: RpnOutput | undefined,
  ) {}

  /** Of what was read back. */
  static of(answer: RpnAnswer): KeptAnswer {
    const kept = new KeptAnswer(answer, undefined);
    kept.answer = Promise.resolve(answer);
    return kept;
  }

  /** Of what is on the device. @param output is its own from now on */
  static onDevice(grid: RpnGrid, output: RpnOutput): KeptAnswer {
    return new KeptAnswer(grid, output);
  }

  /** How many tensors it holds: none once it was read. */
  get tensors(): number {
    return this.output ? 2 : 0;
  }

  /**
   * The answer; one readback the first time that one on the device is asked for, and none from then on.
   * @throws Error when it was disposed of unread
   */
  async read(): Promise<RpnAnswer> {
    if (this.output) {
      const { objectness, deltas } = this.output;
      this.output = undefined; // reading disposes of it
      this.answer = readTogether([objectness, deltas]).then(([logits, moves]) => ({
        ...this.grid,
        objectness: logits as Float32Array,
        deltas: moves as Float32Array,
      }));
    }
    if (!this.answer) throw new Error('This answer is no longer on the device.');
    return this.answer;
  }

  /** The same with an owner of its own. */
  clone(): KeptAnswer {
    const { objectness, deltas } = this.output ?? {};
    const output = objectness &&
      deltas && { objectness: objectness.clone(), deltas: deltas.clone() };
    const clone = new KeptAnswer(this.grid, output);
    clone.answer = this.answer;
    return clone;
  }

  /** Frees what is on the device. What was read before can be read on. */
  dispose(): void {
    if (this.output) tf.dispose([this.output.objectness, this.output.deltas]);
    this.output = undefined;
  }
}
