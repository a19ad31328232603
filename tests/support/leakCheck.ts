/**
 * tfjs's own leak check, which the tests run under, and the one place where it errs.
 */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Turns tfjs's check off, for suites that differentiate on the wasm backend: what an op saves for its
 * gradient is copied there (other backends count references), and the check takes the copies for a
 * leak. Such suites count tensors themselves.
 */
export function stopLeakCheck(): void {
  tf.env().set('IS_TEST', false);
}
