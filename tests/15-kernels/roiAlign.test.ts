/**
 * Our RoIAlign on WebGPU: the numbers of tfjs's chain on the cpu backend and of ONNX Runtime, within the bound
 * that is stated for coordinates in float32, in a single dispatch.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type RoiAlignOptions, roiAlign } from '../../src/core/detection/roiAlign.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { largestError, readFixture } from '../support/fixture.ts';
import { largest } from './awkward.ts';
import { counted, hereAndOnCpu, withOurKernels } from './installed.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

/** Error of a feature, as a part of the largest feature times one more than the farthest place in cells. */
const BOUND = 1e-6;

interface Case {
  /** rows, columns and channels of the map */
  readonly map: [rows: number, columns: number, channels: number];
  readonly boxes: number[];
  readonly options?: Partial<RoiAlignOptions>;
}

const OPTIONS: RoiAlignOptions = { outputSize: 7, samplingRatio: 2, stride: 8 };

/** Boxes of all sizes in and around a picture, without a pattern. */
const scattered = (count: number, width: number, height: number) =>
  Array.from({ length: count }, (_, i) => {
    const at = (k: number, side: number) => side * (0.5 + 0.7 * Math.sin(3.7 * i * i + k));
    const [x, y] = [at(1, width), at(2, height)];
    return [x, y, x + Math.abs(at(3, width)) + 0.3, y + Math.abs(at(4, height)) + 0.3];
  }).flat();

const CASES: Record<string, Case> = {
  'one box': { map: [9, 12, 8], boxes: [11.3, 5.2, 60.1, 50.9] },
  'one cell': { map: [1, 1, 4], boxes: [0, 0, 8, 8, 1.5, 2.5, 3.5, 6.5] },
  'one row, one channel': { map: [1, 17, 1], boxes: scattered(5, 136, 8) },
  'channels not a multiple of four': { map: [7, 5, 37], boxes: scattered(6, 40, 56) },
  'boxes beyond the edges and outside': {
    map: [6, 5, 12],
    boxes: [-31.3, -47.1, 77.7, 90.9, -90.2, 3.3, -40.4, 9.9, 17.1, 4.1, 41.9, 140.3],
  },
  'boxes of no size, and turned around': {
    map: [6, 5, 4],
    boxes: [10.3, 11.7, 10.3, 11.7, 30.1, 33.3, 5.7, 4.9],
  },
  'one sample for each bin': {
    map: [9, 13, 8],
    boxes: scattered(9, 104, 72),
    options: { samplingRatio: 1 },
  },
  'three samples, five bins, a stride of 3': {
    map: [9, 13, 8],
    boxes: scattered(9, 39, 27),
    options: { samplingRatio: 3, outputSize: 5, stride: 3 },
  },
  'more boxes than a workgroup has threads, a large map': {
    map: [75, 100, 4],
    boxes: scattered(80, 800, 600),
  },
};

interface OnnxCase extends RoiAlignOptions {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly features: number[];
  readonly boxes: number[];
  readonly expected: number[];
}

describeOnWebgpu('our RoIAlign', () => {
  withOurKernels();

  test.each(Object.entries(CASES))('equals the cpu backend: %s', async (_, shape) => {
    const { map, boxes, options = {} } = shape;
    const { stride, ...rest } = { ...OPTIONS, ...options };
    const { values, expected, dispatches } = await hereAndOnCpu(() =>
      tf.tidy(() => {
        const features = waves([1, ...map], 1, 1) as tf.Tensor4D;
        return roiAlign(features, Float32Array.from(boxes), { stride, ...rest });
      }),
    );
    expect(largest(expected)).toBeGreaterThan(0.1);
    const cells = largest(boxes) / stride;
    expect(largestError(values, expected) / (cells + 1)).toBeLessThan(BOUND);
    expect(dispatches).toBe(1);
  });

  test("equals ONNX Runtime's", async () => {
    const cases = readFixture<OnnxCase[]>('reference/roiAlign.json');
    for (const { rows, columns, channels, features, boxes, expected, ...options } of cases) {
      const { values } = await counted(() =>
        tf.tidy(() => {
          const map = tf.tensor4d(features, [1, rows, columns, channels]);
          return roiAlign(map, Float32Array.from(boxes), options);
        }),
      );
      expect(largestError(values, expected)).toBeLessThan(2e-5);
    }
  });

  test('makes one pipeline for any number of boxes and any size of the map', async () => {
    const { pipelineCache } = tf.backend() as unknown as { pipelineCache: object };
    const sizes = [1, 2, 49].map((count) => async () => {
      await counted(() =>
        tf.tidy(() => {
          const features = waves([1, 5 + count, 7, 16], 1, 1) as tf.Tensor4D;
          return roiAlign(features, Float32Array.from(scattered(count, 56, 80)), OPTIONS);
        }),
      );
    });
    await sizes[0]?.();
    const made = Object.keys(pipelineCache).length;
    for (const run of sizes) await run();
    expect(Object.keys(pipelineCache)).toHaveLength(made);
  });
});
