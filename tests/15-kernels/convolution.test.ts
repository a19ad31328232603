/**
 * Our WebGPU convolutions against tfjs's cpu backend, at awkward shapes, within the error bound that is
 * stated for each; what is not theirs goes to tfjs and comes out the same.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everywhere, OWN_KERNELS } from '../../src/engine/kernels/candidates.ts';
import { asConvolution, type ConvolutionCall } from '../../src/engine/kernels/convolution.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { AWKWARD, BOUNDS, type Case, convolve, largest, onCpu } from './awkward.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

describeOnWebgpu('our convolutions', () => {
  let kernels: InstalledKernels;
  beforeAll(() => {
    kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
  });
  afterAll(() => kernels.remove());

  test.each(Object.entries(AWKWARD))('equal the cpu backend: %s', async (_, shape) => {
    const expected = await onCpu(() => convolve(shape), 'webgpu');
    for (const name of OWN_KERNELS) {
      kernels.leastPixels = 1; // else tfjs would compute the smallest
      kernels.choices = everywhere(name);
      const result = convolve(shape);
      const actual = await result.data();
      result.dispose();
      const error = largest(expected.map((value, i) => value - (actual[i] as number)));
      expect(actual).toHaveLength(expected.length);
      expect(error / largest(expected), name).toBeLessThan(BOUNDS[name]);
    }
  });

  test('do the same in bands as at once', async () => {
    // 60 x 1000 pixels of 64 channels: transformed they need more than one buffer holds.
    const [height, width] = [60, 1000];
    const outputs: Float32Array[] = [];
    for (const name of ['direct-large', 'winograd-4-large'] as const) {
      kernels.choices = everywhere(name);
      const rows = tf.tidy(() => {
        const x = tf.tile(waves([1, 1, width, 64], 1, 1), [1, height, 1, 1]) as tf.Tensor4D;
        const filter = waves([3, 3, 64, 4], 2, 0.1) as tf.Tensor4D;
        return tf.conv2d(x, filter, 1, 'same');
      });
      outputs.push((await rows.data()) as Float32Array);
      rows.dispose();
    }
    const [direct, banded] = outputs as [Float32Array, Float32Array];
    const error = largest(direct.map((value, i) => value - (banded[i] as number)));
    expect(error / largest(direct)).toBeLessThan(BOUNDS['winograd-4-large']);
  });

  test('leave no data behind when their filters are gone', async () => {
    const backend = tf.backend() as unknown as WebGPUBackend;
    const [data, tensors] = [backend.numDataIds(), tf.memory().numTensors];
    kernels.choices = everywhere('winograd-4-large');
    for (let run = 0; run < 3; run++) {
      const result = convolve(AWKWARD['several pictures'] as Case);
      await result.data();
      result.dispose();
    }
    expect(backend.numDataIds()).toBe(data);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('compute a filter that was there while shaders were only compiled', async () => {
    const backend = tf.backend() as unknown as WebGPUBackend;
    kernels.choices = everywhere('winograd-2-small');
    const filter = waves([3, 3, 8, 8], 4, 0.1) as tf.Tensor4D;
    const x = waves([1, 6, 6, 8], 1, 1) as tf.Tensor4D;
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', true);
    tf.dispose(tf.conv2d(x, filter, 1, 'same'));
    tf.env().set('WEBGPU_ENGINE_COMPILE_ONLY', false);
    await backend.checkCompileCompletionAsync();
    const results = [1, 2].map(() => tf.conv2d(x, filter, 1, 'same'));
    kernels.choices = everywhere('direct-small');
    const expected = tf.conv2d(x, filter, 1, 'same');
    for (const result of results) {
      const error = tf.tidy(() => tf.max(tf.abs(tf.sub(result, expected))));
      expect((await error.data())[0]).toBeLessThan(1e-5);
      error.dispose();
    }
    tf.dispose([x, filter, expected, ...results]);
  });

  test('make a filter once for all its uses', () => {
    const backend = tf.backend() as unknown as WebGPUBackend;
    kernels.choices = everywhere('winograd-2-small');
    const filter = waves([3, 3, 8, 8], 2, 0.1) as tf.Tensor4D;
    const x = waves([1, 6, 6, 8], 1, 1) as tf.Tensor4D;
    const counts = [0, 1, 2].map(() => {
      tf.dispose(tf.conv2d(x, filter, 1, 'same'));
      return backend.numDataIds();
    });
    expect(new Set(counts).size).toBe(1);
    tf.dispose([x, filter]);
  });
});

describeOnWebgpu('convolutions that are not ours', () => {
  const call = (change: object = {}, shapes: { x?: number[]; filter?: number[] } = {}) => {
    const of = (shape: number[]) => ({ dataId: {}, shape, dtype: 'float32' }) as tf.TensorInfo;
    const { x = [1, 8, 8, 8], filter = [3, 3, 8, 8] } = shapes;
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, ...change };
    return { inputs: { x: of(x), filter: of(filter) }, attrs } as ConvolutionCall;
  };

  test('are told by their shape', () => {
    expect(asConvolution(call())).toBeDefined();
    expect(asConvolution(call({ strides: 2 }))).toBeUndefined();
    expect(asConvolution(call({ dilations: [1, 2] }))).toBeUndefined();
    expect(asConvolution(call({ activation: 'elu' }))).toBeUndefined();
    expect(asConvolution(call({}, { filter: [1, 1, 8, 8] }))).toBeUndefined();
    expect(asConvolution(call({}, { filter: [3, 3, 8, 6] }))).toBeUndefined();
    expect(asConvolution(call({}, { x: [0, 8, 8, 8] }))).toBeUndefined();
  });

  test('come out as without ours', async () => {
    const compute = () =>
      tf.tidy(() => {
        const x = waves([1, 9, 10, 8], 1, 1) as tf.Tensor4D;
        const filter = (shape: number[]) => waves(shape, 2, 0.1) as tf.Tensor4D;
        return tf.concat(
          [
            tf.conv2d(x, filter([3, 3, 8, 4]), 2, 'same'),
            tf.conv2d(x, filter([3, 3, 8, 4]), 1, 'same', 'NHWC', 2),
            tf.conv2d(x, filter([5, 5, 8, 4]), 1, 'same'),
            tf.conv2d(x, filter([3, 3, 8, 6]), 1, 'same'),
            tf.fused.conv2d({
              ...{ x, filter: filter([3, 3, 8, 4]), strides: 1, pad: 'same', activation: 'elu' },
            }),
          ].map((one) => tf.reshape(one, [-1])),
        );
      });
    const expected = await onCpu(compute, 'webgpu');
    const backend = tf.backend() as unknown as WebGPUBackend;
    const kernels = installKernels(backend, everywhere('direct-large'));
    const result = compute();
    const actual = await result.data();
    result.dispose();
    kernels.remove();
    const error = largest(expected.map((value, i) => value - (actual[i] as number)));
    expect(error).toBeLessThan(1e-5);
  });
});
