/**
 * Chapter 7: what a run leaves behind. Other anchors cost no readback, a head of its own costs one, once;
 * and nothing stays on the device that nobody asks for any more.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook } from '../../src/core/detection/looks.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { KeptRun } from '../../src/worker/keptRun.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { tinyRpnFiles } from '../support/tinyRpn.ts';

const SET = { sizes: [16, 32, 64], aspectRatios: [0.5, 1, 2] };
const ABOUT = { photo: 1, model: 1, set: SET };
const NO_SIGNAL = new AbortController().signal;
const HEAD = {
  files: [...tinyRpnFiles('chen')].map(([name, bytes]) => {
    return { path: `rpn-chen/${name}`, file: new Blob([new Uint8Array(bytes)]) };
  }),
  served: 'http://nowhere/manifest.json',
};

const suite = () => {
  let model: LoadedModel;
  let detector: FasterRcnn;
  beforeAll(async () => {
    model = await loadModel(tinyDetectorSource({ workingSize: 64 }));
    detector = detectorFromModel(model);
  });
  afterAll(() => model.dispose());

  /** Looks at a photo as the worker does, in one pass or in two. */
  async function look(kept: KeptRun, alsoAt?: number) {
    const picture = noisePicture(100, 80);
    const onlooker = kept.watch(picture);
    const size = { workingSize: 64, slices: false, ...(alsoAt && { alsoAt }) };
    const { onFirstStage } = onlooker;
    const result = await detectWithLook(detector, picture, size, { onFirstStage });
    onlooker.keep(1, 1);
    onlooker.end();
    return result;
  }

  test('gives its own proposals again, without a readback', async () => {
    const kept = new KeptRun();
    const { proposals } = await look(kept);
    const { value, readbacks } = await countReadbacks(() =>
      kept.propose(ABOUT, null, model.manifest),
    );
    expect(readbacks).toBe(0);
    expect(value?.trained).toEqual(SET);
    expect(value?.answering).toEqual([0, 1, 2]);
    expect(value?.tuned).toEqual(value?.asTrained);
    expect(value?.tuned.objectness).toHaveLength(proposals.length);
    proposals.forEach(({ box }, index) => {
      expect([...(value?.tuned.boxes.subarray(4 * index, 4 * index + 4) ?? [])]).toEqual([...box]);
    });
    const other = { ...ABOUT, set: { sizes: [20, 40], aspectRatios: [1] } };
    const tuned = await kept.propose(other, null, model.manifest);
    expect(tuned?.answering).toEqual([0, 1]);
    expect(tuned?.tuned).not.toEqual(tuned?.asTrained);
    kept.forget();
  });

  test('is of one photo and one model, and of several passes the largest', async () => {
    const kept = new KeptRun();
    expect(await kept.propose(ABOUT, null, model.manifest)).toBeNull();
    await look(kept, 32);
    expect(await kept.propose(ABOUT, null, model.manifest)).toMatchObject({ width: 64 });
    expect(await kept.propose({ ...ABOUT, photo: 2 }, null, model.manifest)).toBeNull();
    expect(await kept.propose({ ...ABOUT, model: 2 }, null, model.manifest)).toBeNull();
    kept.forget(2);
    expect(await kept.propose(ABOUT, null, model.manifest)).not.toBeNull();
    kept.forget(1);
    expect(await kept.propose(ABOUT, null, model.manifest)).toBeNull();
  });

  test('answers another head after one readback, and knows its answer from then on', async () => {
    const kept = new KeptRun();
    await look(kept);
    await kept.prepare(HEAD, () => {}, NO_SIGNAL);
    const ask = () => countReadbacks(() => kept.propose(ABOUT, HEAD, model.manifest));
    const first = await ask();
    expect(first.readbacks).toBe(1);
    expect(first.value).toMatchObject({ trained: ANCHOR_SETS.chen, stride: 16 });
    const second = await ask();
    expect(second).toEqual({ value: first.value, readbacks: 0 });
    const other = { ...model.manifest, name: 'mine', groups: [] };
    await look(kept);
    await expect(kept.propose(ABOUT, HEAD, other)).rejects.toThrow(/trained on the trunk of tiny/);
    kept.forget();
  });

  test('leaves nothing behind but what the next one replaces', async () => {
    const kept = new KeptRun();
    const before = tf.memory().numTensors;
    await look(kept, 32);
    await look(kept);
    expect(tf.memory().numTensors).toBe(before + 1);
    const given = kept.watch(noisePicture(100, 80));
    given.end();
    kept.forget();
    expect(tf.memory().numTensors).toBe(before);
  });
};

describeOnBackends('A run', suite, {
  except: { webgpu: 'a software adapter takes minutes, and nothing here is its own' },
});
