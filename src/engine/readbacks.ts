/**
 * Counts readbacks: the times the processor waits for the backend to hand data back. On a GPU each
 * costs 5 to 15 ms however little it brings, so a detection is built to need at most two, and the
 * worker reports how many there really were. The count is taken at the backend itself, where
 * `tensor.data()` and also every kernel that secretly reads its inputs must pass. Kernels that run on
 * the processor only look at their own memory then (gather checks its indices so), and wait for
 * nothing: theirs are not counted.
 */
import * as tf from '@tensorflow/tfjs-core';
import { override } from './override.ts';

interface Readable {
  read(...args: unknown[]): Promise<unknown>;
  readSync(...args: unknown[]): unknown;
}

/**
 * Tells of every readback of the current backend.
 *
 * @param onBegin called when it begins
 * @param onEnd called with the bytes it brought
 * @returns ends it
 */
export function watchReadbacks(onBegin: () => void, onEnd: (bytes: number) => void): () => void {
  const backend = tf.backend() as unknown as Readable;
  const onGpu = ['webgpu', 'webgl'].includes(tf.getBackend());
  let inside = false; // wasm's read calls its readSync: one readback, not two
  const watched =
    <R>(original: (...args: unknown[]) => R) =>
    (...args: unknown[]): R => {
      const inKernel = tf.engine().state.kernelDepth > 0;
      if (inside || (inKernel && !onGpu)) return original(...args);
      onBegin();
      inside = true;
      try {
        const values = original(...args);
        if (values instanceof Promise) values.then((read) => onEnd(bytesOf(read)), ignore);
        else onEnd(bytesOf(values));
        return values;
      } finally {
        inside = false;
      }
    };
  const ends = [
    override(backend, 'read', (read) => watched<Promise<unknown>>(read)),
    override(backend, 'readSync', watched),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const bytesOf = (values: unknown) => (ArrayBuffer.isView(values) ? values.byteLength : 0);

/** Whoever reads hears of it, too. */
const ignore = () => {};

/**
 * Runs `work` and counts the readbacks of the current backend meanwhile. Not to be nested, nor run
 * twice at a time: the count is the backend's, not the caller's.
 *
 * @returns what `work` returned, and the count
 */
export async function countReadbacks<T>(
  work: () => Promise<T>,
): Promise<{ value: T; readbacks: number }> {
  let readbacks = 0;
  const end = watchReadbacks(() => readbacks++, ignore);
  try {
    return { value: await work(), readbacks };
  } finally {
    end();
  }
}
