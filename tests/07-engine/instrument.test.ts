/**
 * The instrument counts what it claims to count: the arithmetic is that of the shapes, every readback is
 * in the stage that waited for it, on WebGPU every dispatch is seen, and afterwards tfjs is as it was.
 * On it stand the caps of a detection: two readbacks, so many dispatches and pipelines, no tensor left.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook } from '../../src/core/detection/looks.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { type StageCost, sumCosts } from '../../src/engine/costs.ts';
import { measureStages } from '../../src/engine/instrument.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';

/** What one detection in one pass may cost on WebGPU with tfjs's kernels: a few more than it does. */
const MOST_DISPATCHES = 60;
const MOST_PIPELINES = 40;

describeOnBackends('the instrument', (backend) => {
  test('counts arithmetic, readbacks and bytes, stage by stage', async () => {
    const x = tf.ones([1, 4, 5, 3]) as tf.Tensor4D;
    const filter = tf.ones([3, 3, 3, 2]) as tf.Tensor4D;
    const heard: number[] = [];
    const { value, cost } = await measureStages(
      async (mark) => {
        const y = tf.conv2d(x, filter, 1, 'same');
        mark('convolution');
        const product = tf.tidy(() => tf.matMul(tf.reshape(y, [20, 2]), tf.ones([2, 7])));
        mark('product');
        const values = await product.data();
        tf.dispose([y, product]);
        mark('product');
        return values;
      },
      (stages) => heard.push(stages.length),
    );
    tf.dispose([x, filter]);
    expect(value).toHaveLength(140);
    const [convolution, product] = cost.stages as [StageCost, StageCost];
    expect(cost.stages.map(({ name }) => name)).toEqual(['convolution', 'product']);
    expect(convolution.gigaflop).toBeCloseTo((2 * 40 * 27) / 1e9, 12);
    expect(product.gigaflop).toBeCloseTo((2 * 140 * 2) / 1e9, 12);
    expect([convolution.readbacks, product.readbacks]).toEqual([0, 1]);
    expect(product.bytes).toBe(140 * 4);
    expect(cost.tensors).toBe(0);
    expect(heard.at(-1)).toBe(2);
    for (const { milliseconds } of cost.stages) expect(milliseconds).toBeGreaterThanOrEqual(0);
    if (backend === 'webgpu') {
      expect(convolution.dispatches).toBeGreaterThan(0);
      expect(convolution.pipelines).toBeGreaterThan(0);
    } else {
      expect(convolution.dispatches).toBeNull();
      expect(cost.pipelines).toBeNull();
    }
  });

  test('leaves tfjs as it was, also when the work fails', async () => {
    const before = [tf.engine().runKernel, tf.backend().read, tf.backend().readSync];
    const failing = measureStages(async () => {
      expect(tf.engine().runKernel).not.toBe(before[0]);
      throw new Error('no luck');
    });
    await expect(failing).rejects.toThrow('no luck');
    expect([tf.engine().runKernel, tf.backend().read, tf.backend().readSync]).toEqual(before);
  });

  test('a detection keeps within its caps, in one pass and in several', async () => {
    const model = await loadModel(tinyDetectorSource({ workingSize: 64 }));
    const detector = detectorFromModel(model);
    const picture = noisePicture(100, 80);
    // The first run makes anchors and the like; a software adapter takes seconds for each.
    const looks = [{ workingSize: 64, slices: false }, ...(backend === 'webgpu' ? [] : [TWICE])];
    for (const look of looks) {
      const { value, cost } = await measureStages((onStage) =>
        detectWithLook(detector, picture, look, { onStage, scoreThreshold: 0.05 }),
      );
      const all = sumCosts('all', cost.stages);
      expect(value.detections.length).toBeGreaterThan(0);
      expect(cost.stages.map(({ name }) => name)).toEqual(STAGES);
      expect(all.readbacks).toBe(2);
      expect(all.bytes).toBeGreaterThan(0);
      expect(cost.tensors).toBe(0);
      if (backend === 'webgpu') {
        expect(all.dispatches).toBeGreaterThan(15);
        expect(all.dispatches).toBeLessThanOrEqual(MOST_DISPATCHES);
        expect(cost.pipelines).toBeLessThanOrEqual(MOST_PIPELINES);
      }
    }
    model.dispose();
  }, 240_000);
});

const TWICE = { workingSize: 64, alsoAt: 48, slices: false };
const STAGES = ['preprocessing', 'trunk', 'RPN', 'proposals', 'RoI heads', 'postprocessing'];
