/**
 * Convolution and pooling in one on WebGPU, as VGG16's trunk asks for it: the same numbers as one after the
 * other, to the last bit, by whatever kernel is chosen for the convolution.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { VGG16_LAYERS, Vgg16 } from '../../src/core/detection/vgg16.ts';
import { runOnBackend } from '../../src/core/kernels/backendKernel.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import { everywhere, type KernelName } from '../../src/engine/kernels/candidates.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { largestError } from '../support/fixture.ts';
import { BOUNDS, largest, onCpu } from './awkward.ts';
import { counted, withOurKernels } from './installed.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

/** The others of a kind differ in what comes before the pooling. */
const OF_EACH_KIND = ['winograd-4-large', 'winograd-2-large', 'direct-large', 'stock'] as const;

interface Case {
  readonly x: [batch: number, height: number, width: number, channels: number];
  readonly filters: number;
}

const CASES: Record<string, Case> = {
  'one window': { x: [1, 2, 2, 8], filters: 8 },
  'one window and an odd row and column': { x: [1, 3, 3, 4], filters: 4 },
  'odd sides, three channels': { x: [1, 13, 7, 3], filters: 20 },
  'channels not a multiple of four': { x: [1, 6, 9, 37], filters: 4 },
  'a batch of odd sides': { x: [3, 7, 5, 8], filters: 8 },
  'more filters than a workgroup has threads': { x: [2, 5, 6, 6], filters: 132 },
};

/** A convolution of waves, then the pooling: in one where there is a kernel. */
function convolveAndPool({ x, filters }: Case, inOne: boolean): tf.Tensor {
  const inputs = x[3];
  return tf.tidy(() => {
    const parts = {
      x: waves(x, 1, 1) as tf.Tensor4D,
      filter: waves([3, 3, inputs, filters], 2, Math.sqrt(2 / 9 / inputs)) as tf.Tensor4D,
      bias: waves([filters], 3, 0.1) as tf.Tensor1D,
    };
    const pooled = inOne ? runOnBackend('LoupeConvPool', () => parts, {}) : undefined;
    const relu = { strides: 1, pad: 'same', activation: 'relu' } as const;
    return pooled ?? tf.maxPool(tf.fused.conv2d({ ...parts, ...relu }), 2, 2, 'valid');
  });
}

describeOnWebgpu('convolution and pooling', () => {
  const suite = withOurKernels();
  const choose = (name: KernelName) => {
    suite.kernels.leastPixels = 1; // else tfjs would compute the smallest
    suite.kernels.choices = everywhere(name);
  };

  test.each(Object.entries(CASES))('in one are as one after the other: %s', async (_, shape) => {
    const expected = await onCpu(() => convolveAndPool(shape, false), 'webgpu');
    for (const name of OF_EACH_KIND) {
      choose(name);
      const apart = await counted(() => convolveAndPool(shape, false));
      const inOne = await counted(() => convolveAndPool(shape, true));
      expect(inOne.shape).toEqual(apart.shape);
      expect(inOne.values, name).toEqual(apart.values);
      const error = largestError(inOne.values, expected) / largest(expected);
      expect(error, name).toBeLessThan(name === 'stock' ? 1e-6 : BOUNDS[name]);
      const saved = name.startsWith('winograd') ? 1 : 0;
      expect((apart.dispatches ?? 0) - (inOne.dispatches ?? 0), name).toBeGreaterThanOrEqual(saved);
    }
  });

  test('of a map too small for a window are empty, and of a map too small for us are of tfjs', async () => {
    choose('winograd-4-large');
    const nothing = await counted(() => convolveAndPool({ x: [1, 1, 9, 4], filters: 4 }, true));
    expect(nothing.shape).toEqual([1, 0, 4, 4]);
    suite.kernels.leastPixels = 16;
    const small = { x: [1, 3, 5, 8], filters: 8 } as const;
    const inOne = await counted(() => convolveAndPool({ ...small, x: [...small.x] }, true));
    const apart = await counted(() => convolveAndPool({ ...small, x: [...small.x] }, false));
    expect(inOne).toEqual(apart);
  });

  test('in bands are as at once', async () => {
    // Few inputs and many filters: products of more bytes than one buffer holds, and not much to compute.
    const shape: Case = { x: [1, 33, 40, 4], filters: 2048 };
    choose('winograd-2-large');
    const [apart, inOne] = [
      await counted(() => convolveAndPool(shape, false)),
      await counted(() => convolveAndPool(shape, true)),
    ];
    expect(largestError(inOne.values, apart.values)).toBe(0);
  });
});

describeOnWebgpu('the trunk', () => {
  const suite = withOurKernels();

  test('pools in one where nobody taps the map: same features, same arithmetic, fewer dispatches', async () => {
    suite.kernels.leastPixels = 1;
    suite.kernels.choices = everywhere('winograd-2-large');
    const weights = new Map(
      VGG16_LAYERS.flatMap(({ name }, index) => {
        const inputs = index === 0 ? 3 : 4;
        return [
          [`${name}/kernel`, waves([3, 3, inputs, 4], index + 1, 0.5)] as const,
          [`${name}/bias`, waves([4], index + 2, 0.1)] as const,
        ];
      }),
    );
    const trunk = new Vgg16(weights);
    const input = waves([1, 67, 49, 3], 1, 100) as tf.Tensor4D;
    const last = () => {
      const { conv5_3 } = trunk.forward(input, { taps: ['conv5_3'] });
      return conv5_3 as tf.Tensor;
    };
    const tapped = () =>
      tf.tidy(
        () =>
          trunk.forward(input, { taps: ['conv3_3', 'conv4_3', 'conv5_3'] }).conv5_3 as tf.Tensor,
      );
    last().dispose(); // transformed filters are made, and stay
    const [inOne, two] = [await counted(last), await counted(tapped)];
    expect(two.values).toEqual(inOne.values);
    expect(largest(two.values)).toBeGreaterThan(0);
    expect((two.dispatches ?? 0) - (inOne.dispatches ?? 0)).toBe(2);
    expect(two.gigaflop).toBeCloseTo(inOne.gigaflop as number, 12);
    // With shaders made ahead, as by a rehearsal, a run makes none.
    const { pipelineCache } = tf.backend() as unknown as { pipelineCache: object };
    suite.kernels.choices = everywhere('winograd-4-small');
    await compileAhead(async () => last().dispose());
    const made = Object.keys(pipelineCache);
    const features = last();
    const error = largestError(await features.data(), inOne.values);
    expect(error / largest(inOne.values)).toBeLessThan(1e-3);
    expect(Object.keys(pipelineCache)).toEqual(made);
    tf.dispose([features, input, ...weights.values()]);
  });
});
