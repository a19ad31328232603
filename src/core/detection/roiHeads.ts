/**
 * The RoI heads (Girshick 2015; torchvision's `RoIHeads`): what is in each proposal, and where
 * exactly.
 *
 * conv5_3 knows what things are but its cells are 16 pixels wide; conv4_3 has cells of 8. Both
 * are brought to the same number of channels by a 1x1 convolution and added on conv4_3's grid
 * (as a feature pyramid does), RoIAlign cuts 7x7 cells under each proposal, and two slim fully
 * connected layers (512 wide: VGG16's own fc6 would be 411 MB) give class scores and deltas of
 * each class. Class 0 is the background; class k is the model's class k - 1.
 *
 * With `context` RoIAlign cuts twice: under the proposal and under the proposal enlarged, side by side
 * in the channels (as the multi-region networks of Gidaris and Komodakis 2015 do): 16 pixels of a
 * mouse are a blob, but beside a keyboard they are a mouse.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Box, type Boxes, boxAt, enlargeBoxes, shortSide, takeRows } from '../boxes/box.ts';
import { BoxCoder } from '../boxes/boxCoder.ts';
import { nms } from '../boxes/nms.ts';
import { requireWeight, type WeightMap } from '../models/weights.ts';
import { readTogether } from './readTogether.ts';
import { roiAlign } from './roiAlign.ts';
import { TAP_STRIDES, type TapFeatures } from './vgg16.ts';

/** Deltas of the second stage are small: weighted up, so that all four weigh alike in the loss. */
export const ROI_BOX_CODER = new BoxCoder([10, 10, 5, 5]);

export interface RoiHeadsConfig {
  /** bins along each side of what RoIAlign cuts out */
  readonly outputSize: number;
  readonly samplingRatio: number;
  /** left out, or the factor of the larger box that is cut out, too */
  readonly context?: number | undefined;
}

/** Channels of what the fully connected layers see, of a fused map with so many. */
export function cropChannels(channels: number, { context }: RoiHeadsConfig): number {
  return context === undefined ? channels : 2 * channels;
}

/** Every box and class that scores high enough: what NMS chooses from. Rows of one list. */
export interface ClassCandidates {
  /** `[count * 4]`, working pixels */
  readonly boxes: Boxes;
  /** NaN where clipping left less than a pixel: such a box shows nothing */
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  /** rows of the proposals */
  readonly proposals: readonly number[];
}

export interface DetectionOptions {
  /** class scores below are not reported */
  readonly scoreThreshold: number;
  /** boxes of one class that overlap more are one object */
  readonly nmsThreshold: number;
  readonly detectionsPerImage: number;
}

export const DEFAULT_DETECTION_OPTIONS: DetectionOptions = {
  scoreThreshold: 0.05,
  nmsThreshold: 0.5,
  detectionsPerImage: 100,
};

/** Logits `[count, classes + 1]` and deltas `[count, (classes + 1) * 4]`. */
export interface RoiOutput {
  readonly logits: tf.Tensor2D;
  readonly deltas: tf.Tensor2D;
}

/** A detection before it has a name: box in working pixels, class index without background. */
export interface ScoredBox {
  readonly box: Box;
  readonly score: number;
  readonly label: number;
  readonly proposal: number;
}

/** More boxes than this go through RoIAlign in turns, to keep the gathered rows under 64 MB. */
const BOXES_PER_TURN = 256;

/** Pixels per cell of the fused map: conv4_3's. */
export const FUSED_STRIDE = TAP_STRIDES.conv4_3;

/** conv4_3 and conv5_3 on one grid, `[1, rows, columns, channels]`. Weights: roi_lateral4, roi_lateral5. */
export function fuseFeatures(features: TapFeatures, weights: WeightMap): tf.Tensor4D {
  const { conv4_3, conv5_3 } = features;
  if (!conv4_3 || !conv5_3)
    throw new Error('The RoI heads need the features of conv4_3 and conv5_3.');
  return tf.tidy((): tf.Tensor4D => {
    const lateral = (x: tf.Tensor4D, name: string) =>
      tf.add(
        tf.conv2d(x, requireWeight(weights, `${name}/kernel`) as tf.Tensor4D, 1, 'same'),
        requireWeight(weights, `${name}/bias`),
      ) as tf.Tensor4D;
    const coarse = lateral(conv5_3, 'roi_lateral5');
    const fine = lateral(conv4_3, 'roi_lateral4');
    const [, rows, columns] = fine.shape;
    return tf.relu(
      tf.add(fine, tf.image.resizeNearestNeighbor(coarse, [rows, columns])),
    ) as tf.Tensor4D;
  });
}

