/**
 * The gradient of a convolution to its input, put in terms of a convolution forward: engines whose own
 * kernel for it is slow have a fast one for that. Of stride 1, padded "same" or "valid", as all that are
 * trained here.
 */
import * as tf from '@tensorflow/tfjs-core';

export type Kernel = Parameters<typeof tf.registerKernel>[0]['kernelFunc'];
export type KernelArguments = Parameters<Kernel>[0];

interface ConvolutionAttributes {
  readonly strides: number | readonly number[];
  readonly pad: 'same' | 'valid' | number | unknown[];
  readonly dataFormat?: string;
}

/** Padding in rows and columns of a convolution of stride 1. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * The padding of a forward convolution.
 * @param attributes of tfjs's kernels Conv2DBackpropFilter and Conv2DBackpropInput
 * @throws Error for convolutions whose gradient these kernels do not know
 */
export function paddingOf(
  attributes: unknown,
  [height = 1, width = 1]: readonly number[],
): Padding {
  const { strides, pad, dataFormat = 'NHWC' } = attributes as ConvolutionAttributes;
  const plain = [strides].flat().every((stride) => stride === 1) && dataFormat === 'NHWC';
  if (!plain || (pad !== 'same' && pad !== 'valid')) {
    throw new Error(
      'On this engine only convolutions of stride 1, padded "same" or "valid", can be trained; ' +
        `this one has strides ${strides}, padding ${JSON.stringify(pad)} and the format ${dataFormat}.`,
    );
  }
  const rows = pad === 'same' ? height - 1 : 0;
  const columns = pad === 'same' ? width - 1 : 0;
  const [top, left] = [rows >> 1, columns >> 1];
  return { top, bottom: rows - top, left, right: columns - left };
}

/** tfjs's kernel Conv2DBackpropInput: dy, padded to the full, under the filter turned by 180 degrees with its channels swapped. */
export function conv2dBackpropInput({ inputs, attrs }: KernelArguments): tf.TensorInfo {
  const { dy, filter } = inputs as unknown as Record<'dy' | 'filter', tf.Tensor4D>;
  const [height, width] = filter.shape;
  const { top, bottom, left, right } = paddingOf(attrs, filter.shape);
  return tf.tidy(() =>
    tf.conv2d(dy, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, [
      [0, 0],
      [height - 1 - top, height - 1 - bottom],
      [width - 1 - left, width - 1 - right],
      [0, 0],
    ]),
  );
}
