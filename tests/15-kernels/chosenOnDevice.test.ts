/**
 * A detection whose proposals the device chooses finds what it finds without, reads back a few kilobytes
 * for them, and leaves what its RPN said where it is until somebody looks; whoever holds that frees it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DetectionPath, explainDetection } from '../../src/core/detection/explain.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook, type Look, type LookResult } from '../../src/core/detection/looks.ts';
import type { DetectOptions } from '../../src/core/detection/options.ts';
import { DetectionTrace } from '../../src/core/detection/trace.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { countReadbacks, watchReadbacks } from '../../src/engine/readbacks.ts';
import { KeptRun } from '../../src/worker/keptRun.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

const PHOTO = noisePicture(150, 112);
const OPTIONS = { scoreThreshold: 0.05 };
const LOOKS: Record<string, Look> = {
  'one pass': { workingSize: 256, slices: false },
  'two passes': { workingSize: 128, alsoAt: 96, slices: false },
};
const SMALL = { workingSize: 64, slices: false };

/** The same but for rounding. */
function expectAlike(actual: unknown, expected: unknown, at = ''): void {
  if (typeof expected === 'number') {
    expect(Math.abs((actual as number) - expected), at).toBeLessThan(1e-2);
  } else if (expected && typeof expected === 'object') {
    expect(Object.keys(actual as object), at).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      expectAlike((actual as Record<string, unknown>)[key], value, `${at}/${key}`);
    }
  } else expect(actual, at).toEqual(expected);
}

describeOnWebgpu('a detection whose proposals the device chooses', () => {
  let model: LoadedModel;
  let detector: FasterRcnn;
  let kernels: InstalledKernels;
  const install = (proposals: boolean) => {
    kernels?.remove();
    const backend = tf.backend() as unknown as WebGPUBackend;
    kernels = installKernels(backend, everywhere('direct-large'), { proposals });
  };
  beforeAll(async () => {
    model = await loadModel(tinyDetectorSource());
    detector = detectorFromModel(model);
    install(true);
  });
  afterAll(() => {
    kernels.remove();
    model.dispose();
  });

  interface Run {
    readonly result: LookResult;
    readonly paths: DetectionPath[];
    /** of each readback of the detection, in bytes */
    readonly bytes: number[];
    readonly later: number;
  }

  /** Detects and looks at how the first few were found. */
  async function run(look: Look): Promise<Run> {
    const trace = new DetectionTrace();
    const bytes: number[] = [];
    const end = watchReadbacks(
      () => {},
      (read) => bytes.push(read),
    );
    const result = await detectWithLook(detector, PHOTO, look, { ...OPTIONS, trace }).finally(end);
    const { value: paths, readbacks } = await countReadbacks(async () => {
      const list: DetectionPath[] = [];
      for (const one of result.detections.slice(0, 8)) {
        list.push(await explainDetection(detector, trace, result.proposals, one, OPTIONS));
      }
      return list;
    });
    trace.dispose();
    return { result, paths, bytes, later: readbacks };
  }

  test.each(Object.entries(LOOKS))(
    'finds the same, and in the same way: %s',
    async (_, look) => {
      const tensors = tf.memory().numTensors;
      const there = await run(look);
      install(false);
      const here = await run(look);
      install(true);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(here.result.detections.length).toBeGreaterThan(3);
      expectAlike(there.result.detections, here.result.detections);
      expectAlike(there.result.proposals, here.result.proposals);
      expectAlike(there.paths, here.paths);
      expect([there.bytes, here.bytes].map(({ length }) => length)).toEqual([2, 2]);
      expect(there.bytes[0]).toBeLessThanOrEqual(10_000 * (look.alsoAt ? 2 : 1));
      expect(there.bytes[0]).toBeLessThan(here.bytes[0] as number);
      expect(here.later).toBe(0);
      expect(there.later).toBeGreaterThan(0);
      expect(there.later).toBeLessThanOrEqual(look.alsoAt ? 2 : 1);
    },
    300_000,
  );

  test('keeps the answer for the Anchors page, which reads it once', async () => {
    const about = { photo: 1, model: 1, set: { sizes: [16, 32, 64], aspectRatios: [0.5, 1, 2] } };
    const tensors = tf.memory().numTensors;
    const kept = new KeptRun();
    const look = async () => {
      const onlooker = kept.watch(PHOTO);
      const { onFirstStage } = onlooker;
      const { proposals } = await detectWithLook(detector, PHOTO, SMALL, { onFirstStage });
      const held = onlooker.tensors;
      onlooker.keep(1, 1);
      onlooker.end();
      return { proposals, held };
    };
    const { held, proposals } = await look();
    expect(tf.memory().numTensors).toBe(tensors + held);
    const ask = () => countReadbacks(() => kept.propose(about, null, model.manifest));
    const [first, second] = [await ask(), await ask()];
    expect([first.readbacks, second.readbacks]).toEqual([1, 0]);
    expect(second.value).toEqual(first.value);
    expect(first.value?.asTrained.objectness).toHaveLength(proposals.length);
    await look(); // replaces what was read, and is replaced unread
    await look();
    expect(tf.memory().numTensors).toBe(tensors + held);
    kept.forget();
    expect(tf.memory().numTensors).toBe(tensors);
  }, 300_000);

  test('leaves nothing behind when it is cancelled, once its trace is disposed of', async () => {
    const tensors = tf.memory().numTensors;
    const stop = async (at: number) => {
      const [trace, kept, abort] = [new DetectionTrace(), new KeptRun(), new AbortController()];
      const { onFirstStage, end } = kept.watch(PHOTO);
      const options: DetectOptions = {
        ...{ trace, onFirstStage, signal: abort.signal },
        onProgress: (share) => void (share >= at && abort.abort()),
      };
      const looking = detectWithLook(detector, PHOTO, SMALL, options);
      await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
      const held = trace.tensors;
      trace.dispose();
      end();
      expect(tf.memory().numTensors).toBe(tensors);
      return held;
    };
    expect(await stop(0.3)).toBe(0);
    expect(await stop(0.9)).toBe(2); // the proposals are there, and nothing is classified yet
    expect(await stop(1)).toBe(2);
  }, 300_000);

  test('does not tell how it was found once its trace is disposed of', async () => {
    const trace = new DetectionTrace();
    const { detections, proposals } = await detector.detect(PHOTO, { workingSize: 64, trace });
    trace.dispose();
    const [one] = detections.length ? detections : [{ box: [0, 0, 1, 1], label: 0, proposal: 0 }];
    const path = explainDetection(detector, trace, proposals, one as never);
    await expect(path).rejects.toThrow('no longer on the device');
  }, 300_000);
});
