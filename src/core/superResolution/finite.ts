/**
 * Backends fail in silence: a driver's bug or a lost device gives NaN, and NaN drawn is a black
 * square. What comes back from a device is checked before it is shown.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A backend computed something that is no number; nothing of it is shown. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
}

/**
 * @param values read back from the backend in use
 * @param during what was being done, for the sentence: "a region was enlarged"
 * @throws NotFiniteError that names the backend when a value is NaN or infinite
 */
export function requireFinite(values: Float32Array, during: string): void {
  if (values.every(Number.isFinite)) return;
  throw new NotFiniteError(
    `The ${tf.getBackend()} backend computed something that is no number while ${during}.`,
  );
}
