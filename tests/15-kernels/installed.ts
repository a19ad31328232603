/** Our kernels on WebGPU for a suite: all of them installed before its tests, and how to see that one ran. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { measureStages } from '../../src/engine/instrument.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { onCpu } from './awkward.ts';

/** Call it in a suite on WebGPU. */
export function withOurKernels(): { readonly kernels: InstalledKernels } {
  const suite = {} as { kernels: InstalledKernels };
  beforeAll(() => {
    suite.kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
  });
  afterAll(() => suite.kernels.remove());
  return suite;
}

/** What `compute` gives here, in how many dispatches; no tensor and no data of the backend's may stay. */
export async function counted(compute: () => tf.Tensor) {
  const backend = tf.backend() as unknown as WebGPUBackend;
  const [data, tensors] = [backend.numDataIds(), tf.memory().numTensors];
  const { value, cost } = await measureStages(async (mark) => {
    const result = compute();
    mark('all');
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return { values, shape: result.shape };
  });
  expect([backend.numDataIds(), tf.memory().numTensors]).toEqual([data, tensors]);
  return { ...value, dispatches: cost.stages[0]?.dispatches, gigaflop: cost.stages[0]?.gigaflop };
}

/** The same here and on tfjs's cpu backend, where no kernel of ours is. */
export async function hereAndOnCpu(compute: () => tf.Tensor) {
  const expected = await onCpu(compute, 'webgpu');
  return { ...(await counted(compute)), expected };
}
