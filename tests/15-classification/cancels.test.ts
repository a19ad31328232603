/**
 * Chapter 15: a thousand cancels in a row, at any moment of a second look, a region or a detection,
 * leave the tensor count where it was.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reclassify } from '../../src/core/classification/reclassify.ts';
import type { DetectionResult } from '../../src/core/detection/fasterRcnn.ts';
import { upscaleRegion } from '../../src/core/superResolution/upscaleRegion.ts';
import { chooseEngine } from '../../training/engine.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { makeTinyClassifier, type TinyClassifier } from '../support/tinyClassifier.ts';

const PHOTO = noisePicture(150, 100);
const REGION = { left: 3, top: 5, width: 9, height: 7 };
const CANCELS = 1000;

let tiny: TinyClassifier;
let run: DetectionResult;
beforeAll(async () => {
  await chooseEngine('wasm');
  tiny = await makeTinyClassifier();
  run = await tiny.detector.detect(PHOTO, { workingSize: 128, scoreThreshold: 0.01 });
  expect(run.detections.length).toBeGreaterThan(0);
});
afterAll(() => tiny.dispose());

/** Stops at the given breath, counted from 0; tells whether there were as many. */
async function cancelled(
  at: number,
  work: (pace: { signal: AbortSignal; onProgress: () => void }) => Promise<unknown>,
): Promise<boolean> {
  const stop = new AbortController();
  let breaths = 0;
  const onProgress = () => {
    if (breaths++ === at) stop.abort();
  };
  const outcome = await work({ signal: stop.signal, onProgress }).then(
    () => 'done',
    (error: Error) => error.name,
  );
  expect(outcome).toBe(stop.signal.aborted ? 'AbortError' : 'done');
  return stop.signal.aborted;
}

test('a thousand cancels leave no tensor', async () => {
  const { classifier, redNet, detector } = tiny;
  const look = { upscaling: 'super-resolution', proposals: 3, batchSize: 1 } as const;
  const works: Parameters<typeof cancelled>[1][] = [
    async (pace) => {
      for await (const _ of reclassify(classifier, PHOTO, run, { ...look, ...pace }));
    },
    (pace) => upscaleRegion(PHOTO, REGION, 2, { redNet, ...pace }),
    (pace) => detector.detect(PHOTO, { workingSize: 64, ...pace }),
  ];
  const before = tf.memory().numTensors;
  let count = 0;
  for (let round = 0; count < CANCELS; round++) {
    for (const work of works) {
      // The last breaths come when all is done; earlier ones while something is under way.
      if (await cancelled(round % 12, work)) count++;
      expect(tf.memory().numTensors).toBe(before);
    }
  }
}, 300_000);
