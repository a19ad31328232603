/**
 * One training step: approximate joint training of RPN and RoI heads on one photo (Ren et al.
 * 2015, section 3.2). First the RPN's proposals are read, and anchors and proposals are matched
 * and sampled on plain arrays; then one differentiable pass gives the four losses of the sampled
 * boxes and their gradients. Two passes cost a second run of the RPN's head, a tenth of the step,
 * and let every engine read asynchronously.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { type Boxes, takeRows } from '../../src/core/boxes/box.ts';
import { matchBoxes, ROI_MATCHER, RPN_MATCHER } from '../../src/core/detection/matcher.ts';
import { fuseFeatures, ROI_BOX_CODER, roiHead } from '../../src/core/detection/roiHeads.ts';
import { filterProposals, RPN_BOX_CODER, rpnHead } from '../../src/core/detection/rpn.ts';
import { RPN_SAMPLER, type Sample, sampleMatches } from '../../src/core/detection/sampler.ts';
import { type Tap, type TapFeatures, Vgg16 } from '../../src/core/detection/vgg16.ts';
import type { TrainingConfig } from './config.ts';
import type { Turn } from './dataset.ts';
import type { CachedFeatures } from './features.ts';
import { classLoss, objectnessLoss, smoothL1Sum } from './losses.ts';
import type { ScaleName, TrainingWeights } from './weights.ts';

/** Proposals that training samples from: fewer before NMS than at inference saves time. */
const TRAINING_PROPOSALS = { preNmsTopN: 2000, postNmsTopN: 1000, nmsThreshold: 0.7, minSize: 2 };
const ROI_POSITIVE_FRACTION = 0.25;

export interface Losses {
  readonly objectness: number;
  readonly anchorDeltas: number;
  readonly classes: number;
  readonly boxDeltas: number;
}

const NO_LOSSES: Losses = { objectness: 0, anchorDeltas: 0, classes: 0, boxDeltas: 0 };

export interface StepResult {
  readonly losses: Losses;
  /** by variable name, the caller's to dispose */
  readonly gradients: Record<string, tf.Tensor>;
}

/** Ground truth in working pixels. */
interface Truth {
  readonly boxes: Boxes;
  readonly ignored: Boxes;
  readonly labels: Int32Array;
}

/** Boxes of a photo in the pixels of its (perhaps mirrored) working picture. */
export function workingBoxes(
  boxes: Boxes,
  features: Omit<CachedFeatures, 'conv4'>,
  flip: boolean,
): Boxes {
  const result = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at += 4) {
    const x1 = (boxes[at] as number) * features.scaleX;
    const x2 = (boxes[at + 2] as number) * features.scaleX;
    result[at] = flip ? features.width - x2 : x1;
    result[at + 1] = (boxes[at + 1] as number) * features.scaleY;
    result[at + 2] = flip ? features.width - x1 : x2;
    result[at + 3] = (boxes[at + 3] as number) * features.scaleY;
  }
  return result;
}

/** The features a head reads, scaled to unit size per channel. */
function scaled(weights: TrainingWeights, x: tf.Tensor4D, name: ScaleName): tf.Tensor4D {
  return tf.mul(x, weights.all.get(name) as tf.Tensor) as tf.Tensor4D;
}

/** conv5_3 from cached conv4_3. */
function conv5(weights: TrainingWeights, conv4: tf.Tensor4D): tf.Tensor4D {
  const trunk = new Vgg16(weights.all);
  return trunk.forward(conv4, { from: 'conv4_3', taps: ['conv5_3'] }).conv5_3 as tf.Tensor4D;
}

/** What the RPN slides over. conv5 runs for it only where the RPN sits there. */
export function rpnFeatures(
  weights: TrainingWeights,
  conv4: tf.Tensor4D,
  tap: Tap,
  conv5_3?: tf.Tensor4D,
): tf.Tensor4D {
  const tapped = tap === 'conv5_3' ? (conv5_3 ?? conv5(weights, conv4)) : conv4;
  return scaled(weights, tapped, 'rpn_scale');
}

/** The trunk's features after conv4, scaled for the heads: those of the RPN and of the RoI heads. */
export function scaledFeatures(
  weights: TrainingWeights,
  conv4: tf.Tensor4D,
  tap: Tap,
): { rpn: tf.Tensor4D; roi: TapFeatures } {
  const conv5_3 = conv5(weights, conv4);
  return {
    rpn: rpnFeatures(weights, conv4, tap, conv5_3),
    roi: {
      conv4_3: scaled(weights, conv4, 'conv4_3_scale'),
      conv5_3: scaled(weights, conv5_3, 'conv5_3_scale'),
    },
  };
}

