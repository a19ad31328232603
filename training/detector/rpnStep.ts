/**
 * A training step of the region proposal network alone, on a trunk that is frozen: what the paper
 * compares in its Table I are proposals, and with the RoI heads the same for every anchor set, what
 * differs is due to them. No proposals need to be read in between, so one pass is enough.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { fuseFeatures } from '../../src/core/detection/roiHeads.ts';
import { rpnHead } from '../../src/core/detection/rpn.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto } from './dataset.ts';
import type { Features } from './features.ts';
import { NO_LOSSES, roiFeatures, rpnLoss, type StepResult, sampleAnchors, scaled } from './step.ts';
import { truthInView, type View } from './viewGeometry.ts';
import type { TrainingWeights } from './weights.ts';

/**
 * Runs one step; the weights stay as they are until the optimizer applies the gradients.
 *
 * @param features of the view, from the cache: with the tap that the RPN slides over, and conv5_3
 * where that is needed
 */
export async function rpnStep(
  config: TrainingConfig,
  weights: TrainingWeights,
  anchorGenerator: AnchorGenerator,
  photo: TrainingPhoto,
  view: View,
  features: Features,
  random: () => number,
): Promise<StepResult> {
  const truth = truthInView(photo, view);
  const { tap } = config.detector.rpn;
  const { conv4_3, conv5_3 } = features;
  const map = features[tap === 'fused' ? 'conv4_3' : tap] as tf.Tensor4D;
  const [, rows, columns] = map.shape;
  const anchors = anchorGenerator.generate(rows, columns);
  const { matches, sample } = sampleAnchors(config, anchors, truth, random);
  if (sample.positives.length + sample.negatives.length === 0) {
    return { losses: NO_LOSSES, gradients: {} };
  }
  const parts: tf.Scalar[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const seen =
      tap === 'fused'
        ? fuseFeatures(roiFeatures(weights, conv4_3, conv5_3 as tf.Tensor4D), weights.all)
        : scaled(weights, map, 'rpn_scale');
    const head = rpnHead(seen, weights.all);
    const losses = rpnLoss(head, anchors, matches, sample, truth, config.rpnLoss);
    for (const loss of losses) parts.push(tf.keep(tf.clone(loss)));
    return tf.addN(losses) as tf.Scalar;
  }, weights.learning());
  value.dispose();
  const stacked = tf.tidy(() => tf.stack(parts));
  const [objectness = 0, anchorDeltas = 0] = await stacked.data();
  tf.dispose([stacked, ...parts]);
  return { losses: { ...NO_LOSSES, objectness, anchorDeltas }, gradients: grads };
}
