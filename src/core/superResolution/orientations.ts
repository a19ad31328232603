/**
 * RED-Net in eight orientations (Mao, Shen and Yang, NIPS 2016, on testing): what blurs a picture knows
 * no up or left, so the picture can be turned and mirrored, restored each way and turned back. The mean
 * of the eight is smoother and nearer the truth than any one, at eight times the work. The authors turn
 * the kernels (by our memory of the paper); turning the picture is the same.
 */
import * as tf from '@tensorflow/tfjs-core';

/** As the picture lies, or all that a square can be turned and mirrored to. */
export const ORIENTATIONS = [1, 8] as const;
export type Orientations = (typeof ORIENTATIONS)[number];

/**
 * The mean of what a network makes of pictures in that many orientations, one after another: memory
 * does not grow.
 *
 * @param x `[batch, height, width, channels]`, of any height and width
 * @param network makes a tensor of the same height and width; what it returns is disposed here
 * @returns what the network returns, averaged; the caller's to dispose
 */
export function meanOverOrientations(
  x: tf.Tensor4D,
  orientations: Orientations,
  network: (x: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  if (orientations === 1) return network(x);
  return tf.tidy(() => {
    let sum = network(x);
    for (let turn = 1; turn < orientations; turn++) {
      const before = sum;
      sum = tf.tidy(() => tf.add(before, turnedBack(network(turned(x, turn)), turn)));
      before.dispose();
    }
    return tf.div(sum, orientations);
  });
}

/**
 * Pictures turned or mirrored.
 *
 * @param x `[batch, height, width, channels]`; it is used inside a tidy
 * @param turn 0..7: bit 0 mirrors left and right, bit 1 top and bottom, bit 2 across the diagonal after
 * that, which swaps height and width
 */
function turned(x: tf.Tensor4D, turn: number): tf.Tensor4D {
  return acrossDiagonal(mirrored(x, turn), turn);
}

function turnedBack(x: tf.Tensor4D, turn: number): tf.Tensor4D {
  return mirrored(acrossDiagonal(x, turn), turn);
}

function mirrored(x: tf.Tensor4D, turn: number): tf.Tensor4D {
  const axes = [...(turn & 1 ? [2] : []), ...(turn & 2 ? [1] : [])];
  return axes.length > 0 ? tf.reverse(x, axes) : x;
}

function acrossDiagonal(x: tf.Tensor4D, turn: number): tf.Tensor4D {
  return turn & 4 ? tf.transpose(x, [0, 2, 1, 3]) : x;
}
