/**
 * Operations that tfjs has no kernel for, and that a backend may have one of ours for (src/engine
 * registers them through `tf.registerKernel`). The core writes each such operation with tfjs's own, which
 * runs on every backend and has gradients, and asks here first. Kernels of ours have no gradient: they
 * are registered where the app detects, never where something is trained.
 */
import * as tf from '@tensorflow/tfjs-core';

/** The operations' names in tfjs's registry. */
export type OwnOperation =
  | 'LoupeRoiAlign'
  | 'LoupeBicubic'
  | 'LoupeConvPool'
  | 'LoupeProposals'
  | 'LoupeWiden';

/**
 * Runs the current backend's own kernel of that name.
 *
 * @param inputs asked for only where there is such a kernel; tensors that it makes are disposed of
 * @param attrs what the kernel needs beside its inputs
 * @returns its output, the caller's to dispose (or the tidy's); undefined on a backend that has none
 */
export function runOnBackend(
  operation: OwnOperation,
  inputs: () => Readonly<Record<string, tf.Tensor>>,
  attrs: Readonly<Record<string, unknown>>,
): tf.Tensor | undefined {
  if (!tf.getKernel(operation, tf.getBackend())) return undefined;
  const attributes = { ...attrs } as unknown as tf.NamedAttrMap;
  return tf.tidy(() => tf.engine().runKernel<tf.Tensor>(operation, { ...inputs() }, attributes));
}
