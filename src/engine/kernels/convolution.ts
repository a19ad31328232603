/**
 * The convolutions that our kernels take over: 3 x 3, stride 1, undilated, NHWC, float32, to a number of
 * channels divisible by four, with or without a bias and ReLU. All others are left to tfjs.
 */
import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** tfjs's kernels that ours stand in front of. */
export const CONVOLUTIONS = ['FusedConv2D', 'Conv2D'] as const;

type Shape4D = [batch: number, height: number, width: number, channels: number];

/** What tfjs's kernels FusedConv2D and Conv2D are called with. */
export interface ConvolutionCall {
  readonly inputs: {
    readonly x: TensorInfo;
    readonly filter: TensorInfo;
    readonly bias?: TensorInfo | undefined;
    readonly preluActivationWeights?: TensorInfo | undefined;
  };
  readonly attrs: {
    readonly strides: number | [number, number];
    readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
    readonly dataFormat: 'NHWC' | 'NCHW';
    readonly dilations: number | [number, number];
    readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
    readonly activation?: string | null;
    /** Of ours alone: 2 x 2 max pooling follows. */
    readonly pooled?: boolean;
  };
}

/** A convolution of ours. */
export interface Convolution {
  /** `[batch, height, width, inputs]` */
  readonly x: TensorInfo;
  /** `[3, 3, inputs, filters]` */
  readonly filter: TensorInfo;
  /** as many numbers as filters */
  readonly bias: TensorInfo | undefined;
  readonly relu: boolean;
  /** `[batch, height, width, filters]`, before any pooling */
  readonly outShape: Shape4D;
  /** whether only the largest of each 2 x 2 outputs is wanted */
  readonly pooled: boolean;
  /** rows of zeros above and columns of zeros at the left */
  readonly padding: [number, number];
}

/** @returns undefined for a convolution that our kernels leave to tfjs */
export function asConvolution({ inputs, attrs }: ConvolutionCall): Convolution | undefined {
  const { x, filter, bias, preluActivationWeights } = inputs;
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  const activation = attrs.activation ?? 'linear';
  const filters = filter.shape[3] as number;
  if (filter.shape[0] !== 3 || filter.shape[1] !== 3 || filters % 4 !== 0) return undefined;
  if (![strides, dilations].flat().every((step) => step === 1)) return undefined;
  if (dataFormat !== 'NHWC' || preluActivationWeights) return undefined;
  if (x.dtype !== 'float32' || filter.dtype !== 'float32') return undefined;
  if (activation !== 'linear' && activation !== 'relu') return undefined;
  if (bias && util.sizeFromShape(bias.shape) !== filters) return undefined;
  const { outShape, padInfo } = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const convolution: Convolution = {
    ...{ x, filter, bias, relu: activation === 'relu' },
    ...{ outShape, pooled: attrs.pooled ?? false, padding: [padInfo.top, padInfo.left] },
  };
  const isEmpty = util.sizeFromShape(x.shape) === 0 || storedShape(convolution).includes(0);
  return isEmpty ? undefined : convolution;
}

/** The shape of what is stored: pooling leaves out an odd last row or column. */
export function storedShape({ outShape, pooled }: Convolution): Shape4D {
  const [batch, height, width, filters] = outShape;
  return pooled ? [batch, Math.floor(height / 2), Math.floor(width / 2), filters] : outShape;
}

/** WGSL: what is done to a `vec4<f32>` called `value` of the channels `4 * n4` and on before it is stored. */
export function finish({ bias, relu }: Convolution, n4: string): string {
  const withBias = bias ? `value = value + bias[${n4}];` : '';
  return relu ? `${withBias} value = max(value, vec4<f32>(0.0));` : withBias;
}

/** What of `finish` a pipeline's key must tell. */
export function finishKey({ bias, relu }: Convolution): string {
  return `${bias ? 'bias' : ''}${relu ? 'relu' : ''}`;
}
