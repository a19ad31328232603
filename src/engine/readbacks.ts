/**
 * Counts readbacks: the times the processor waits for the backend to hand data back. On a GPU each
 * costs 5 to 15 ms however little it brings, so a detection is built to need at most two, and the
 * worker reports how many there really were. The count is taken at the backend itself, where
 * `tensor.data()` and also every kernel that secretly reads its inputs must pass. Kernels that run on
 * the processor only look at their own memory then (gather checks its indices so), and wait for
 * nothing: theirs are not counted.
 */
import * as tf from '@tensorflow/tfjs-core';

interface Readable {
  read(...args: unknown[]): Promise<unknown>;
  readSync(...args: unknown[]): unknown;
}

/**
 * Runs `work` and counts the readbacks of the current backend meanwhile. Not to be nested, nor run
 * twice at a time: the count is the backend's, not the caller's.
 *
 * @returns what `work` returned, and the count
 */
export async function countReadbacks<T>(
  work: () => Promise<T>,
): Promise<{ value: T; readbacks: number }> {
  const backend = tf.backend() as unknown as Readable;
  const { read, readSync } = backend;
  const onGpu = ['webgpu', 'webgl'].includes(tf.getBackend());
  let readbacks = 0;
  let inside = false; // wasm's read calls its readSync: one readback, not two
  const counted = <R>(original: (...args: unknown[]) => R) =>
    function (this: unknown, ...args: unknown[]): R {
      const inKernel = tf.engine().state.kernelDepth > 0;
      if (inside || (inKernel && !onGpu)) return original.apply(backend, args);
      readbacks++;
      inside = true;
      try {
        return original.apply(backend, args);
      } finally {
        inside = false;
      }
    };
  backend.read = counted(read);
  backend.readSync = counted(readSync);
  try {
    return { value: await work(), readbacks };
  } finally {
    backend.read = read;
    backend.readSync = readSync;
  }
}
