/**
 * Shaders come before the first photo: after a rehearsal at a model's working size a detection makes no
 * other, of the same numbers as without; and a rehearsal leaves nothing behind, whatever becomes of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import type { Box } from '../../src/core/boxes/box.ts';
import { HEAD_KINDS } from '../../src/core/classification/config.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { rehearse } from '../../src/core/detection/rehearsal.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { outlineOf } from '../../src/core/models/outline.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import { startKernels } from '../../src/engine/kernels/start.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { makeTinyClassifier } from '../support/tinyClassifier.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';

// For a software adapter on a machine that does other things, too.
vi.setConfig({ testTimeout: 240_000 });

const SIZE = 128;
/** Where nothing depends on it: tfjs's kernels take their time on a software adapter. */
const SMALL = 64;
/** Of the picture that is looked at twice. */
const SIDE = 96;
const ADAPTER = { adapter: 'a test', browser: 'a test', software: true };

const KERNELS = {
  stock: async () => null,
  'our own': () => startKernels(ADAPTER),
  // Nothing is timed: a software adapter would take long over kernels for a GPU.
  'those of a GPU': () =>
    startKernels({ ...ADAPTER, software: false }, { measure: async () => ({}) }),
};

const pipelines = () =>
  Object.keys((tf.backend() as unknown as { pipelineCache: object }).pipelineCache);

describeOnBackends('a rehearsal', (backend) => {
  test('leaves no tensor, and the detector as it was', async () => {
    const model = await loadModel(tinyDetectorSource({ workingSize: SMALL }));
    const detector = detectorFromModel(model);
    const picture = noisePicture(SMALL, 48, 1);
    const before = await detector.detect(picture);
    const { numTensors } = tf.memory();
    await rehearse(detector, SMALL);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect((await detector.detect(picture)).detections).toEqual(before.detections);
    model.dispose();
  });

  test.runIf(backend === 'webgpu').each(Object.entries(KERNELS))(
    'makes every pipeline of a detection with kernels that are %s, and runs none',
    async (_, start) => {
      const installed = await start();
      const model = await loadModel(tinyDetectorSource({ workingSize: SIZE }));
      try {
        const detector = detectorFromModel(model);
        // As in the app, where the weights are still to come.
        await compileAhead(async () => {
          const outline = outlineOf(model.manifest);
          await rehearse(detectorFromModel(outline), SIZE);
          outline.dispose();
        });
        const made = pipelines();
        const { numTensors } = tf.memory();
        for (const picture of [noisePicture(SIZE, 96, 1), noisePicture(100, 140, 2)]) {
          await detector.detect(picture);
        }
        expect(pipelines().filter((key) => !made.includes(key))).toEqual([]);
        expect(tf.memory().numTensors).toBe(numTensors);
      } finally {
        installed?.remove();
        model.dispose();
      }
    },
  );

  test.runIf(backend === 'webgpu')('that is cancelled leaves no pipeline half made', async () => {
    const model = await loadModel(tinyDetectorSource({ workingSize: SIZE }));
    const detector = detectorFromModel(model);
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(compileAhead(() => rehearse(detector, SIZE, stopped))).rejects.toThrow('stopped');
    expect(tf.env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')).toBe(false);
    expect((await detector.detect(noisePicture(64, 64, 1))).stages.length).toBeGreaterThan(3);
    model.dispose();
  });
});

describeOnBackends('a rehearsal of the second look', (backend) => {
  const picture = noisePicture(SIDE, SIDE, 1);
  const boxes: Box[] = [
    [4, 4, 12, 14],
    [20, 20, 30, 26],
    [0, 0, SIDE, SIDE],
    [40, 40, 46, 50],
    [10, 50, 18, 56],
  ];

  test.each(HEAD_KINDS)('by %s leaves nothing, and compiles all there is to it', async (kind) => {
    const tiny = await makeTinyClassifier();
    const { classifier } = tiny;
    const { numTensors } = tf.memory();
    await (backend === 'webgpu'
      ? compileAhead(() => classifier.rehearse(kind))
      : classifier.rehearse(kind));
    expect(tf.memory().numTensors).toBe(numTensors);
    const made = backend === 'webgpu' ? pipelines() : [];
    for await (const batch of classifier.classify(picture, boxes, { upscaling: kind })) {
      expect(batch.every(({ scores }) => scores.every(Number.isFinite))).toBe(true);
    }
    const one = classifier.classify(picture, boxes.slice(0, 1), { upscaling: kind, crops: true });
    for await (const batch of one) expect(batch).toHaveLength(1);
    if (backend === 'webgpu') {
      expect(pipelines().filter((key) => !made.includes(key))).toEqual([]);
    }
    tiny.dispose();
  });
});