/** Class logits and deltas of boxes. Weights: fc6, fc7, cls_score, bbox_pred. */
export function roiHead(
  fused: tf.Tensor4D,
  boxes: Boxes,
  weights: WeightMap,
  config: RoiHeadsConfig,
): RoiOutput {
  const dense = (x: tf.Tensor2D, name: string) =>
    tf.add(
      tf.matMul(x, requireWeight(weights, `${name}/kernel`) as tf.Tensor2D),
      requireWeight(weights, `${name}/bias`),
    ) as tf.Tensor2D;
  const [logits, deltas] = tf.tidy(() => {
    const { context } = config;
    const align = (some: Boxes) => roiAlign(fused, some, { ...config, stride: FUSED_STRIDE });
    const crops = align(boxes);
    const seen =
      context === undefined ? crops : tf.concat([crops, align(enlargeBoxes(boxes, context))], 3);
    const flat = tf.reshape(seen, [boxes.length / 4, -1]) as tf.Tensor2D;
    const hidden = tf.relu(dense(tf.relu(dense(flat, 'fc6')) as tf.Tensor2D, 'fc7')) as tf.Tensor2D;
    return [dense(hidden, 'cls_score'), dense(hidden, 'bbox_pred')];
  }) as [tf.Tensor2D, tf.Tensor2D];
  return { logits, deltas };
}

export class RoiHeads {
  /** @param shown for each class, whether it is reported */
  constructor(
    readonly weights: WeightMap,
    readonly config: RoiHeadsConfig,
    readonly shown: readonly boolean[],
  ) {}

  /** Numbers that `score` gives for each proposal. */
  get rowLength(): number {
    return 5 * (this.shown.length + 1);
  }

  /** `score`, then `select`: the detections among proposals; one readback, none without proposals. */
  async detect(
    fused: tf.Tensor4D,
    proposals: Boxes,
    size: { readonly width: number; readonly height: number },
    options: DetectionOptions = DEFAULT_DETECTION_OPTIONS,
  ): Promise<ScoredBox[]> {
    return this.select(await this.score(fused, proposals), proposals, size, options);
  }

  /**
   * What the network says of each proposal, one row each of `rowLength` numbers: a score for
   * background and every class, then four deltas for each. A row depends on its own proposal alone,
   * so that the first rows are those of fewer proposals. One readback, none without proposals.
   *
   * @param fused what `fuseFeatures` makes of one picture's features
   * @param proposals `[count * 4]` in working pixels
   */
  async score(fused: tf.Tensor4D, proposals: Boxes): Promise<Float32Array> {
    const [values] = await readTogether([this.submit(fused, proposals)]);
    return values as Float32Array;
  }

  /** `score` without the readback: its values on the device, the caller's; null without proposals. */
  submit(fused: tf.Tensor4D, proposals: Boxes): tf.Tensor2D | null {
    const count = proposals.length / 4;
    if (count === 0) return null;
    return tf.tidy(() => {
      const turns: tf.Tensor2D[] = [];
      for (let at = 0; at < count; at += BOXES_PER_TURN) {
        const some = proposals.subarray(4 * at, 4 * Math.min(at + BOXES_PER_TURN, count));
        const { logits, deltas } = roiHead(fused, some, this.weights, this.config);
        turns.push(tf.concat([tf.softmax(logits), deltas], 1) as tf.Tensor2D);
      }
      return turns.length === 1 ? (turns[0] as tf.Tensor2D) : tf.concat(turns, 0);
    });
  }

  /**
   * The detections among proposals, by falling score (torchvision's `postprocess_detections`), on
   * plain arrays: decode, drop low scores, suppress what overlaps within each class.
   *
   * @param values what `score` gave for these proposals
   * @param proposals `[count * 4]` in working pixels
   * @param size of the working picture, without its padding
   */
  select(
    values: Float32Array,
    proposals: Boxes,
    size: { readonly width: number; readonly height: number },
    options: DetectionOptions = DEFAULT_DETECTION_OPTIONS,
  ): ScoredBox[] {
    const found = this.candidates(values, proposals, size, options);
    const kept = nms(found.boxes, found.scores, {
      iouThreshold: options.nmsThreshold,
      limit: options.detectionsPerImage,
      groups: found.labels,
    });
    return Array.from(kept)
      .filter((index) => !Number.isNaN(found.scores[index]))
      .map((index) => ({
        box: boxAt(found.boxes, index),
        score: found.scores[index] as number,
        label: found.labels[index] as number,
        proposal: found.proposals[index] as number,
      }));
  }

  /** `select` up to its NMS. */
  candidates(
    values: Float32Array,
    proposals: Boxes,
    size: { readonly width: number; readonly height: number },
    options: Pick<DetectionOptions, 'scoreThreshold'>,
  ): ClassCandidates {
    const classes = this.shown.length;
    const { rowLength } = this;
    const scores: number[] = [];
    const labels: number[] = [];
    const sources: number[] = [];
    const deltas: number[] = [];
    for (let row = 0; row < proposals.length / 4; row++) {
      const at = row * rowLength;
      for (let label = 0; label < classes; label++) {
        const score = values[at + 1 + label] as number;
        if (!this.shown[label] || !(score >= options.scoreThreshold)) continue;
        scores.push(score);
        labels.push(label);
        sources.push(row);
        const deltasAt = at + classes + 1 + 4 * (label + 1);
        for (let k = 0; k < 4; k++) deltas.push(values[deltasAt + k] as number);
      }
    }
    const references = takeRows(proposals, sources);
    const boxes = ROI_BOX_CODER.decode(Float32Array.from(deltas), references, size);
    // A box that clipping left without a pixel shows nothing: it must not take an object's place.
    const visible = scores.map((score, index) =>
      shortSide(boxes, index) >= 1 ? score : Number.NaN,
    );
    return { boxes, scores: visible, labels, proposals: sources };
  }
}
