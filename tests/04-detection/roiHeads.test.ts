/**
 * Chapter 4: the RoI heads see what is under a box, and around it where they are told to.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { cropChannels, FUSED_STRIDE, roiHead } from '../../src/core/detection/roiHeads.ts';
import { describeOnBackends } from '../support/backends.ts';

const CHANNELS = 2;
const CLASSES = 3;
/** Cells 3 to 6 of 12; enlarged by 1.5, it takes in a cell more on each side. */
const box = Float32Array.of(3, 3, 7, 7).map((cell) => cell * FUSED_STRIDE);

describeOnBackends('The RoI heads', () => {
  const config = { outputSize: 4, samplingRatio: 1 };

  /** Logits where all is 1, but for one cell. */
  async function logitsWith(cell: readonly [row: number, column: number], context?: number) {
    const options = context === undefined ? config : { ...config, context };
    const inputs = config.outputSize ** 2 * cropChannels(CHANNELS, options);
    const answer = tf.tidy(() => {
      const map = tf.buffer([1, 12, 12, CHANNELS], 'float32');
      map.values.fill(1);
      map.set(5, 0, ...cell, 1);
      const dense = (name: string, from: number, to: number): [string, tf.Tensor][] => [
        // Rising weights, so that no two cells count alike.
        [`${name}/kernel`, tf.reshape(tf.linspace(0.01, 0.05, from * to), [from, to])],
        [`${name}/bias`, tf.zeros([to])],
      ];
      const weights = new Map([
        ...dense('fc6', inputs, 4),
        ...dense('fc7', 4, 4),
        ...dense('cls_score', 4, CLASSES + 1),
        ...dense('bbox_pred', 4, 4 * (CLASSES + 1)),
      ]);
      return roiHead(map.toTensor() as tf.Tensor4D, box, weights, options).logits;
    });
    const values = [...(await answer.data())];
    answer.dispose();
    return values;
  }

  test('see what is under a box and, without context, nothing of what is around it', async () => {
    const plain = await logitsWith([11, 11]);
    expect(await logitsWith([2, 5])).toEqual(plain);
    expect(await logitsWith([4, 5])).not.toEqual(plain);
  });

  test('with context see a little further, but not everything', async () => {
    const plain = await logitsWith([11, 11], 1.5);
    expect(await logitsWith([2, 5], 1.5)).not.toEqual(plain);
    expect(await logitsWith([4, 5], 1.5)).not.toEqual(plain);
    expect(await logitsWith([0, 5], 1.5)).toEqual(plain);
  });
});
