/**
 * The start-up self-test: its stored outputs are computed again here in float64 by plain loops, every
 * backend there is must meet them, and one that computes wrongly or in half precision must not.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { errorOf, runTinyNet, TOLERANCE, timeConvolutions } from '../../src/engine/selfTest.ts';
import { EXPECTED } from '../../src/engine/selfTestExpected.ts';
import { describeOnBackends } from '../support/backends.ts';
import { tinyNetInFloat64 } from './tinyNet.ts';

describe('the stored outputs', () => {
  test('are what plain loops in float64 compute', () => {
    const reference = tinyNetInFloat64();
    expect(EXPECTED).toHaveLength(reference.length);
    for (const [i, value] of reference.entries()) expect(EXPECTED[i]).toBeCloseTo(value, 9);
  });

  test('have logits spread widely enough for the softmax to say something', () => {
    const rows = EXPECTED.length / 10;
    for (let row = 0; row < rows; row++) {
      const probabilities = EXPECTED.slice(row * 10 + 5, row * 10 + 10);
      expect(Math.max(...probabilities)).toBeLessThan(0.95);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
    }
  });

  test('are missed by results kept in half precision', () => {
    expect(errorOf(tinyNetInFloat64(toHalf))).toBeGreaterThan(TOLERANCE);
  });

  test('are missed by a single wrong, missing or undefined number', () => {
    expect(errorOf(EXPECTED)).toBe(0);
    expect(errorOf(EXPECTED.with(17, (EXPECTED[17] as number) + 0.01))).toBeGreaterThan(TOLERANCE);
    expect(errorOf(EXPECTED.with(59, Number.NaN))).toBe(1);
    expect(errorOf(EXPECTED.slice(1))).toBe(1);
    expect(errorOf([])).toBe(1);
  });
});

describeOnBackends('the self-test', (backend) => {
  test('is passed', async () => {
    expect(errorOf(await runTinyNet())).toBeLessThan(TOLERANCE);
  });

  test.skipIf(backend === 'cpu')('measures a speed and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await runTinyNet();
    const { milliseconds, gigaflops } = await timeConvolutions();
    expect(milliseconds).toBeGreaterThan(0);
    expect(gigaflops).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Rounds to the 11 significant bits of a float16 (its range is not looked at). */
function toHalf(value: number): number {
  if (value === 0) return 0;
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  return Math.round(value / step) * step;
}
