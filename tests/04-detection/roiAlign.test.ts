/**
 * Chapter 4: RoIAlign, against ONNX Runtime's, and its gradient against finite differences.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { roiAlign } from '../../src/core/detection/roiAlign.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError, readFixture } from '../support/fixture.ts';

interface RoiAlignCase {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly stride: number;
  readonly outputSize: number;
  readonly samplingRatio: number;
  readonly features: number[];
  readonly boxes: number[];
  readonly expected: number[];
}

const cases = readFixture<RoiAlignCase[]>('reference/roiAlign.json');

describeOnBackends('RoIAlign', (backend) => {
  test("equals ONNX Runtime's, also for boxes across and outside the edge", async () => {
    for (const { rows, columns, channels, features, boxes, expected, ...options } of cases) {
      const map = tf.tensor4d(features, [1, rows, columns, channels]);
      const aligned = roiAlign(map, Float32Array.from(boxes), options);
      expect(aligned.shape).toEqual([
        boxes.length / 4,
        options.outputSize,
        options.outputSize,
        channels,
      ]);
      expect(largestError(await aligned.data(), expected)).toBeLessThan(2e-5);
      tf.dispose([map, aligned]);
    }
  });

  test('refuses to align nothing', () => {
    const map = tf.zeros<tf.Rank.R4>([1, 2, 2, 1]);
    expect(() =>
      roiAlign(map, new Float32Array(), { outputSize: 7, samplingRatio: 2, stride: 8 }),
    ).toThrow(RangeError);
    map.dispose();
  });

  // Finite differences need two dozen readbacks; one map is enough to see the gradient is right.
  test('has the gradient that finite differences find', async () => {
    const options = { outputSize: 2, samplingRatio: 2, stride: 4 };
    const boxes = Float32Array.of(1, 2, 11, 9, 5, 0, 16, 12);
    const start = Float32Array.from({ length: 4 * 3 }, (_, index) => Math.sin(3 * index));
    const loss = (map: tf.Tensor4D) =>
      tf.tidy(() => tf.sum(tf.square(roiAlign(map, boxes, options)))) as tf.Scalar;
    const at = async (values: Float32Array) => {
      const map = tf.tensor4d(values, [1, 3, 4, 1]);
      const value = loss(map);
      const [number = 0] = await value.data();
      tf.dispose([map, value]);
      return number;
    };
    const map = tf.tensor4d(start, [1, 3, 4, 1]);
    const gradient = tf.grad((x: tf.Tensor) => loss(x as tf.Tensor4D))(map);
    const analytic = await gradient.data();
    tf.dispose([map, gradient]);
    for (let index = 0; index < start.length; index++) {
      const step = 0.05;
      const up = start.slice();
      const down = start.slice();
      up[index] = (start[index] as number) + step;
      down[index] = (start[index] as number) - step;
      const numeric = ((await at(up)) - (await at(down))) / (2 * step);
      expect(
        Math.abs((analytic[index] as number) - numeric),
        `${backend}, cell ${index}`,
      ).toBeLessThan(2e-3);
    }
  });
});
