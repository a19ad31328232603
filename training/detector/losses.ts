/**
 * Faster R-CNN's four losses (Ren et al. 2015, eq. 1; Girshick 2015, eq. 1), as torchvision
 * weighs them: objectness and anchor deltas for the RPN, classes and box deltas for the RoI heads.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Where smooth L1 turns from a parabola into a line. */
const BETA = 1 / 9;

/** Smooth L1 of each pair: 0.5 d^2 / beta below beta, d - 0.5 beta above. */
export function smoothL1(predictions: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const difference = tf.abs(tf.sub(predictions, targets));
    const quadratic = tf.minimum(difference, BETA);
    const linear = tf.sub(difference, quadratic);
    return tf.add(tf.div(tf.mul(0.5, tf.square(quadratic)), BETA), linear);
  });
}

/** Binary cross entropy of each logit against 0 or 1: `[count]`. */
function binaryCrossEntropy(logits: tf.Tensor1D, targets: tf.Tensor1D): tf.Tensor {
  // max(x, 0) - x * z + log(1 + exp(-|x|)) stays finite for any logit.
  return tf.add(
    tf.sub(tf.relu(logits), tf.mul(logits, targets)),
    tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
  );
}

/** Mean binary cross entropy of logits against 0 or 1. */
export function objectnessLoss(logits: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => tf.mean(binaryCrossEntropy(logits, targets)) as tf.Scalar);
}

/** Share of positives in focal loss. */
const ALPHA = 0.25;

/**
 * Focal loss (Lin et al. 2017, eq. 5), summed: binary cross entropy of each anchor, weighed by how
 * wrong it still is, so that a hundred thousand easy background anchors do not drown the objects.
 */
export function focalLossSum(logits: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const entropy = binaryCrossEntropy(logits, targets);
    // p of what the anchor is not: 1 - p for an object, p for background.
    const wrong = tf.abs(tf.sub(targets, tf.sigmoid(logits)));
    const weight = tf.add(tf.mul(targets, 2 * ALPHA - 1), 1 - ALPHA);
    // Gamma, how strongly what is already right is forgotten, is 2.
    return tf.sum(tf.mul(tf.mul(weight, tf.square(wrong)), entropy)) as tf.Scalar;
  });
}

/**
 * Cross entropy of each RoI over background and the classes that the photo's set labels: what a set
 * does not label takes no part in the softmax of its background, for it may well be there, unlabelled.
 * What an object is, however, is known: a cup is no handle, whether or not its set labels handles.
 * With `positivesOverAll` an object's softmax therefore runs over all classes.
 *
 * @param logits `[count, classes + 1]`
 * @param targets `[count]`, 0 is background
 * @param labelled `[classes + 1]`, 1 where labelled
 * @returns `[count]`
 */
export function classLosses(
  logits: tf.Tensor2D,
  targets: Int32Array,
  labelled: Float32Array,
  positivesOverAll: boolean,
): tf.Tensor1D {
  const [count, columns] = logits.shape;
  const unknown = new Float32Array(count * columns);
  for (let row = 0; row < count; row++) {
    if (positivesOverAll && targets[row] !== 0) continue;
    for (let column = 0; column < columns; column++) {
      if (!labelled[column]) unknown[row * columns + column] = -1e9;
    }
  }
  return tf.tidy(() => {
    const masked = tf.add(logits, tf.tensor2d(unknown, [count, columns])) as tf.Tensor2D;
    const chosen = tf.oneHot(tf.tensor1d(targets, 'int32'), columns);
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.logSoftmax(masked), chosen), 1));
  });
}
