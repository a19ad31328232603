/**
 * The region proposal network (Ren et al. 2015, section 3.1; Krishna and Jawahar 2017, section 3):
 * a 3x3 convolution slides over a feature map, and at each cell says of every anchor how likely
 * it covers an object (objectness) and how to move it onto that object (deltas).
 *
 * The head runs on the device; what to keep of its answer is decided here, on plain arrays after one
 * readback: take the best, decode, clip, drop slivers, suppress what overlaps (NMS). A device that has a
 * kernel for it decides by itself (rpnSubmission.ts).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorGenerator } from '../anchors/generator.ts';
import { type Boxes, shortSide, takeRows } from '../boxes/box.ts';
import { BoxCoder } from '../boxes/boxCoder.ts';
import { argsortDescending, nms } from '../boxes/nms.ts';
import { requireWeight, type WeightMap } from '../models/weights.ts';
import { KeptAnswer, type RpnAnswer, type RpnGrid, type RpnOutput } from './rpnAnswer.ts';
import { TAP_STRIDES, type Tap } from './vgg16.ts';

/** Which proposals are kept; torchvision's names. */
export interface ProposalOptions {
  /** the best so many anchors are decoded */
  readonly preNmsTopN: number;
  /** and at most so many proposals are left after NMS */
  readonly postNmsTopN: number;
  readonly nmsThreshold: number;
  /** proposals with a side below this many working pixels are dropped */
  readonly minSize: number;
}

/**
 * NMS at 0.5, not Faster R-CNN's 0.7: the first 300 proposals then reach 63 instead of 58 % of the
 * objects of sod_coco10 val (65 instead of 56 % at 960 px), and AP50 does not fall.
 */
export const DEFAULT_PROPOSAL_OPTIONS: ProposalOptions = {
  preNmsTopN: 4000,
  postNmsTopN: 300,
  nmsThreshold: 0.5,
  minSize: 2,
};

/** Proposals in working pixels, by falling objectness. */
export interface Proposals {
  readonly boxes: Boxes;
  /** the anchor each box was decoded from */
  readonly anchors: Boxes;
  /** and its index among all, `[count]` */
  readonly indices: Uint32Array;
  /** probability of an object, `[count]` */
  readonly objectness: Float32Array;
}

/** Anchors move by plain deltas; the RoI heads weigh theirs. */
export const RPN_BOX_CODER = new BoxCoder([1, 1, 1, 1]);

/** Convolution, then objectness and deltas side by side. Weights: rpn_conv, rpn_cls_logits, rpn_bbox_pred. */
export function rpnHead(features: tf.Tensor4D, weights: WeightMap): RpnOutput {
  const convolve = (x: tf.Tensor4D, name: string, activation: 'relu' | 'linear') =>
    tf.fused.conv2d({
      x,
      filter: requireWeight(weights, `${name}/kernel`) as tf.Tensor4D,
      bias: requireWeight(weights, `${name}/bias`) as tf.Tensor1D,
      strides: 1,
      pad: 'same',
      activation,
    });
  const [objectness, deltas] = tf.tidy(() => {
    const hidden = convolve(features, 'rpn_conv', 'relu');
    return [
      tf.reshape(convolve(hidden, 'rpn_cls_logits', 'linear'), [-1]),
      tf.reshape(convolve(hidden, 'rpn_bbox_pred', 'linear'), [-1, 4]),
    ];
  }) as [tf.Tensor1D, tf.Tensor2D];
  return { objectness, deltas };
}

/** The best anchors, moved onto what they found and large enough: what NMS chooses from. */
export interface Candidates {
  /** `[count * 4]`, working pixels */
  readonly boxes: Boxes;
  /** `[count]` */
  readonly logits: Float32Array;
  /** of each the index of its anchor */
  readonly anchors: Uint32Array;
}