/** Runs one step; the weights stay as they are until the optimizer applies the gradients. */
export async function trainingStep(
  config: TrainingConfig,
  weights: TrainingWeights,
  anchorGenerator: AnchorGenerator,
  turn: Turn,
  features: CachedFeatures,
  random: () => number,
): Promise<StepResult> {
  const truth: Truth = {
    boxes: workingBoxes(turn.photo.boxes, features, turn.flip),
    ignored: workingBoxes(turn.photo.ignored, features, turn.flip),
    labels: turn.photo.labels,
  };
  const { tap } = config.detector.rpn;
  const answer = tf.tidy(() => {
    const { objectness, deltas } = rpnHead(rpnFeatures(weights, features.conv4, tap), weights.all);
    return tf.concat([objectness, tf.reshape(deltas, [-1])]);
  });
  const values = (await answer.data()) as Float32Array;
  answer.dispose();
  const [, rows = 0, columns = 0] = features.conv4.shape;
  const anchors = anchorGenerator.generate(
    ...(tap === 'conv5_3' ? ([rows >> 1, columns >> 1] as const) : ([rows, columns] as const)),
  );
  const count = anchors.length / 4;
  const anchorMatches = matchBoxes(anchors, truth.boxes, truth.ignored, RPN_MATCHER);
  const anchorSample = sampleMatches(anchorMatches, RPN_SAMPLER, random);
  const proposals = filterProposals(
    values.subarray(0, count),
    values.subarray(count),
    anchors,
    features,
    TRAINING_PROPOSALS,
  );
  const rois = sampleRois(config, proposals.boxes, truth, random);
  const hasAnchors = anchorSample.positives.length + anchorSample.negatives.length > 0;
  const hasRois = rois.classes.length > 0;
  // A photo that is one crowd from edge to edge says nothing.
  if (!hasAnchors && !hasRois) return { losses: NO_LOSSES, gradients: {} };

  const parts: tf.Scalar[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const { rpn, roi } = scaledFeatures(weights, features.conv4, tap);
    const head = rpnHead(rpn, weights.all);
    const none = () => [tf.scalar(0), tf.scalar(0)];
    const rpnLosses = hasAnchors
      ? rpnLoss(head, anchors, anchorMatches, anchorSample, truth)
      : none();
    const classify = () => {
      const fused = fuseFeatures(roi, weights.all);
      return roiHead(fused, rois.boxes, weights.all, config.detector.roiHeads);
    };
    const roiLosses = hasRois
      ? roiLoss(classify(), rois, turn.photo.labelled, config.positivesOverAll)
      : none();
    for (const loss of [...rpnLosses, ...roiLosses]) parts.push(tf.keep(tf.clone(loss)));
    return tf.addN([...rpnLosses, ...roiLosses]) as tf.Scalar;
  }, [...weights.trained.values()]);
  value.dispose();
  const stacked = tf.tidy(() => tf.stack(parts));
  const [objectness = 0, anchorDeltas = 0, classes = 0, boxDeltas = 0] = await stacked.data();
  tf.dispose([stacked, ...parts]);
  return { losses: { objectness, anchorDeltas, classes, boxDeltas }, gradients: grads };
}

function rpnLoss(
  head: { objectness: tf.Tensor1D; deltas: tf.Tensor2D },
  anchors: Boxes,
  matches: Int32Array,
  { positives, negatives }: Sample,
  truth: Truth,
): [tf.Scalar, tf.Scalar] {
  const sampled = positives.length + negatives.length;
  const labels = new Float32Array(sampled).fill(1, 0, positives.length);
  const logits = tf.gather(head.objectness, Int32Array.from([...positives, ...negatives]));
  const objectness = objectnessLoss(logits, tf.tensor1d(labels));
  if (positives.length === 0) return [objectness, tf.scalar(0)];
  const matched = takeRows(
    truth.boxes,
    positives.map((index) => matches[index] as number),
  );
  const targets = RPN_BOX_CODER.encode(matched, takeRows(anchors, positives));
  const deltas = smoothL1Sum(
    tf.gather(head.deltas, positives),
    tf.tensor2d(targets, [positives.length, 4]),
  );
  return [objectness, tf.div(deltas, sampled)];
}

/** The proposals that enter the loss, positives first, with their classes and deltas. */
interface SampledRois {
  readonly boxes: Boxes;
  /** 0 is background */
  readonly classes: Int32Array;
  readonly deltas: Float32Array;
  readonly positives: number;
}

function sampleRois(
  config: TrainingConfig,
  proposals: Boxes,
  truth: Truth,
  random: () => number,
): SampledRois {
  // The objects themselves join the proposals: early on, no proposal is good enough to learn from.
  const candidates = new Float32Array(proposals.length + truth.boxes.length);
  candidates.set(truth.boxes);
  candidates.set(proposals, truth.boxes.length);
  const matches = matchBoxes(candidates, truth.boxes, truth.ignored, ROI_MATCHER);
  const sampler = { batchSize: config.roisPerPicture, positiveFraction: ROI_POSITIVE_FRACTION };
  const { positives, negatives } = sampleMatches(matches, sampler, random);
  const objects = positives.map((index) => matches[index] as number);
  const classes = new Int32Array(positives.length + negatives.length);
  objects.forEach((object, row) => {
    classes[row] = (truth.labels[object] as number) + 1;
  });
  return {
    boxes: takeRows(candidates, Int32Array.from([...positives, ...negatives])),
    classes,
    deltas: ROI_BOX_CODER.encode(takeRows(truth.boxes, objects), takeRows(candidates, positives)),
    positives: positives.length,
  };
}

function roiLoss(
  output: { logits: tf.Tensor2D; deltas: tf.Tensor2D },
  rois: SampledRois,
  labelled: Float32Array,
  positivesOverAll: boolean,
): [tf.Scalar, tf.Scalar] {
  const classes = classLoss(output.logits, rois.classes, labelled, positivesOverAll);
  if (rois.positives === 0) return [classes, tf.scalar(0)];
  const perClass = output.logits.shape[1];
  // Row r's deltas of its own class: rows of [count * (classes + 1), 4].
  const rows = rois.classes.slice(0, rois.positives).map((label, row) => row * perClass + label);
  const predicted = tf.gather(tf.reshape(output.deltas, [-1, 4]), rows);
  const deltas = smoothL1Sum(predicted, tf.tensor2d(rois.deltas, [rois.positives, 4]));
  return [classes, tf.div(deltas, rois.classes.length)];
}
