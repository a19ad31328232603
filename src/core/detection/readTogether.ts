/**
 * Several tensors in one readback. On a GPU each readback costs 5 to 15 ms of waiting however little it
 * brings, so what is wanted at the same moment is joined on the device and read as one.
 */
import * as tf from '@tensorflow/tfjs-core';

/**
 * The values of each of these tensors of floats, by one readback; by none where there are none.
 *
 * @param tensors are disposed of, also where reading fails; null stands for no values
 */
export async function readTogether(
  tensors: readonly (tf.Tensor | null)[],
): Promise<Float32Array[]> {
  const there = tensors.filter((tensor) => tensor !== null);
  if (there.length === 0) return tensors.map(() => new Float32Array());
  let joined: tf.Tensor | undefined;
  try {
    joined =
      there.length === 1
        ? (there[0] as tf.Tensor)
        : tf.tidy(() => tf.concat1d(there.map((one) => tf.reshape(one, [-1]) as tf.Tensor1D)));
    const values = (await joined.data()) as Float32Array;
    let at = 0;
    return tensors.map((tensor) => {
      const from = at;
      at += tensor?.size ?? 0;
      return values.subarray(from, at);
    });
  } finally {
    tf.dispose([...there, joined]);
  }
}
