/** Weights widened on the device are those widened in JavaScript, to the bit, whatever their number. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toFloat16 } from '../../src/core/models/float16.ts';
import { GroupBuilder } from '../../src/core/models/groupBuilder.ts';
import { toInt8 } from '../../src/core/models/int8.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

/** Some fill no whole word, some no whole workgroup. */
const SHAPES = [[3, 3, 5, 7], [3, 3, 64, 64], [1, 1, 3, 1], [257], []];

const values = (count: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i) * 10 ** (i % 4));

/** The weight as a group of one, in two shards. */
function load(shape: number[], dtype: 'int8' | 'float16'): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const stored =
    dtype === 'int8'
      ? toInt8(values(size), shape.at(-1) ?? 1)
      : new Uint8Array(toFloat16(values(size)).buffer);
  const builder = new GroupBuilder({
    ...{ name: 'one', weights: [{ name: 'it', shape, dtype }] },
    shards: [{ path: 'a', bytes: stored.length, sha256: '0'.repeat(64) }],
  });
  expect(builder.add(stored.subarray(0, 1), 0)).toEqual([]);
  const [[, tensor]] = builder.add(stored.subarray(1), 1) as [[string, tf.Tensor]];
  return tensor;
}

describeOnWebgpu('weights widened on the device', () => {
  let kernels: InstalledKernels;
  beforeAll(() => {
    kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
  });
  afterAll(() => kernels.remove());

  test.each(
    SHAPES.flatMap((shape) => [
      { shape, dtype: 'int8' as const },
      { shape, dtype: 'float16' as const },
    ]),
  )('are the same: $dtype $shape', async ({ shape, dtype }) => {
    const before = tf.memory().numTensors;
    await tf.setBackend('cpu');
    const there = load(shape, dtype);
    const expected = await there.data();
    await tf.setBackend('webgpu');
    const here = load(shape, dtype);
    expect(here.shape).toEqual(shape);
    expect(await here.data()).toEqual(expected);
    tf.dispose([there, here]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
