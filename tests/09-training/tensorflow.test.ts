/**
 * Chapter 9: what the engine tensorflow does in its own ways for speed gives what the portable ways
 * give: Adam in one operation, halves that it widens itself, and the gradient of a ReLU and gathers.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromFloat16 } from '../../src/core/models/float16.ts';
import { type AdamTensors, FusedAdam, plainAdam } from '../../training/detector/adam.ts';
import { makeOptimizer } from '../../training/detector/optimizer.ts';
import { type NodeBackend, tensorflow, widenHalves } from '../../training/tensorflow.ts';
import { registerTensorflowKernels } from '../../training/tensorflowKernels.ts';
import { backends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';

/** A length that fills no vector register. */
const LENGTH = 1003;

/** The same numbers at every call. */
function numbers(phase: number): tf.Tensor {
  return tf.tensor1d(
    Float32Array.from({ length: LENGTH }, (_, i) => Math.sin(12.9898 * i + phase)),
  );
}

function weightAtRest(): AdamTensors {
  return [numbers(0), tf.zeros([LENGTH]), tf.zeros([LENGTH])];
}

describe.skipIf(!backends.includes('tensorflow'))('TensorFlow, asked by name', () => {
  let backend: NodeBackend;
  beforeAll(async () => {
    await tf.setBackend('tensorflow');
    backend = tensorflow() as NodeBackend;
    registerTensorflowKernels();
  });

  test("takes Adam's steps, in one operation each, to rounding", async () => {
    const fused = new FusedAdam(backend);
    let [one, other] = [weightAtRest(), weightAtRest()];
    for (let step = 1; step <= 20; step++) {
      const settings = { rate: 0.01 / step, beta1: 0.875, beta2: 0.96875, epsilon: 1e-8 };
      const gradient = numbers(step);
      const before = other;
      one = tf.tidy(() => [...fused.apply(one, gradient, settings)]) as unknown as AdamTensors;
      other = tf.tidy(() => [...plainAdam(other, gradient, settings)]) as unknown as AdamTensors;
      tf.dispose([gradient, ...before]);
    }
    for (const [at, tensor] of one.entries()) {
      const expected = (await other[at]?.data()) as Float32Array;
      expect(largestError(await tensor.data(), expected)).toBeLessThan(2e-6);
    }
    tf.dispose([...one, ...other]);
    fused.dispose();
  });

  test('changes no weight that somebody read before a step', async () => {
    const optimizer = makeOptimizer({ kind: 'adamw', learningRate: 0.1, weightDecay: 0.1 });
    const variable = tf.variable(numbers(0));
    const apply = () => {
      const gradients = { [variable.name]: numbers(1) };
      optimizer.apply(new Map([['fc/kernel', variable]]), gradients, 0.1, () => 1);
      tf.dispose(gradients);
    };
    apply();
    const kept = tf.clone(variable);
    const state = await optimizer.state();
    const copies = [...state].map(([name, { data }]) => [name, data.slice()] as const);
    const weight = (await kept.data()).slice();
    optimizer.restore(state);
    apply();
    expect(await kept.data()).toEqual(weight);
    expect(await variable.data()).not.toEqual(weight);
    for (const [name, data] of copies) expect(state.get(name)?.data, name).toEqual(data);
    optimizer.dispose();
    tf.dispose([variable, kept]);
  });

  test('widens every half to the number that the core makes of it', async () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const before = tf.memory().numTensors;
    const wide = widenHalves(backend, halves, [256, 1, 256]);
    expect(wide.shape).toEqual([256, 1, 256]);
    const [actual, expected] = [await wide.data(), fromFloat16(halves)];
    wide.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(halves.every((value, bits) => value === bits)).toBe(true);
    expect(actual.every((value, bits) => Object.is(value, expected[bits]))).toBe(true);
  });

  test('knows where a ReLU let through, as tfjs does on every other backend', async () => {
    const values = [Number.NEGATIVE_INFINITY, -1, -0, 0, 1e-30, 2, Number.POSITIVE_INFINITY];
    const above = [1, 2, 3, 4, 5, 6, 7];
    const gradients: number[][] = [];
    for (const name of ['tensorflow', 'cpu']) {
      await tf.setBackend(name);
      const before = tf.memory().numTensors;
      const gradient = tf.tidy(() =>
        tf.grad((x) => tf.relu(x))(tf.tensor1d(values), tf.tensor1d(above)),
      );
      gradients.push([...(await gradient.data())]);
      gradient.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    await tf.setBackend('tensorflow');
    expect(gradients).toEqual([
      [0, 0, 0, 0, 5, 6, 7],
      [0, 0, 0, 0, 5, 6, 7],
    ]);
  });

  test('gathers along any axis, and refuses what is not there', async () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    const before = tf.memory().numTensors;
    const [rows, columns] = [tf.gather(x, [1, 1, 0]), tf.gather(x, [2, 0], 1)];
    expect([...(await rows.data())]).toEqual([4, 5, 6, 4, 5, 6, 1, 2, 3]);
    expect([...(await columns.data())]).toEqual([3, 1, 6, 4]);
    tf.dispose([rows, columns]);
    expect(() => tf.tidy(() => tf.gather(x, [0, 2]))).toThrow(/2 is not in \[0, 2\)/);
    expect(tf.memory().numTensors).toBe(before);
    x.dispose();
  });
});
