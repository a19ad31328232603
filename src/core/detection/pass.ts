/**
 * One pass of the network over a picture after its trunk and RPN have been submitted. What the device
 * is to be asked (`answer`, `score`) and what its values stand for (`propose`, `select`) are apart, so
 * that several passes can share their readbacks: a run has two, however many passes it is of.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Boxes, boxAt, packBoxes, takeRows } from '../boxes/box.ts';
import { type DetectOptions, definedOnly } from './options.ts';
import { DEFAULT_DETECTION_OPTIONS, type RoiHeads } from './roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS, type RegionProposalNetwork } from './rpn.ts';
import type { PassTrace } from './trace.ts';
import { restoreBoxes, type WorkingPicture } from './transform.ts';
import type { Detection, DetectorClass, Picture, Proposal } from './types.ts';

/** A picture after trunk and RPN. Holds features on the device until it is disposed of. */
export interface Seen {
  /** the RPN's answers, to be read back; disposed of by whoever reads them, and by `dispose` */
  readonly answer: tf.Tensor | null;
  /** The proposals that the values of `answer` stand for. */
  propose(values: Float32Array): Proposed;
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
  readonly rpn: RegionProposalNetwork;
  readonly roiHeads: RoiHeads;
  readonly classes: readonly DetectorClass[];
}

/** On the device; the pass's to dispose. */
interface Held {
  readonly fused: tf.Tensor4D;
  readonly answer: tf.Tensor1D;
  /** where somebody wants to see it */
  readonly conv5_3?: tf.Tensor4D | undefined;
}

export class Pass implements Seen {
  readonly answer: tf.Tensor1D;

  /** @param grid rows and columns of what the RPN slid over */
  constructor(
    private readonly parts: Parts,
    private readonly picture: Picture,
    private readonly working: WorkingPicture,
    private readonly options: DetectOptions,
    private readonly grid: readonly [rows: number, columns: number],
    private readonly held: Held,
  ) {
    this.answer = held.answer;
  }

  propose(values: Float32Array): Proposed {
    const { picture, working } = this;
    const { rpn, roiHeads } = this.parts;
    const { fused, conv5_3 } = this.held;
    const answer = rpn.answerOf(values, ...this.grid);
    if (conv5_3) this.options.onFirstStage?.({ picture, working, conv5_3, answer });
    conv5_3?.dispose();
    const options = { ...DEFAULT_PROPOSAL_OPTIONS, ...this.options.proposals };
    const found = rpn.proposalsOf(answer, working, options);
    const trace: PassTrace = {
      size: sizeOf(working),
      answer,
      options,
      proposals: found.boxes,
      classified: { places: [], values: new Float32Array() },
    };
    this.options.trace?.passes.push(trace);
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
        trace.classified = { places, values };
        return this.detectionsOf(values, takeRows(found.boxes, places));
      },
    };
  }

  dispose(): void {
    const { fused, answer, conv5_3 } = this.held;
    tf.dispose([fused, answer, conv5_3]);
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
