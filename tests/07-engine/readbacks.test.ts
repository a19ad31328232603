/**
 * Readbacks are counted at the backend, and a whole detection needs at most two. Nor does it leave a
 * tensor behind, however often it runs and wherever it is cancelled.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { describeOnBackends } from '../support/backends.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';

const picture = {
  width: 90,
  height: 60,
  channels: 3,
  data: Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 31 + (i >> 5)) % 256),
} as const;

async function tinyDetector() {
  const model = await loadModel(tinyDetectorSource());
  return { detector: detectorFromModel(model), dispose: model.dispose };
}

describeOnBackends('readbacks', () => {
  test('are counted once each, by data() and dataSync() alike', async () => {
    const square = tf.square(tf.tensor1d([1, 2, 3]));
    const { value, readbacks } = await countReadbacks(async () => {
      const [asynchronous, synchronous] = [await square.data(), square.dataSync()];
      return [...asynchronous, ...synchronous];
    });
    expect(value).toEqual([1, 4, 9, 1, 4, 9]);
    expect(readbacks).toBe(2);
    await square.data(); // after the count is over
    square.dispose();
  });

  test('of a detection are at most two', async () => {
    const { detector, dispose } = await tinyDetector();
    const { value, readbacks } = await countReadbacks(() =>
      detector.detect(picture, { scoreThreshold: 0.05 }),
    );
    dispose();
    expect(value.proposals.length).toBeGreaterThan(0);
    expect(value.detections.length).toBeGreaterThan(0);
    expect(readbacks).toBeLessThanOrEqual(2);
    expect(readbacks).toBeGreaterThan(0);
  });
});

describeOnBackends('detections in a row', (backend) => {
  test('leave no tensor behind', async () => {
    const { detector, dispose } = await tinyDetector();
    await detector.detect(picture);
    const before = tf.memory().numTensors;
    const runs = backend === 'webgpu' ? 2 : 50; // a software adapter takes seconds for one
    for (let run = 0; run < runs; run++) await detector.detect(picture);
    expect(tf.memory().numTensors).toBe(before);
    dispose();
  });

  test('leave no tensor behind when cancelled at any of their steps', async () => {
    const { detector, dispose } = await tinyDetector();
    const before = tf.memory().numTensors;
    let steps = 0;
    await detector.detect(picture, { onProgress: () => void steps++ });
    expect(steps).toBeGreaterThan(13);
    const stride = backend === 'webgpu' ? 7 : 1;
    for (let stop = 0; stop < steps; stop += stride) {
      const abort = new AbortController();
      let step = 0;
      const run = detector.detect(picture, {
        signal: abort.signal,
        onProgress: () => {
          if (step++ === stop) abort.abort();
        },
      });
      await expect(run).rejects.toMatchObject({ name: 'AbortError' });
      expect(tf.memory().numTensors).toBe(before);
    }
    dispose();
  });
});
