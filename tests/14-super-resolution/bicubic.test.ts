/**
 * Chapter 14: bicubic interpolation, against an independent version of MATLAB's imresize.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { bicubicResize } from '../../src/core/superResolution/bicubic.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError, readFixture } from '../support/fixture.ts';

interface Case {
  /** height, width, channels */
  readonly input_shape: [number, number, number];
  readonly input: number[];
  readonly output_shape: [number, number, number];
  readonly output: number[];
}

const cases = readFixture<Case[]>('bicubic/cases.json');

describeOnBackends('Bicubic interpolation', () => {
  test("gives imresize's numbers to 1e-3, enlarging and shrinking, also by odd factors", async () => {
    for (const { input, input_shape, output, output_shape } of cases) {
      const [height, width] = output_shape;
      const resized = tf.tidy(() =>
        bicubicResize(tf.tensor3d(input, input_shape), [height, width]),
      );
      expect(resized.shape).toEqual(output_shape);
      const label = `${input_shape} to ${output_shape}`;
      expect(largestError(await resized.data(), output), label).toBeLessThan(1e-3);
      resized.dispose();
    }
  });

  test('resizes the pictures of a batch each for itself', async () => {
    const pictures = [tf.randomUniform([5, 4, 2], 0, 255), tf.randomUniform([5, 4, 2], 0, 255)];
    const batch = tf.tidy(() => bicubicResize(tf.stack(pictures) as tf.Tensor4D, [7, 9]));
    const alone = tf.tidy(() =>
      tf.stack(pictures.map((picture) => bicubicResize(picture as tf.Tensor3D, [7, 9]))),
    );
    expect(largestError(await batch.data(), await alone.data())).toBeLessThan(1e-3);
    tf.dispose([batch, alone, ...pictures]);
  });

  test('keeps a picture of the same size, and the mean of a grey one of any size', async () => {
    const picture = tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]);
    const same = bicubicResize(picture, [2, 3]);
    expect([...(await same.data())]).toEqual([1, 2, 3, 4, 5, 6]);
    picture.dispose();
    const grey = tf.tidy(() => bicubicResize(tf.fill([1, 1, 1], 77) as tf.Tensor3D, [3, 5]));
    expect(largestError(await grey.data(), new Array(15).fill(77))).toBeLessThan(1e-3);
    tf.dispose([same, grey]);
  });

  test('leaves no tensors behind, and refuses sizes that are none', () => {
    const picture = tf.zeros([4, 4, 1]) as tf.Tensor3D;
    const before = tf.memory().numTensors;
    bicubicResize(picture, [8, 2]).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => bicubicResize(picture, [0, 4])).toThrow(RangeError);
    expect(() => bicubicResize(picture, [4, 2.5])).toThrow(/cannot be resized to 2\.5 x 4 pixels/);
    expect(tf.memory().numTensors).toBe(before);
    picture.dispose();
  });
});
