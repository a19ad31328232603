/** What the store promises: a newer photo wins, and a bad one disturbs nothing. */
import { beforeEach, expect, test } from 'vitest';
import { createLoupeStore, type LoupeStore } from '../../src/app/store/loupeStore.ts';
import { ModelError } from '../../src/core/models/modelError.ts';
import {
  type ModelPlace,
  PhotoError,
  type Progress,
  type Quality,
} from '../../src/worker/protocol.ts';
import { madeUpSummary } from '../support/summary.ts';
import { detection, FakeWorker, settled } from './fakeWorker.ts';

let workers: FakeWorker[];
let store: LoupeStore;
const state = () => store.getState();
const worker = () => workers.at(-1) as FakeWorker;
const file = (text: string) => new Blob([text]);
const CUPS = [detection('cup', 0.2), detection('cup', 0.9), detection('bowl', 0.5)];

/** Opens a photo and, unless told not to, finds three things in it. */
async function show(name: string, found = CUPS): Promise<void> {
  state().openPhoto(file(name), name);
  await settled();
  await worker().opened();
  await worker().detected(found);
}

let quality: Quality;
let places: (ModelPlace | undefined)[];

beforeEach(() => {
  workers = [];
  quality = 'fast';
  places = [];
  store = createLoupeStore(
    (_, place) => {
      workers.push(new FakeWorker());
      places.push(place);
      return worker();
    },
    {
      quality: () => quality,
      servedModels: async () => [
        { id: 'household', place: { url: 'http://here/models/household/manifest.json' } },
        { id: 'other', place: { url: 'http://here/models/other/manifest.json' } },
      ],
    },
  );
});

test('a photo is shown as soon as it is decoded, and its detections when they are there', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  expect(state()).toMatchObject({ opening: 'a.jpg', photo: null, run: 'none' });
  await worker().opened();
  expect(state()).toMatchObject({ opening: null, run: 'running' });
  expect(state().photo?.name).toBe('a.jpg');
  await worker().detected(CUPS);
  expect(state().run).toBe('done');
  expect(state().detections.map(({ score }) => score)).toEqual([0.9, 0.5, 0.2]);
});

test('results of an older photo that arrive late are dropped', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  await worker().opened();
  state().openPhoto(file('b'), 'b.jpg');
  await settled();
  await worker().opened(1);
  expect(worker().detects[0]?.signal?.aborted).toBe(true);
  await worker().detected([detection('clock', 0.99)], 0);
  expect(state()).toMatchObject({ run: 'running', detections: [] });
  await worker().detected(CUPS, 1);
  expect(state().photo?.name).toBe('b.jpg');
  expect(state().detections[0]?.className).toBe('cup');
});

test('of two photos opened at once the newer is shown, whichever is decoded first', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  state().openPhoto(file('b'), 'b.jpg');
  await settled();
  await worker().opened(1);
  await worker().opened(0);
  expect(state().photo?.name).toBe('b.jpg');
  expect(worker().detects).toHaveLength(1);
  expect(worker().bitmaps, 'the dropped bitmap is closed').toBe(1);
});

test('a file that is no picture keeps the photo and its results, and says so', async () => {
  await show('a.jpg');
  state().select(1);
  state().openPhoto(file('?'), 'notes.txt');
  await settled();
  worker().opens[1]?.reject(new PhotoError('This file is not a picture.'));
  await settled();
  expect(state()).toMatchObject({ run: 'done', opening: null, selected: 1 });
  expect(state().photo?.name).toBe('a.jpg');
  expect(state().detections).toHaveLength(3);
  expect(state().problem).toEqual({ message: 'This file is not a picture.', retry: null });
});

test('a file that is no picture does not disturb a run that is under way', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  await worker().opened();
  state().openPhoto(file('?'), 'notes.txt');
  await settled();
  worker().opens[1]?.reject(new PhotoError('This file is not a picture.'));
  await settled();
  expect(worker().detects[0]?.signal?.aborted).toBe(false);
  await worker().detected(CUPS);
  expect(state()).toMatchObject({ run: 'done' });
  expect(state().problem?.message).toBe('This file is not a picture.');
});

test('a failed run keeps the photo, and Retry runs it again without decoding it anew', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  await worker().opened();
  worker().detects[0]?.reject(new Error('The shard conv5 is missing.'));
  await settled();
  expect(state()).toMatchObject({ run: 'failed', progress: null });
  expect(state().photo?.name).toBe('a.jpg');
  state().problem?.retry?.();
  await settled();
  expect(state().problem).toBeNull();
  await worker().detected(CUPS);
  expect(state().run).toBe('done');
  expect(worker().opens).toHaveLength(1);
});

test('cancel stops the run, keeps the photo, and what arrives after it is dropped', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  await worker().opened();
  state().cancel();
  expect(worker().detects[0]?.signal?.aborted).toBe(true);
  await worker().detected(CUPS);
  expect(state()).toMatchObject({ run: 'cancelled', detections: [], problem: null });
  expect(state().photo?.name).toBe('a.jpg');
});

test('cancelling a photo that is being opened leaves the one before as it was', async () => {
  await show('a.jpg');
  state().openPhoto(file('b'), 'b.jpg');
  await settled();
  state().cancel();
  await worker().opened(1);
  expect(state()).toMatchObject({ opening: null, run: 'done' });
  expect(state().photo?.name).toBe('a.jpg');
  expect(worker().bitmaps).toBe(1);
});

