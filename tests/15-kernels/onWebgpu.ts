/**
 * Suites that are about WebGPU and nothing else: run on a GPU or on SwiftShader, skipped where neither is.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
import { backends } from '../support/backends.ts';

/** Declares the suite once, with WebGPU as the current backend when its tests begin. */
export function describeOnWebgpu(name: string, suite: () => void): void {
  describe.skipIf(!backends.includes('webgpu'))(`${name} [webgpu]`, () => {
    beforeAll(async () => {
      await tf.setBackend('webgpu');
      await tf.ready();
    });
    suite();
  });
}
