/**
 * The two parts of the classifier that training and the app share: what its heads see of a crop, and
 * what a head makes of it. One hidden layer on averaged features is enough: the trunk did the seeing,
 * and more would neither fit into the download nor be learned from a few thousand objects.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TapFeatures } from '../detection/vgg16.ts';
import { requireWeight, type WeightMap } from '../models/weights.ts';
import type { HeadConfig, HeadKind } from './config.ts';

/** The taps that a head sees. */
export function headTaps({ bins }: HeadConfig): ('conv4_3' | 'conv5_3')[] {
  return bins.conv4_3 > 0 ? ['conv4_3', 'conv5_3'] : ['conv5_3'];
}

/**
 * How many numbers a head sees of each crop.
 * @param channels of conv4_3 and of conv5_3: 512 in VGG16
 */
export function headInputs({ bins }: HeadConfig, channels: number): number {
  return channels * (bins.conv4_3 ** 2 + bins.conv5_3 ** 2);
}

/** The names of a head's two layers. */
export function headLayers(kind: HeadKind): { readonly hidden: string; readonly score: string } {
  return { hidden: `${kind}_fc`, score: `${kind}_cls_score` };
}

/**
 * Averages a crop's features over bins, conv4_3's before conv5_3's.
 *
 * @param features `[count, rows, columns, channels]` of each tap
 * @returns `[count, headInputs]`, the caller's to dispose
 */
export function poolFeatures(features: TapFeatures, head: HeadConfig): tf.Tensor2D {
  return tf.tidy(() => {
    const parts = headTaps(head).map((tap) => {
      const map = features[tap] as tf.Tensor4D;
      const size = map.shape[1] / head.bins[tap];
      const pooled = size === 1 ? map : tf.avgPool(map, size, size, 'valid');
      return tf.reshape(pooled, [map.shape[0], -1]) as tf.Tensor2D;
    });
    return tf.concat(parts, 1);
  });
}

/**
 * Logits of the background and of each class.
 *
 * @param pooled `[count, headInputs]`
 * @param kept `[count, hidden]`: what the hidden units are multiplied by, for dropout in training
 * @returns `[count, classes + 1]`, the caller's to dispose
 */
export function classifierHead(
  pooled: tf.Tensor2D,
  weights: WeightMap,
  kind: HeadKind,
  kept?: tf.Tensor2D,
): tf.Tensor2D {
  const { hidden, score } = headLayers(kind);
  return tf.tidy(() => {
    const seen = tf.relu(dense(pooled, hidden, weights)) as tf.Tensor2D;
    return dense(kept ? tf.mul(seen, kept) : seen, score, weights);
  });
}

function dense(x: tf.Tensor2D, layer: string, weights: WeightMap): tf.Tensor2D {
  return tf.add(
    tf.matMul(x, requireWeight(weights, `${layer}/kernel`) as tf.Tensor2D),
    requireWeight(weights, `${layer}/bias`),
  );
}
