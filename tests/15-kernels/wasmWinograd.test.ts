/**
 * Our WebAssembly convolution against tfjs's cpu backend at awkward shapes, within the bound that is stated
 * for it; what is not its own goes to tfjs, and nothing stays behind.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installWasmWinograd, type WasmBackend } from '../../src/engine/kernels/wasmWinograd.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { backends } from '../support/backends.ts';
import { AWKWARD, type Case, convolve, largest, onCpu } from './awkward.ts';

/** Largest error, as a part of the largest output. */
const BOUND = 2e-6;
const BOUND_OF_MANY = 1e-5;
const ALL = { products: 1, pixels: 1 };

describe.skipIf(!backends.includes('wasm'))('our convolution [wasm]', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await tf.ready();
  });

  const backend = () => tf.backend() as unknown as WasmBackend & { numDataIds(): number };
  const install = (least?: typeof ALL) => {
    const installed = installWasmWinograd(backend(), least);
    onTestFinished(() => installed.remove());
  };
  const values = async (compute: () => tf.Tensor) => {
    const result = compute();
    const array = (await result.data()) as Float32Array;
    result.dispose();
    return array;
  };
  const error = (actual: Float32Array, expected: Float32Array) => {
    expect(actual).toHaveLength(expected.length);
    return largest(expected.map((value, i) => value - (actual[i] as number))) / largest(expected);
  };

  test.each(Object.entries(AWKWARD))('equals the cpu backend: %s', async (_, shape) => {
    const expected = await onCpu(() => convolve(shape), 'wasm');
    install(ALL);
    expect(error(await values(() => convolve(shape)), expected)).toBeLessThan(BOUND);
  });

  test('over many channels, and band by band, it does as tfjs', async () => {
    // 160 x 30 tiles of 256 channels are more than a band holds.
    const shape: Case = { x: [1, 59, 320, 256], filters: 64 };
    const deep: Case = { x: [2, 8, 8, 512], filters: 512 };
    const stock = [await values(() => convolve(shape)), await values(() => convolve(deep))];
    install();
    expect(error(await values(() => convolve(shape)), stock[0] as Float32Array)).toBeLessThan(
      BOUND_OF_MANY,
    );
    expect(error(await values(() => convolve(deep)), stock[1] as Float32Array)).toBeLessThan(
      BOUND_OF_MANY,
    );
  });

  test('a filter’s transform is kept while it lives, and no longer', async () => {
    const [data, tensors] = [backend().numDataIds(), tf.memory().numTensors];
    install(ALL);
    const filter = waves([3, 3, 8, 8], 4, 0.1) as tf.Tensor4D;
    const x = waves([1, 9, 9, 8], 1, 1) as tf.Tensor4D;
    const counts: number[] = [];
    for (let run = 0; run < 3; run++) {
      await values(() => tf.conv2d(x, filter, 1, 'same'));
      counts.push(backend().numDataIds());
    }
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBe(data + 2 + 16);
    tf.dispose([x, filter]);
    expect(backend().numDataIds()).toBe(data);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('NaN stays NaN, behind a ReLU, too', async () => {
    install(ALL);
    const x = tf.fill([1, 4, 4, 4], Number.NaN) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 4, 4]) as tf.Tensor4D;
    const result = await values(() =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' }),
    );
    expect(result.every(Number.isNaN)).toBe(true);
    tf.dispose([x, filter]);
  });

  test('what is not its own is tfjs’s, to the last bit', async () => {
    const shape: Case = { x: [1, 20, 20, 64], filters: 64 };
    const strided = () =>
      tf.tidy(() =>
        tf.conv2d(
          waves([1, 20, 20, 128], 1, 1) as tf.Tensor4D,
          waves([3, 3, 128, 128], 2, 0.1) as tf.Tensor4D,
          2,
          'same',
        ),
      );
    const before = [await values(() => convolve(shape)), await values(strided)];
    install();
    expect(await values(() => convolve(shape))).toEqual(before[0]);
    expect(await values(strided)).toEqual(before[1]);
  });
});
