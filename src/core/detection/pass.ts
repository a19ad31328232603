/**
 * One pass of the network over a picture after its trunk and RPN have been submitted. What the device
 * is to be asked (`wanted`, `score`) and what its values stand for (`propose`, `select`) are apart, so
 * that several passes can share their readbacks: a run has two, however many passes it is of.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Boxes, boxAt, packBoxes, takeRows } from '../boxes/box.ts';
import { type DetectOptions, definedOnly } from './options.ts';
import { DEFAULT_DETECTION_OPTIONS, type RoiHeads } from './roiHeads.ts';
import type { RpnSubmission } from './rpnSubmission.ts';
import type { PassTrace } from './trace.ts';
import { restoreBoxes, type WorkingPicture } from './transform.ts';
import type { Detection, DetectorClass, Picture, Proposal } from './types.ts';

/** A picture after trunk and RPN. Holds features on the device until it is disposed of. */
export interface Seen {
  /** of the RPN, to be read back; disposed of by whoever reads it, and by `dispose` */
  readonly wanted: tf.Tensor | null;
  /** The proposals that the values of `wanted` stand for. */
  propose(values: Float32Array): Proposed;
  /** Values as those of `wanted` might be, for a rehearsal. */
  madeUp(): Float32Array;
  dispose(): void;
}

/** A picture after its proposals have been chosen. */
export interface Proposed {
  /** by falling objectness, boxes in pixels of the original picture */
  readonly proposals: Proposal[];
  /**
   * Submits the second stage for the proposals at these places.
   * @returns to be read back and disposed of; null where nothing is chosen
   */
  score(chosen: readonly number[]): tf.Tensor | null;
  /**
   * What the values of `score` say is in the chosen proposals, by falling score; each detection's
   * `proposal` is a place in what was chosen.
   */
  select(values: Float32Array): Detection[];
}

/** What of the network a pass goes on with. */
interface Parts {
  readonly roiHeads: RoiHeads;
  readonly classes: readonly DetectorClass[];
}

/** On the device; the pass's to dispose. */
interface Held {
  readonly fused: tf.Tensor4D;
  readonly submission: RpnSubmission;
  /** where somebody wants to see it */
  readonly conv5_3?: tf.Tensor4D | undefined;
}

export class Pass implements Seen {
  constructor(
    private readonly parts: Parts,
    private readonly picture: Picture,
    private readonly working: WorkingPicture,
    private readonly options: DetectOptions,
    private readonly held: Held,
  ) {}

  get wanted(): tf.Tensor {
    return this.held.submission.wanted;
  }

  madeUp(): Float32Array {
    return this.held.submission.madeUp();
  }

  propose(values: Float32Array): Proposed {
    const { picture, working } = this;
    const { roiHeads } = this.parts;
    const { fused, conv5_3, submission } = this.held;
    if (conv5_3) {
      const answer = submission.answer(values);
      this.options.onFirstStage?.({ picture, working, conv5_3, answer });
      tf.dispose(conv5_3);
      answer.dispose();
    }
    const found = submission.proposals(values);
    const trace: PassTrace | undefined = this.options.trace && {
      size: sizeOf(working),
      answer: submission.answer(values),
      options: submission.options,
      proposals: found.boxes,
      anchors: found.indices,
      classified: { places: [], values: new Float32Array() },
    };
    if (trace) this.options.trace?.passes.push(trace);
    const boxes = restoreBoxes(found.boxes, working, picture);
    const anchors = restoreBoxes(found.anchors, working, picture);
    let places: readonly number[] = [];
    return {
      proposals: Array.from(found.objectness, (objectness, index) => ({
        box: boxAt(boxes, index),
        objectness,
        anchor: boxAt(anchors, index),
      })),
      score: (chosen) => {
        places = chosen;
        return roiHeads.submit(fused, takeRows(found.boxes, chosen));
      },
      select: (values) => {
        if (trace) trace.classified = { places, values };
        return this.detectionsOf(values, takeRows(found.boxes, places));
      },
    };
  }

  dispose(): void {
    const { fused, submission, conv5_3 } = this.held;
    tf.dispose([fused, conv5_3]);
    submission.dispose();
  }

  /** The detections that the RoI heads' scores stand for, in pixels of the original picture. */
  private detectionsOf(values: Float32Array, boxes: Boxes): Detection[] {
    const { roiHeads, classes } = this.parts;
    const found = roiHeads.select(values, boxes, this.working, {
      ...DEFAULT_DETECTION_OPTIONS,
      ...definedOnly(this.options),
    });
    const packed = packBoxes(found.map(({ box }) => box));
    const restored = restoreBoxes(packed, this.working, this.picture);
    return found.map(({ score, label, proposal }, index) => ({
      box: boxAt(restored, index),
      score,
      label,
      className: classes[label]?.name ?? `class ${label}`,
      proposal,
    }));
  }
}

/** The working picture's sizes without its pixels. */
const sizeOf = ({ width, height, scaleX, scaleY }: WorkingPicture) => ({
  width,
  height,
  scaleX,
  scaleY,
});