/** The first half of `filterProposals`: take the best, decode, clip, drop slivers. */
export function candidatesOf(
  { objectness, deltas }: Pick<RpnAnswer, 'objectness' | 'deltas'>,
  anchors: Boxes,
  size: { readonly width: number; readonly height: number },
  options: ProposalOptions,
): Candidates {
  const best = argsortDescending(objectness, options.preNmsTopN);
  const moved = RPN_BOX_CODER.decode(takeRows(deltas, best), takeRows(anchors, best), size);
  const large = best.map((_, i) => i).filter((i) => shortSide(moved, i) >= options.minSize);
  const order = large.map((i) => best[i] as number);
  return {
    boxes: takeRows(moved, large),
    logits: Float32Array.from(order, (index) => objectness[index] as number),
    anchors: order,
  };
}

/**
 * The proposals that raw answers stand for (torchvision's `filter_proposals`).
 *
 * @param objectness logits, `[count]`
 * @param deltas `[count * 4]`
 * @param anchors `[count * 4]`
 * @param size of the working picture, without its padding
 */
export function filterProposals(
  objectness: Float32Array,
  deltas: Float32Array,
  anchors: Boxes,
  size: { readonly width: number; readonly height: number },
  options: ProposalOptions,
): Proposals {
  const candidates = candidatesOf({ objectness, deltas }, anchors, size, options);
  const { boxes, logits } = candidates;
  const kept = nms(boxes, logits, {
    iouThreshold: options.nmsThreshold,
    limit: options.postNmsTopN,
  });
  const indices = kept.map((i) => candidates.anchors[i] as number);
  return {
    boxes: takeRows(boxes, kept),
    anchors: takeRows(anchors, indices),
    indices,
    objectness: Float32Array.from(kept, (i) => sigmoid(logits[i] as number)),
  };
}

/** A logit as a probability. */
export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** What the RPN slides over: a tap of the trunk, or conv4_3 and conv5_3 fused on one grid. */
export type RpnTap = Tap | 'fused';

/** Pixels per cell of what the RPN slides over. */
export const RPN_STRIDES: Readonly<Record<RpnTap, number>> = {
  ...TAP_STRIDES,
  fused: TAP_STRIDES.conv4_3,
};

export class RegionProposalNetwork {
  constructor(
    readonly weights: WeightMap,
    readonly anchorGenerator: AnchorGenerator,
  ) {}

  /** What it slides over where its features have so many rows and columns. */
  gridOf(rows: number, columns: number): RpnGrid {
    const { set, stride } = this.anchorGenerator;
    return { rows, columns, set, stride };
  }

  /** The answer in these values: all logits, then all deltas. */
  answerOf(values: Float32Array, rows: number, columns: number): RpnAnswer {
    const count = rows * columns * this.anchorGenerator.perLocation;
    return {
      ...this.gridOf(rows, columns),
      objectness: values.subarray(0, count),
      deltas: values.subarray(count),
    };
  }

  /**
   * What the head says of one picture; one readback.
   *
   * @param features `[1, rows, columns, channels]` of the tap the head was trained on
   */
  async answer(features: tf.Tensor4D): Promise<RpnAnswer> {
    const [, rows, columns] = features.shape;
    const output = rpnHead(features, this.weights);
    return KeptAnswer.onDevice(this.gridOf(rows, columns), output).read();
  }

  /**
   * The proposals of an answer.
   *
   * @param size of the working picture, without its padding
   */
  proposalsOf(
    { rows, columns, objectness, deltas }: RpnAnswer,
    size: { readonly width: number; readonly height: number },
    options: ProposalOptions = DEFAULT_PROPOSAL_OPTIONS,
  ): Proposals {
    const anchors = this.anchorGenerator.generate(rows, columns);
    return filterProposals(objectness, deltas, anchors, size, options);
  }

  /** Both in one: proposals for one picture; one readback. */
  async propose(
    features: tf.Tensor4D,
    size: { readonly width: number; readonly height: number },
    options: ProposalOptions = DEFAULT_PROPOSAL_OPTIONS,
  ): Promise<Proposals> {
    return this.proposalsOf(await this.answer(features), size, options);
  }
}
