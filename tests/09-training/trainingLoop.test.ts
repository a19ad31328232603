/**
 * Chapter 9: the loop that every training shares. Steps that wait for nothing but themselves must still let
 * Ctrl-C in, or a run could only be killed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LoopConfig, runTraining } from '../../training/trainingLoop.ts';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'loupe-loop-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('Ctrl-C is heard though no step waits for the disk or the network', async () => {
  const iterations = 20_000;
  let heard = false;
  setTimeout(() => {
    heard = true;
  });
  const outcome = await runTraining<{ loss: number }, LoopConfig>({
    config: {
      iterations,
      optimizer: { kind: 'adamw', learningRate: 0.1, weightDecay: 0 },
      schedule: { kind: 'cosine', warmup: 1 },
    },
    weights: {
      trained: new Map(),
      state: async () => new Map(),
      restore: () => {},
      rateOf: () => 1,
    },
    takeStep: async () => ({ losses: { loss: 1 }, gradients: {}, seen: 'nothing' }),
    checkpoints: folder,
    minutesBetweenCheckpoints: 10,
    stepsBetweenReports: 100,
    onProgress: () => {},
    shouldStop: () => heard,
  });
  expect(outcome.finished).toBe(false);
  expect(outcome.step).toBeLessThan(iterations);
});
