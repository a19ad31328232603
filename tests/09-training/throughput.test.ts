/**
 * Chapter 9: how near training comes to the engine's own rate, by clocks that are made up.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  measureConvolution,
  throughputOf,
  throughputText,
} from '../../training/detector/throughput.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';

stopLeakCheck();

describe('Throughput', () => {
  test("is a step's arithmetic over its time, as a share of the bare convolution's rate", () => {
    const throughput = throughputOf(106, 0.5, 390);
    expect(throughput).toMatchObject({ stepGflop: 106, stepSeconds: 0.5, convolutionGflops: 390 });
    expect(throughput.share).toBeCloseTo(212 / 390, 12);
    expect(throughputText(throughput)).toBe('212 of 390 GFLOPS (54 %)');
  });

  test('of an engine that takes seconds for the map is measured on a tenth of it, and leaves nothing', async () => {
    await chooseEngine('wasm');
    await prepareTraining();
    const before = tf.memory().numTensors;
    let seconds = 0;
    const rate = await measureConvolution(() => {
      seconds += 2;
      return seconds;
    });
    // Forward, input and kernel: 3 passes over 3 x 40 cells, each number looked at for two seconds.
    expect(rate).toBeCloseTo((3 * 2 * 3 * 40 * 9 * 512 * 512) / 1e9 / 2, 9);
    expect(tf.memory().numTensors).toBe(before);
  });
});
