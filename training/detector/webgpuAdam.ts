/**
 * Adam's step on the WebGPU backend in three passes over memory, one for each tensor that it changes:
 * by tfjs's operations it is a dozen, and for a small network the way to the GPU, not the arithmetic, is
 * what each of them costs.
 */
import * as tf from '@tensorflow/tfjs-core';
import { runKernel, type WebGPUBackend } from '../../src/engine/kernels/program.ts';
import type { AdamSettings, AdamTensors } from './adam.ts';

const THREADS = 64;

/** The backend, where it is WebGPU. */
export function webgpu(): WebGPUBackend | undefined {
  return tf.getBackend() === 'webgpu' ? (tf.backend() as unknown as WebGPUBackend) : undefined;
}

/** One step of one weight; what it is given stays. Call it in a tidy. */
export function webgpuAdam(
  backend: WebGPUBackend,
  [weight, mean, square]: AdamTensors,
  gradient: tf.Tensor,
  { rate, beta1, beta2, epsilon }: AdamSettings,
): AdamTensors {
  const pass = (
    key: string,
    inputs: Readonly<Record<string, tf.Tensor>>,
    floats: Readonly<Record<string, readonly number[]>>,
    expression: string,
  ): tf.Tensor => {
    const info = runKernel(backend, {
      key: `adam_${key}`,
      inputs: Object.entries(inputs).map(([name, tensor]) => ({ name, components: 1, tensor })),
      output: { shape: [...weight.shape], components: 1 },
      uniforms: { numbers: [weight.size] },
      floats,
      workgroup: [THREADS, 1, 1],
      dispatch: weight.size,
      code: () => `
fn main(index : i32) {
  if (index < uniforms.numbers) { result[index] = ${expression}; }
}`,
    });
    return tf.engine().makeTensorFromTensorInfo(info);
  };
  const newMean = pass(
    'mean',
    { mean, gradient },
    { keep: [beta1], take: [1 - beta1] },
    'uniforms.keep * mean[index] + uniforms.take * gradient[index]',
  );
  const newSquare = pass(
    'square',
    { square, gradient },
    { keep: [beta2], take: [1 - beta2] },
    'uniforms.keep * square[index] + uniforms.take * gradient[index] * gradient[index]',
  );
  const newWeight = pass(
    'weight',
    { weight, mean: newMean, square: newSquare },
    { rate: [rate], epsilon: [epsilon] },
    'weight[index] - uniforms.rate * mean[index] / (sqrt(square[index]) + uniforms.epsilon)',
  );
  return [newWeight, newMean, newSquare];
}
