/**
 * The browser's part of the operations' bench: RoIAlign, bicubic and a pooled convolution on WebGPU, each
 * with a kernel of ours and as tfjs's chain, by turns, on sizes as a detection has them. With our kernels installed.
 */
import * as tf from '@tensorflow/tfjs-core';
import { roiAlign } from '../../src/core/detection/roiAlign.ts';
import { type OwnOperation, runOnBackend } from '../../src/core/kernels/backendKernel.ts';
import { bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import { finished } from '../../src/engine/device.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { waves } from '../../src/engine/kernels/waves.ts';

export interface OperationTimes {
  readonly name: string;
  /** milliseconds of each round */
  readonly chain: readonly number[];
  readonly ours: readonly number[];
}

interface Operation {
  readonly name: string;
  readonly operation: OwnOperation;
  /** Makes its inputs. @returns computes it once */
  readonly prepare: () => () => tf.Tensor;
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'bicubic, 4 crops from 24 to 96',
    operation: 'LoupeBicubic',
    prepare() {
      const crops = waves([4, 24, 24, 3], 2, 100) as tf.Tensor4D;
      return () => bicubicResize(crops, [96, 96]);
    },
  },
  {
    name: 'convolution and pooling, 64 to 64 channels, 160 x 120',
    operation: 'LoupeConvPool',
    prepare() {
      const parts = {
        x: waves([1, 120, 160, 64], 3, 1) as tf.Tensor4D,
        filter: waves([3, 3, 64, 64], 4, 0.05) as tf.Tensor4D,
        bias: waves([64], 5, 0.1) as tf.Tensor1D,
      };
      const relu = { strides: 1, pad: 'same', activation: 'relu' } as const;
      // The chain convolves by the kernel that is chosen, too.
      return () =>
        runOnBackend('LoupeConvPool', () => parts, {}) ??
        tf.maxPool(tf.fused.conv2d({ ...parts, ...relu }), 2, 2, 'valid');
    },
  },
  {
    // tfjs's sum over a middle axis takes a software adapter three seconds a box.
    name: 'RoIAlign, 16 boxes, 7 x 7 bins of 256 channels',
    operation: 'LoupeRoiAlign',
    prepare() {
      const map = waves([1, 30, 40, 256], 1, 1) as tf.Tensor4D;
      const boxes = Float32Array.from({ length: 16 * 4 }, (_, i) => {
        const [x, y] = [Math.abs(Math.sin(i >> 2)) * 280, Math.abs(Math.cos(i >> 2)) * 200];
        return [x, y, x + 35, y + 30][i % 4] as number;
      });
      return () => roiAlign(map, boxes, { outputSize: 7, samplingRatio: 2, stride: 8 });
    },
  },
];

/**
 * Times one of the operations so often. Shaders are compiled before, without running them: on a software
 * adapter a chain takes a minute.
 *
 * @returns null where there is no operation of that number
 */
export async function timeOperation(
  number: number,
  rounds: number,
): Promise<OperationTimes | null> {
  const { name, operation, prepare } = OPERATIONS[number] ?? {};
  if (!name || !operation || !prepare) return null;
  const compute = prepare();
  const times = { name, chain: [] as number[], ours: [] as number[] };
  const compile = () => compileAhead(async () => tf.tidy(compute).dispose());
  await compile();
  await without(operation, compile);
  await time(compute); // transforms filters, for both ways
  for (let round = 0; round < rounds; round++) {
    times.chain.push(await without(operation, () => time(compute)));
    times.ours.push(await time(compute));
  }
  return times;
}

async function time(compute: () => tf.Tensor): Promise<number> {
  const backend = tf.backend() as unknown as WebGPUBackend;
  await finished(backend);
  const start = performance.now();
  tf.tidy(compute).dispose();
  await finished(backend);
  return performance.now() - start;
}

/** Works as if there were no kernel of ours for it. */
async function without<T>(operation: OwnOperation, work: () => Promise<T>): Promise<T> {
  const kernel = tf.getKernel(operation, 'webgpu');
  if (!kernel) throw new Error(`There is no kernel ${operation}.`);
  tf.unregisterKernel(operation, 'webgpu');
  try {
    return await work();
  } finally {
    tf.registerKernel(kernel);
  }
}
