/**
 * Suites that are about WebGPU and nothing else: run on a GPU or on SwiftShader, skipped where neither is.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { backends } from '../support/backends.ts';

/**
 * Declares the suite once, with WebGPU as the current backend when its tests begin. Each test also fails
 * when the device found something invalid: a shader that does not compile computes nothing, and what is
 * read then may be what another left in the same memory.
 */
export function describeOnWebgpu(name: string, suite: () => void): void {
  describe.skipIf(!backends.includes('webgpu'))(`${name} [webgpu]`, () => {
    const device = () => (tf.backend() as unknown as { device: GPUDevice }).device;
    beforeAll(async () => {
      await tf.setBackend('webgpu');
      await tf.ready();
    });
    beforeEach(() => device().pushErrorScope('validation'));
    afterEach(async () => {
      expect((await device().popErrorScope())?.message).toBeUndefined();
    });
    suite();
  });
}
