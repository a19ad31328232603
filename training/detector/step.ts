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
import { type MatcherOptions, matchBoxes, RPN_MATCHER } from '../../src/core/detection/matcher.ts';
import { fuseFeatures, roiHead } from '../../src/core/detection/roiHeads.ts';
import { filterProposals, RPN_BOX_CODER, rpnHead } from '../../src/core/detection/rpn.ts';
import {
  EVERY_BOX,
  RPN_SAMPLER,
  type Sample,
  sampleMatches,
} from '../../src/core/detection/sampler.ts';
import { type TapFeatures, Vgg16 } from '../../src/core/detection/vgg16.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto } from './dataset.ts';
import { focalLossSum, objectnessLoss, smoothL1 } from './losses.ts';
import { hardestRois, roiLoss, sampleRois } from './rois.ts';
import { type Truth, truthInView, type View, viewSize } from './viewGeometry.ts';
import type { ScaleName, TrainingWeights } from './weights.ts';

/** Proposals that training samples from: fewer before NMS than at inference saves time. */
const TRAINING_PROPOSALS = { preNmsTopN: 2000, postNmsTopN: 1000, nmsThreshold: 0.7, minSize: 2 };
/** Focal loss (Lin et al. 2017) sees every anchor, with RetinaNet's thresholds. */
const FOCAL_MATCHER: MatcherOptions = { high: 0.5, low: 0.4, allowLowQualityMatches: true };

export interface Losses {
  readonly objectness: number;
  readonly anchorDeltas: number;
  readonly classes: number;
  readonly boxDeltas: number;
}

export const NO_LOSSES: Losses = { objectness: 0, anchorDeltas: 0, classes: 0, boxDeltas: 0 };

export interface StepResult {
  readonly losses: Losses;
  /** by variable name, the caller's to dispose */
  readonly gradients: Record<string, tf.Tensor>;
}

/** The features a head reads, scaled to unit size per channel. */
export function scaled(weights: TrainingWeights, x: tf.Tensor4D, name: ScaleName): tf.Tensor4D {
  return tf.mul(x, weights.all.get(name) as tf.Tensor) as tf.Tensor4D;
}

/** conv5_3 from cached conv4_3. */
export function conv5(weights: TrainingWeights, conv4: tf.Tensor4D): tf.Tensor4D {
  const trunk = new Vgg16(weights.trunk());
  return trunk.forward(conv4, { from: 'conv4_3', taps: ['conv5_3'] }).conv5_3 as tf.Tensor4D;
}

/** conv5_3 before its ReLU, which is what batch-norm describes. */
export function conv5BeforeRelu(weights: TrainingWeights, conv4: tf.Tensor4D): tf.Tensor4D {
  // relu(z) - relu(-z) is z: the trunk's own code serves, with conv5_3 turned round.
  const turned = new Map(weights.trunk());
  for (const part of ['kernel', 'bias']) {
    const name = `conv5_3/${part}`;
    turned.set(name, tf.neg(turned.get(name) as tf.Tensor));
  }
  const options = { from: 'conv4_3', taps: ['conv5_3'] } as const;
  const negative = new Vgg16(turned).forward(conv4, options).conv5_3 as tf.Tensor4D;
  return tf.sub(conv5(weights, conv4), negative);
}

/** The trunk's features, scaled for the RoI heads. */
export function roiFeatures(
  weights: TrainingWeights,
  conv4: tf.Tensor4D,
  conv5_3: tf.Tensor4D,
): TapFeatures {
  return {
    conv4_3: scaled(weights, conv4, 'conv4_3_scale'),
    conv5_3: scaled(weights, conv5_3, 'conv5_3_scale'),
  };
}

/**
 * Runs one step; the weights stay as they are until the optimizer applies the gradients.
 *
 * @param features of the view, from the cache: with the tap that the RPN slides over. Where they
 * hold conv5_3, it is taken as it is; otherwise conv5 runs on conv4_3.
 */
