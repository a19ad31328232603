/**
 * RoIAlign (He et al. 2017): the features under a box, resampled to a fixed grid.
 *
 * Each bin of the grid is the mean of `samplingRatio` x `samplingRatio` bilinear samples, and a
 * bilinear sample is four cells with four weights. So the whole operation is one gather of rows
 * and one weighted sum, written here with ops that have gradients on every backend; which cells
 * and which weights follows from the boxes alone and is computed on plain arrays. As
 * torchvision's `roi_align` with `aligned=True`. A backend that has a kernel for the whole does that
 * in one.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Boxes } from '../boxes/box.ts';
import { runOnBackend } from '../kernels/backendKernel.ts';

export interface RoiAlignOptions {
  /** bins along each side: 7 in Faster R-CNN */
  readonly outputSize: number;
  /** samples along each side of a bin */
  readonly samplingRatio: number;
  /** pixels per cell of the feature map */
  readonly stride: number;
}

/** The gather and the weights that `roiAlign` performs: `cornersPerBin` rows for every bin. */
export interface RoiSamples {
  /** rows of the flattened map, `[count * outputSize ^ 2 * cornersPerBin]` */
  readonly indices: Int32Array;
  readonly weights: Float32Array;
  readonly cornersPerBin: number;
}

/**
 * The two cells and weights of one coordinate. Samples more than a cell outside of the map count
 * as 0, others are moved onto it.
 */
function interpolate(position: number, limit: number): [low: number, high: number, share: number] {
  if (position < -1 || position > limit) return [0, 0, Number.NaN];
  const inside = Math.max(position, 0);
  const low = Math.min(Math.floor(inside), limit - 1);
  return low === limit - 1 ? [low, low, 0] : [low, low + 1, inside - low];
}

/**
 * Which cells make up every bin.
 *
 * @param boxes `[count * 4]` in pixels of the working picture
 * @param rows height of the feature map in cells
 * @param columns width of the feature map in cells
 */
export function roiSamples(
  boxes: Boxes,
  rows: number,
  columns: number,
  { outputSize, samplingRatio, stride }: RoiAlignOptions,
): RoiSamples {
  const count = boxes.length / 4;
  const cornersPerBin = samplingRatio * samplingRatio * 4;
  const size = count * outputSize * outputSize * cornersPerBin;
  const indices = new Int32Array(size);
  const weights = new Float32Array(size);
  const share = 1 / (samplingRatio * samplingRatio);
  const samplesPerSide = outputSize * samplingRatio;
  const xs: ReturnType<typeof interpolate>[] = new Array(samplesPerSide);
  const ys: ReturnType<typeof interpolate>[] = new Array(samplesPerSide);
  let at = 0;
  for (let i = 0; i < boxes.length; i += 4) {
    // Half a cell less: the value of a cell belongs to its middle, not to its corner.
    const left = (boxes[i] as number) / stride - 0.5;
    const top = (boxes[i + 1] as number) / stride - 0.5;
    const stepX = ((boxes[i + 2] as number) / stride - 0.5 - left) / samplesPerSide;
    const stepY = ((boxes[i + 3] as number) / stride - 0.5 - top) / samplesPerSide;
    for (let k = 0; k < samplesPerSide; k++) {
      xs[k] = interpolate(left + (k + 0.5) * stepX, columns);
      ys[k] = interpolate(top + (k + 0.5) * stepY, rows);
    }
    for (let bin = 0; bin < outputSize * outputSize; bin++) {
      const binY = Math.floor(bin / outputSize) * samplingRatio;
      const binX = (bin % outputSize) * samplingRatio;
      for (let sample = 0; sample < samplingRatio * samplingRatio; sample++) {
        const [y1, y2, fy] = ys[binY + Math.floor(sample / samplingRatio)] as [
          number,
          number,
          number,
        ];
        const [x1, x2, fx] = xs[binX + (sample % samplingRatio)] as [number, number, number];
        const outside = Number.isNaN(fx) || Number.isNaN(fy);
        indices[at] = y1 * columns + x1;
        weights[at++] = outside ? 0 : share * (1 - fy) * (1 - fx);
        indices[at] = y1 * columns + x2;
        weights[at++] = outside ? 0 : share * (1 - fy) * fx;
        indices[at] = y2 * columns + x1;
        weights[at++] = outside ? 0 : share * fy * (1 - fx);
        indices[at] = y2 * columns + x2;
        weights[at++] = outside ? 0 : share * fy * fx;
      }
    }
  }
  return { indices, weights, cornersPerBin };
}

/**
 * The features of each box.
 *
 * @param features `[1, rows, columns, channels]`
 * @param boxes `[count * 4]` in pixels of the working picture
 * @returns `[count, outputSize, outputSize, channels]`, with a gradient towards `features` where no kernel
 *   of ours is registered
 * @throws RangeError when there is no box: the caller decides what nothing means
 */
export function roiAlign(
  features: tf.Tensor4D,
  boxes: Boxes,
  options: RoiAlignOptions,
): tf.Tensor4D {
  const count = boxes.length / 4;
  if (count === 0) throw new RangeError('RoIAlign needs at least one box.');
  const { outputSize, samplingRatio, stride } = options;
  const inputs = () => ({ features, boxes: tf.tensor2d(boxes, [count, 4]) });
  const attrs = { outputSize, samplingRatio, stride };
  const inOne = runOnBackend('LoupeRoiAlign', inputs, attrs);
  if (inOne) return inOne as tf.Tensor4D;
  const [, rows, columns, channels] = features.shape;
  const { indices, weights, cornersPerBin } = roiSamples(boxes, rows, columns, options);
  const bins = count * outputSize ** 2;
  return tf.tidy(() => {
    const cells = tf.gather(
      tf.reshape(features, [rows * columns, channels]),
      tf.tensor1d(indices, 'int32'),
    );
    const corners = tf.reshape(cells, [bins, cornersPerBin, channels]);
    const pooled = weightedSum(corners, () => tf.tensor3d(weights, [bins, cornersPerBin, 1]));
    return tf.reshape(pooled, [count, outputSize, outputSize, channels]);
  });
}

/**
 * The sum over each bin's corners, `[bins, channels]`. Its gradient is written out: that of tfjs's own
 * sum begins with as many ones as there are numbers, made on the host.
 */
function weightedSum(corners: tf.Tensor, shares: () => tf.Tensor): tf.Tensor {
  const sum = tf.customGrad((x) => ({
    value: tf.sum(tf.mul(x as tf.Tensor, shares()), 1),
    gradFunc: (dy: tf.Tensor) => tf.mul(tf.expandDims(dy, 1), shares()),
  }));
  return sum(corners);
}
