/**
 * Chapter 9: the optimizers, against PyTorch's numbers, and the learning rate's schedule.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { learningRate, makeOptimizer } from '../../training/detector/optimizer.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError, readFixture } from '../support/fixture.ts';
import { tinyConfig } from '../support/tinyTraining.ts';

interface Expectation {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly momentum?: number;
  /** the weights after each step */
  readonly expected: number[][];
}

const fixture = readFixture<{
  start: number[];
  gradients: number[][];
  adamw: Expectation;
  sgd: Expectation & { momentum: number };
}>('reference/optimizers.json');

describeOnBackends('Optimizers', () => {
  for (const kind of ['adamw', 'sgd'] as const) {
    const { learningRate: rate, expected, ...rest } = fixture[kind];
    const make = () =>
      makeOptimizer(
        kind === 'sgd'
          ? { kind, learningRate: rate, ...rest, momentum: fixture.sgd.momentum }
          : { kind, learningRate: rate, ...rest },
      );

    test(`${kind} takes PyTorch's steps, also when its state is saved and restored on the way`, async () => {
      let optimizer = make();
      const variable = tf.variable(tf.tensor1d(fixture.start));
      const variables = new Map([['fc/kernel', variable]]);
      for (const [step, gradient] of fixture.gradients.entries()) {
        const gradients = { [variable.name]: tf.tensor1d(gradient) };
        optimizer.apply(variables, gradients, rate, () => 1);
        tf.dispose(gradients);
        expect(largestError(await variable.data(), expected[step] as number[])).toBeLessThan(2e-6);
        if (step === 1) {
          const state = await optimizer.state();
          optimizer = make();
          optimizer.restore(state);
        }
      }
      variable.dispose();
    });

    test(`${kind} lets biases keep their size and leaves alone what has no gradient`, async () => {
      const optimizer = make();
      const bias = tf.variable(tf.tensor1d([4, 4]));
      const idle = tf.variable(tf.tensor1d([4, 4]));
      const variables = new Map([
        ['fc/bias', bias],
        ['other/kernel', idle],
      ]);
      const gradients = { [bias.name]: tf.tensor1d([0, 0]) };
      optimizer.apply(variables, gradients, rate, () => 1);
      expect([...(await bias.data())]).toEqual([4, 4]);
      expect([...(await idle.data())]).toEqual([4, 4]);
      tf.dispose([gradients, bias, idle]);
    });
  }
});

describe('The learning rate', () => {
  const rateAt = (schedule: object, step: number) =>
    learningRate(
      tinyConfig('.', {
        iterations: 1000,
        optimizer: { kind: 'sgd', learningRate: 0.01 },
        schedule,
      }),
      step,
    );

  test('warms up in a line', () => {
    const schedule = { kind: 'steps', at: [0.5], warmup: 100 };
    expect(rateAt(schedule, 0)).toBeCloseTo(0.0001, 10);
    expect(rateAt(schedule, 49)).toBeCloseTo(0.005, 10);
    expect(rateAt(schedule, 99)).toBeCloseTo(0.01, 10);
  });

  test("falls by gamma at the paper's steps", () => {
    const schedule = { kind: 'steps', at: [0.5, 0.75], gamma: 0.1, warmup: 0 };
    expect(rateAt(schedule, 499)).toBeCloseTo(0.01, 10);
    expect(rateAt(schedule, 500)).toBeCloseTo(0.001, 10);
    expect(rateAt(schedule, 750)).toBeCloseTo(0.0001, 10);
  });

  test('follows a cosine to nothing, and not below', () => {
    const schedule = { kind: 'cosine', warmup: 0 };
    expect(rateAt(schedule, 0)).toBeCloseTo(0.01, 10);
    expect(rateAt(schedule, 500)).toBeCloseTo(0.005, 10);
    expect(rateAt(schedule, 1000)).toBeCloseTo(0, 10);
    expect(rateAt(schedule, 2000)).toBeCloseTo(0, 10);
  });
});
