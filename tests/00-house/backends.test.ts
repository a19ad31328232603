/**
 * The ground the other chapters stand on: the backends that the suites run on really compute, and
 * share one copy of tfjs.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeOnBackends } from '../support/backends.ts';

describeOnBackends('a backend', (backend) => {
  it('is the one that is set', () => {
    expect(tf.getBackend()).toBe(backend);
  });

  it('computes a convolution', async () => {
    const sum = tf.conv2d(tf.ones<tf.Rank.R4>([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 1, 'valid');
    expect([...(await sum.data())]).toEqual([9, 9, 9, 9]);
    tf.dispose(sum);
  });
});
