/**
 * Our bicubic kernel on WebGPU: the numbers of tfjs's chain on the cpu backend and of imresize, in one
 * dispatch for each axis.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import { largestError, readFixture } from '../support/fixture.ts';
import { largest } from './awkward.ts';
import { counted, hereAndOnCpu, withOurKernels } from './installed.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

/** Error as a part of the largest number. */
const BOUND = 1e-6;

interface Case {
  readonly shape: number[];
  readonly to: [height: number, width: number];
  readonly dispatches?: number;
}

const CASES: Record<string, Case> = {
  'one pixel enlarged': { shape: [1, 1, 1], to: [3, 5] },
  'one row, one column': { shape: [2, 1, 7, 3], to: [4, 1] },
  'odd sides, three channels, enlarged by odd factors': { shape: [13, 7, 3], to: [31, 20] },
  'a batch, four channels, enlarged': { shape: [3, 6, 5, 4], to: [24, 20] },
  'a batch of crops, one channel': { shape: [4, 24, 24, 1], to: [96, 96] },
  shrunk: { shape: [1, 37, 50, 3], to: [5, 11] },
  'shrunk to one pixel': { shape: [23, 17, 5], to: [1, 1] },
  'one axis shrunk, the other enlarged': { shape: [2, 40, 9, 2], to: [13, 30] },
  'one axis alone': { shape: [9, 12, 3], to: [9, 30], dispatches: 1 },
};

/** Numbers from 1 to 255 without a pattern. */
function picture(shape: number[]): tf.Tensor3D {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => 128 + 127 * Math.sin(i * i * 0.37 + i),
  );
  return tf.tensor(values, shape as [number, number, number]);
}

interface ImresizeCase {
  readonly input_shape: [number, number, number];
  readonly input: number[];
  readonly output_shape: [number, number, number];
  readonly output: number[];
}

describeOnWebgpu('our bicubic resize', () => {
  withOurKernels();

  test.each(Object.entries(CASES))('equals the cpu backend: %s', async (_, each) => {
    const { values, shape, expected, dispatches } = await hereAndOnCpu(() =>
      tf.tidy(() => bicubicResize(picture(each.shape), each.to)),
    );
    expect(shape.slice(-3, -1)).toEqual(each.to);
    expect(largestError(values, expected) / largest(expected)).toBeLessThan(BOUND);
    expect(dispatches).toBe(each.dispatches ?? 2);
  });

  test("gives imresize's numbers to 1e-3", async () => {
    for (const each of readFixture<ImresizeCase[]>('bicubic/cases.json')) {
      const [height, width] = each.output_shape;
      const { values } = await counted(() =>
        tf.tidy(() => bicubicResize(tf.tensor3d(each.input, each.input_shape), [height, width])),
      );
      expect(largestError(values, each.output)).toBeLessThan(1e-3);
    }
  });

  test('takes whole numbers, too', async () => {
    const bytes = Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256);
    const { values, expected } = await hereAndOnCpu(() =>
      tf.tidy(() => bicubicResize(tf.tensor3d(bytes, [5, 4, 3], 'int32'), [7, 9])),
    );
    expect(largestError(values, expected) / 255).toBeLessThan(BOUND);
  });
});
