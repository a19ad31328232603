/**
 * What the second look promises: detections come first and only get better, a newer run or choice
 * supersedes an older one, what arrives too late is dropped, a stop keeps what is there, and whatever
 * cannot be had is one sentence.
 */
import { beforeEach, expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import {
  changeOf,
  createSharpenStore,
  type SharpenStore,
} from '../../src/app/sharpen/sharpenStore.ts';
import { createLoupeStore, type LoupeStore } from '../../src/app/store/loupeStore.ts';
import type { PreferencesState, SecondLookChoice } from '../../src/app/store/preferences.ts';
import type { Detection } from '../../src/core/detection/types.ts';
import { ModelError } from '../../src/core/models/modelError.ts';
import { madeUpCost } from '../support/madeUpCost.ts';
import { detection, FakeWorker, settled } from './fakeWorker.ts';

const CHOICE: SecondLookChoice = { upscaling: 'super-resolution', proposals: 8, cropFactor: 1 };
const FOUND: Detection[] = [
  { ...detection('cup', 0.6), proposal: 0 },
  { ...detection('bowl', 0.5, 40), proposal: 1 },
];
const BETTER: Detection[] = [
  { ...detection('bowl', 0.9, 40), proposal: 1, secondLook: { detector: 0.5, classifier: 0.95 } },
  { ...detection('cup', 0.6), proposal: 0 },
];
const batch = (done: number, detections = BETTER) => ({
  detections,
  done,
  total: 2,
  cost: madeUpCost({ name: 'second look' }),
  decided: [{ proposal: 1, decision: { className: 'bowl', score: 0.95 } }],
});

let worker: FakeWorker;
let loupe: LoupeStore;
let sharpen: SharpenStore;
const preferences = () =>
  createStore<PreferencesState>()((set, get) => ({
    theme: 'light',
    toggleTheme() {},
    quality: 'fast',
    setQuality() {},
    secondLook: CHOICE,
    setSecondLook: (changes) => set({ secondLook: { ...get().secondLook, ...changes } }),
  }));
let chosen: ReturnType<typeof preferences>;

beforeEach(async () => {
  worker = new FakeWorker();
  loupe = createLoupeStore(() => worker);
  chosen = preferences();
  sharpen = createSharpenStore(loupe, chosen);
  loupe.getState().openPhoto(new Blob(['a']), 'a.jpg');
  await settled();
  await worker.opened();
  await worker.detected(FOUND);
});

test('detections are there first; the second look makes them better as it goes, and keeps the selection', async () => {
  expect(loupe.getState().detections).toEqual(FOUND);
  expect(sharpen.getState().recheck.status).toBe('running');
  expect(worker.rechecks[0]?.about).toEqual(CHOICE);
  loupe.getState().select(0);
  worker.rechecks[0]?.options.onBatch(batch(1));
  expect(loupe.getState().detections).toEqual(BETTER);
  expect(loupe.getState().selected).toBe(1); // the cup, wherever it stands now
  expect(sharpen.getState().recheck).toMatchObject({ status: 'running', done: 1, total: 2 });
  expect(sharpen.getState().recheck.costs).toHaveLength(1);
  worker.rechecks[0]?.resolve();
  await settled();
  expect(sharpen.getState().recheck.status).toBe('done');
  expect(sharpen.getState().decisions.get(1)).toEqual({ className: 'bowl', score: 0.95 });
  expect(loupe.getState().detections.map(changeOf)).toEqual([{ from: 0.5, to: 0.9 }, undefined]);
});

test('a stop half way keeps what is there, and a later batch is dropped', async () => {
  worker.rechecks[0]?.options.onBatch(batch(1));
  sharpen.getState().stopLooking();
  expect(worker.rechecks[0]?.signal?.aborted).toBe(true);
  worker.rechecks[0]?.options.onBatch(batch(2, FOUND));
  expect(loupe.getState().detections).toEqual(BETTER);
  expect(sharpen.getState().recheck).toMatchObject({ status: 'stopped', done: 1 });
});

test('another choice starts over from what the detector found; none leaves that as it is', async () => {
  worker.rechecks[0]?.options.onBatch(batch(1));
  chosen.getState().setSecondLook({ upscaling: 'bicubic' });
  expect(worker.rechecks[0]?.signal?.aborted).toBe(true);
  expect(loupe.getState().detections).toEqual(FOUND);
  expect(worker.rechecks[1]?.about.upscaling).toBe('bicubic');
  chosen.getState().setSecondLook({ upscaling: 'none' });
  expect(worker.rechecks).toHaveLength(2);
  expect(worker.rechecks[1]?.signal?.aborted).toBe(true);
  expect(sharpen.getState().recheck.status).toBe('none');
});

test('a newer photo ends the second look at the older one, and closes the viewer', async () => {
  sharpen.getState().viewDetection(0);
  expect(sharpen.getState().held).not.toBeNull();
  loupe.getState().openPhoto(new Blob(['b']), 'b.jpg');
  await settled();
  await worker.opened();
  expect(worker.rechecks[0]?.signal?.aborted).toBe(true);
  expect(sharpen.getState().held).toBeNull();
});

test('a model that is not there is one sentence, and the detections stay', async () => {
  worker.rechecks[0]?.reject(new ModelError('missing', 'manifest.json is missing.'));
  await settled();
  const { status, problem } = sharpen.getState().recheck;
  expect(status).toBe('failed');
  expect(problem).toBe(
    'The model for the second look is not on this server; what you see is the detector’s own.',
  );
  expect(loupe.getState().detections).toEqual(FOUND);
  expect(loupe.getState().problem).toBeNull();
});

test('the viewer shows bicubic first, and without super-resolution says why', async () => {
  sharpen.getState().viewDetection(0);
  const { held } = sharpen.getState();
  expect(held?.region).toMatchObject({ left: 0, top: 0 }); // around the box, but inside the photo
  const pixels = { width: 4, height: 4, data: new Uint8ClampedArray(64) };
  worker.enlargements[0]?.resolve(pixels);
  await settled();
  expect(sharpen.getState()).toMatchObject({ bicubic: pixels, sharpened: null });
  worker.enlargements[1]?.reject(new ModelError('missing', 'manifest.json is missing.'));
  await settled();
  expect(sharpen.getState().enlargeProblem).toMatch(/bicubic interpolation is shown\.$/);
});

test('what arrives after the viewer was closed, or opened elsewhere, is dropped', async () => {
  sharpen.getState().viewDetection(0);
  sharpen.getState().viewRegion([10, 10, 11, 11]);
  expect(sharpen.getState().held?.region).toEqual({ left: 10, top: 10, width: 1, height: 1 });
  const old = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  worker.enlargements[0]?.resolve(old);
  await settled();
  expect(sharpen.getState().bicubic).toBeNull();
  sharpen.getState().closeViewer();
  worker.enlargements[1]?.resolve(old);
  await settled();
  expect(sharpen.getState()).toMatchObject({ held: null, bicubic: null });
});

test('a region too large to enlarge is held, but nothing is computed for it', async () => {
  const big = { width: 8000, height: 6000 };
  loupe.setState({
    photo: { ...(loupe.getState().photo as NonNullable<unknown>), ...big } as never,
  });
  const asked = vi.spyOn(worker, 'enlarge');
  sharpen.getState().viewRegion([0, 0, 8000, 6000]);
  await settled();
  expect(sharpen.getState().held?.scales).toEqual([]);
  expect(asked).not.toHaveBeenCalled();
});