test('progress never goes back, and an older run cannot move it', async () => {
  state().openPhoto(file('a'), 'a.jpg');
  await settled();
  await worker().opened();
  const at = (fraction: number): Progress => ({ stage: 'download', fraction, message: 'Download' });
  const first = worker().detects[0]?.options.onProgress;
  first?.(at(0.5));
  first?.(at(0.2));
  expect(state().progress?.fraction).toBe(0.5);
  state().cancel();
  first?.(at(0.9));
  expect(state().progress).toBeNull();
});

test('another backend gets another worker and the same photo', async () => {
  await show('a.jpg');
  state().setBackend('webgl');
  await settled();
  expect(workers).toHaveLength(2);
  expect(workers[0]?.disposed).toBe(true);
  expect(state().photo?.name).toBe('a.jpg');
  await worker().opened();
  await worker().detected(CUPS);
  expect(state()).toMatchObject({ run: 'done', backend: 'webgl' });
});

test('each photo that leaves the screen gives its bitmap back', async () => {
  await show('a.jpg');
  await show('b.jpg');
  expect(worker().bitmaps).toBe(1);
  state().closePhoto();
  await settled();
  expect(worker().bitmaps).toBe(0);
  expect(state()).toMatchObject({ photo: null, run: 'none', detections: [] });
});

test('an example that cannot be fetched can be tried again, and is fetched anew', async () => {
  let tries = 0;
  state().openPhoto(async () => {
    if (++tries === 1) throw new Error('No connection.');
    return file('a');
  }, 'a.jpg');
  await settled();
  expect(state().problem?.message).toBe('No connection.');
  state().problem?.retry?.();
  await settled();
  await worker().opened();
  expect(state().photo?.name).toBe('a.jpg');
});

test('looking again, closer, keeps what was found until the new result is there', async () => {
  await show('a.jpg');
  state().select(1);
  quality = 'fine';
  state().detectAgain();
  await settled();
  expect(state()).toMatchObject({ run: 'running', selected: 1 });
  expect(state().detections).toHaveLength(3);
  expect(worker().detects.at(-1)?.options.quality).toBe('fine');
  await worker().detected([detection('clock', 0.8)]);
  expect(state()).toMatchObject({ run: 'done', selected: null });
  expect(state().detections.map(({ className }) => className)).toEqual(['clock']);
});

test('of two looks the newer wins, and one that fails or is cancelled leaves the older result', async () => {
  await show('a.jpg');
  state().detectAgain();
  await settled();
  state().detectAgain();
  await settled();
  expect(worker().detects[1]?.signal?.aborted).toBe(true);
  worker().detects[2]?.reject(new Error('It failed.'));
  await settled();
  expect(state()).toMatchObject({ run: 'done', progress: null });
  expect(state().problem?.message).toBe('It failed.');
  expect(state().detections).toHaveLength(3);
  state().detectAgain();
  await settled();
  state().cancel();
  expect(state().run).toBe('done');
  expect(state().detections).toHaveLength(3);
});

const OWN: ModelPlace = { files: [], served: 'http://here/' };

test('the served models are listed, and the first in use is named before it is loaded', async () => {
  state().listModels();
  await settled();
  expect(state().models.map(({ id }) => id)).toEqual(['household', 'other']);
  expect(state().model?.name).toBe('household');
  expect(worker().choices).toHaveLength(0);
});

test('another model looks at the open photo once it is loaded; until then all stays', async () => {
  await show('a.jpg');
  state().listModels();
  await settled();
  state().chooseModel('other');
  await settled();
  expect(state()).toMatchObject({ chosen: 'household', choosing: { name: 'other' }, run: 'done' });
  worker().choices[0]?.resolve(madeUpSummary({ name: 'other' }));
  await settled();
  expect(state()).toMatchObject({ chosen: 'other', choosing: null, run: 'running' });
  expect(state().detections).toHaveLength(3);
  expect(worker().detects).toHaveLength(2);
});

test('a broken model of one’s own changes nothing but the alert', async () => {
  await show('a.jpg');
  state().openModel(OWN, 'mine');
  await settled();
  const broken = new ModelError('altered', 'The shard x.bin is altered.', 'x.bin');
  worker().choices[0]?.reject(broken);
  await settled();
  expect(state()).toMatchObject({ chosen: 'household', choosing: null, run: 'done' });
  expect(state().detections).toHaveLength(3);
  expect(state().problem).toEqual({ message: 'The shard x.bin is altered.', retry: null });
});

test('a model of one’s own stays chosen when the backend is changed', async () => {
  state().openModel(OWN, 'mine');
  await settled();
  worker().choices[0]?.resolve(madeUpSummary({ name: 'mine' }));
  await settled();
  expect(state().models.map(({ own }) => own)).toEqual([true]);
  state().setBackend('webgl');
  expect(places).toEqual([undefined, OWN]);
});

test('of two models chosen at once the newer is taken, whichever is loaded first', async () => {
  state().openModel(OWN, 'one');
  state().openModel(OWN, 'two');
  await settled();
  worker().choices[1]?.resolve(madeUpSummary({ name: 'two' }));
  worker().choices[0]?.resolve(madeUpSummary({ name: 'one' }));
  await settled();
  expect(state().model?.name).toBe('two');
  expect(state().models).toHaveLength(1);
});
