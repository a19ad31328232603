/**
 * The score threshold: it re-filters what was kept, begins where the model's own F1 is highest, and
 * is the visitor's from the first time it is moved.
 */
import { beforeEach, expect, test } from 'vitest';
import {
  countShown,
  createLoupeStore,
  DEFAULT_THRESHOLD,
  type LoupeStore,
} from '../../src/app/store/loupeStore.ts';
import { summariseModel } from '../../src/core/detection/modelSummary.ts';
import { madeUpSummary } from '../support/summary.ts';
import { tinyDetectorFiles } from '../support/tinyDetector.ts';
import { detection, FakeWorker, settled } from './fakeWorker.ts';

let worker: FakeWorker;
let store: LoupeStore;
const state = () => store.getState();
const CUPS = [detection('cup', 0.2), detection('cup', 0.9), detection('bowl', 0.5)];

async function show(name: string): Promise<void> {
  state().openPhoto(new Blob([name]), name);
  await settled();
  await worker.opened();
  await worker.detected(CUPS);
}

beforeEach(() => {
  worker = new FakeWorker();
  store = createLoupeStore(() => worker);
});

test('the threshold re-filters what was kept and never runs the detector', async () => {
  await show('a.jpg');
  const shown = () => countShown(state().detections, state().threshold);
  expect(shown()).toBe(2);
  state().setThreshold(0.1);
  expect(shown()).toBe(3);
  state().setThreshold(0.95);
  expect(shown()).toBe(0);
  expect(worker.detects).toHaveLength(1);
  expect(state().announcement).toBe('Nothing scores 0.95 or more. The best is cup at 0.90.');
});

test('what the threshold hides is neither selected nor hovered any more', async () => {
  await show('a.jpg');
  state().select(1);
  state().hover(0);
  state().setThreshold(0.6);
  expect(state()).toMatchObject({ selected: null, hovered: 0 });
});

test('the threshold begins where the model is at its best, until the visitor moves it', async () => {
  await show('a.jpg');
  expect(state().threshold).toBe(DEFAULT_THRESHOLD);
  worker.summary = madeUpSummary({ scoreThreshold: 0.6 });
  await show('b.jpg');
  expect(state().threshold).toBe(0.6);
  expect(state().announcement).toBe('1 object found: 1 cup.');
  state().setThreshold(0.4);
  worker.summary = madeUpSummary({ scoreThreshold: 0.7 });
  await show('c.jpg');
  expect(state().threshold).toBe(0.4);
});

test('what was measured on val says where, and nothing on test does', () => {
  const point = { threshold: 0.3149, precision: 0.4, recall: 0.3, f1: 0.34 };
  const score = { images: 9, AP50: 0.2, AP: 0.1, voc: 0.2, perClass: [], operatingPoint: point };
  const manifest = JSON.parse(new TextDecoder().decode(tinyDetectorFiles().get('manifest.json')));
  const measured = (split: string) =>
    summariseModel({
      ...manifest,
      training: { data: [], recipe: {}, seed: 1, metrics: { [split]: { any: score } } },
    }).scoreThreshold;
  expect(measured('val, Fine')).toBe(0.31);
  expect(measured('test')).toBeUndefined();
});