export async function trainingStep(
  config: TrainingConfig,
  weights: TrainingWeights,
  anchorGenerator: AnchorGenerator,
  photo: TrainingPhoto,
  view: View,
  features: TapFeatures,
  random: () => number,
): Promise<StepResult> {
  const truth = truthInView(photo, view);
  const size = viewSize(photo, view);
  const { tap } = config.detector.rpn;
  const conv4 = features.conv4_3 as tf.Tensor4D;
  const hard = config.roiSampling === 'hard';
  const needsConv5 = tap === 'conv5_3' || tap === 'fused';
  // A frozen conv5 says the same in both passes; one that learns must run within the tape.
  const computed =
    !features.conv5_3 && (needsConv5 || hard || !config.trainConv5)
      ? tf.tidy(() => conv5(weights, conv4))
      : undefined;
  const frozen = features.conv5_3 ?? computed;
  /** What the RPN slides over, and conv4_3 and conv5_3 fused where conv5_3 is given. */
  const see = (conv5_3: tf.Tensor4D | undefined) => {
    const fused = conv5_3 && fuseFeatures(roiFeatures(weights, conv4, conv5_3), weights.all);
    if (tap === 'fused') return { fused, rpn: fused as tf.Tensor4D };
    const tapped = tap === 'conv5_3' ? conv5_3 : features[tap];
    return { fused, rpn: scaled(weights, tapped as tf.Tensor4D, 'rpn_scale') };
  };
  const answer = tf.tidy(() => {
    const { objectness, deltas } = rpnHead(see(needsConv5 ? frozen : undefined).rpn, weights.all);
    return tf.concat([objectness, tf.reshape(deltas, [-1])]);
  });
  const values = (await answer.data()) as Float32Array;
  answer.dispose();
  const map = tap === 'conv5_3' ? frozen : features[tap === 'fused' ? 'conv4_3' : tap];
  const [, rows, columns] = (map as tf.Tensor4D).shape;
  const anchors = anchorGenerator.generate(rows, columns);
  const count = anchors.length / 4;
  const { matches: anchorMatches, sample: anchorSample } = sampleAnchors(
    config,
    anchors,
    truth,
    random,
  );
  const proposals = filterProposals(
    values.subarray(0, count),
    values.subarray(count),
    anchors,
    size,
    TRAINING_PROPOSALS,
  );
  const { positivesOverAll } = config;
  const { labelled } = photo;
  const heads = (fused: tf.Tensor4D, boxes: Boxes) =>
    roiHead(fused, boxes, weights.all, config.detector.roiHeads);
  const rois = hard
    ? await hardestRois(
        config,
        proposals.boxes,
        truth,
        (boxes) => heads(see(frozen).fused as tf.Tensor4D, boxes),
        { labelled, positivesOverAll },
      )
    : sampleRois(config, proposals.boxes, truth, random);
  const hasAnchors = anchorSample.positives.length + anchorSample.negatives.length > 0;
  const hasRois = rois.classes.length > 0;
  // A photo that is one crowd from edge to edge says nothing.
  if (!hasAnchors && !hasRois) {
    computed?.dispose();
    return { losses: NO_LOSSES, gradients: {} };
  }

  const parts: tf.Scalar[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const { fused, rpn } = see(config.trainConv5 ? conv5(weights, conv4) : frozen);
    const head = rpnHead(rpn, weights.all);
    const none = () => [tf.scalar(0), tf.scalar(0)];
    const rpnLosses = hasAnchors
      ? rpnLoss(head, anchors, anchorMatches, anchorSample, truth, config.rpnLoss)
      : none();
    const roiLosses = hasRois
      ? roiLoss(heads(fused as tf.Tensor4D, rois.boxes), rois, { labelled, positivesOverAll })
      : none();
    for (const loss of [...rpnLosses, ...roiLosses]) parts.push(tf.keep(tf.clone(loss)));
    return tf.addN([...rpnLosses, ...roiLosses]) as tf.Scalar;
  }, weights.learning());
  tf.dispose(computed ? [value, computed] : value);
  const stacked = tf.tidy(() => tf.stack(parts));
  const [objectness = 0, anchorDeltas = 0, classes = 0, boxDeltas = 0] = await stacked.data();
  tf.dispose([stacked, ...parts]);
  return { losses: { objectness, anchorDeltas, classes, boxDeltas }, gradients: grads };
}

/** The object of each anchor, and which anchors enter the loss. */
export function sampleAnchors(
  { rpnLoss: kind, rpnPositiveIou = RPN_MATCHER.high }: TrainingConfig,
  anchors: Boxes,
  truth: Truth,
  random: () => number,
): { matches: Int32Array; sample: Sample } {
  const focal = kind === 'focal';
  const matcher = focal ? FOCAL_MATCHER : { ...RPN_MATCHER, high: rpnPositiveIou };
  const matches = matchBoxes(anchors, truth.boxes, truth.ignored, matcher);
  return { matches, sample: sampleMatches(matches, focal ? EVERY_BOX : RPN_SAMPLER, random) };
}

/** The losses of the sampled anchors: objectness and deltas. */
export function rpnLoss(
  head: { objectness: tf.Tensor1D; deltas: tf.Tensor2D },
  anchors: Boxes,
  matches: Int32Array,
  { positives, negatives }: Sample,
  truth: Truth,
  kind: TrainingConfig['rpnLoss'],
): [tf.Scalar, tf.Scalar] {
  const sampled = positives.length + negatives.length;
  const labels = new Float32Array(sampled).fill(1, 0, positives.length);
  const indices = new Int32Array(sampled);
  indices.set(positives);
  indices.set(negatives, positives.length);
  const logits = tf.gather(head.objectness, indices);
  // Focal loss counts per object's anchor, as RetinaNet does: the easy background weighs nothing.
  const share = kind === 'focal' ? Math.max(1, positives.length) : sampled;
  const objectness =
    kind === 'focal'
      ? tf.div<tf.Scalar>(focalLossSum(logits, tf.tensor1d(labels)), share)
      : objectnessLoss(logits, tf.tensor1d(labels));
  if (positives.length === 0) return [objectness, tf.scalar(0)];
  const matched = takeRows(
    truth.boxes,
    positives.map((index) => matches[index] as number),
  );
  const targets = RPN_BOX_CODER.encode(matched, takeRows(anchors, positives));
  const deltas = tf.sum(
    smoothL1(tf.gather(head.deltas, positives), tf.tensor2d(targets, [positives.length, 4])),
  );
  return [objectness, tf.div(deltas, share)];
}
