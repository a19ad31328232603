/**
 * A convolution and the 2 x 2 max pooling after it, as between the blocks of VGG16. Winograd's output
 * transform does both (winograd.ts): a thread has the 2 x 2 or 4 x 4 outputs of a tile in its registers, and
 * tiles begin at even rows and columns, so no window of the pooling lies in two tiles. Only the largest of
 * each window is stored: a quarter of the numbers, which nobody reads again, and a dispatch less. It is
 * taken before bias and ReLU, which keep the order, so the numbers are those of one after the other
 * to the last bit (tests/15-kernels). After other kernels tfjs pools.
 */
import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionCall } from './convolution.ts';
import type { WebGPUBackend } from './program.ts';

/** What `LoupeConvPool` computes of the inputs of a FusedConv2D (src/core/detection/vgg16.ts). */
export const CONV_POOL: ConvolutionCall['attrs'] = {
  ...{ strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' },
  pooled: true,
};

/** Records tfjs's own 2 x 2 max pooling of a map, which is freed. @returns the caller's to dispose */
export function poolByTfjs(backend: object, x: TensorInfo): TensorInfo {
  const kernel = getKernel('MaxPool', 'webgpu');
  if (!kernel) throw new Error('tfjs has no max pooling on WebGPU.');
  const attrs = { filterSize: 2, strides: 2, pad: 'valid' };
  const pooled = kernel.kernelFunc({ inputs: { x }, backend, attrs }) as TensorInfo;
  (backend as WebGPUBackend).disposeData(x.dataId);
  return pooled;
}
