/**
 * Chapter 15: what the worker tells of a second look is told of the right proposals: those whose
 * detections were most certain, each with the decision that the classifier makes of its box alone.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CANDIDATE_OPTIONS, proposalsToClassify } from '../../src/core/classification/merge.ts';
import type { DetectionResult } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { summariseModel } from '../../src/core/detection/modelSummary.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import type { LoadedDetector } from '../../src/worker/loadDetector.ts';
import type { ClassScore, ReclassifiedBatch } from '../../src/worker/protocol.ts';
import { Sharpening } from '../../src/worker/sharpening.ts';
import { chooseEngine } from '../../training/engine.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { tinyClassifierFiles, tinyRedNetFiles } from '../support/tinySecondModels.ts';

const PHOTO = noisePicture(150, 100);
const PLACES = {
  redNet: { url: 'http://localhost/red-net/manifest.json' },
  classifier: { url: 'http://localhost/classifier/manifest.json' },
};
const LOOK = {
  ...PLACES,
  upscaling: 'super-resolution',
  cropFactor: 1,
  photo: 1,
  model: 1,
} as const;
const COUNT = 7;

let model: LoadedDetector;
let run: DetectionResult;
beforeAll(async () => {
  await chooseEngine('wasm');
  const loaded = await loadModel(tinyDetectorSource());
  const { manifest } = loaded;
  const detector = detectorFromModel(loaded);
  model = {
    place: { url: 'http://localhost/tiny/manifest.json' },
    detector,
    manifest,
    summary: summariseModel(manifest),
    dispose: loaded.dispose,
  };
  const channels = 4;
  const served = new Map(
    [
      ['red-net', tinyRedNetFiles()] as const,
      ['classifier', tinyClassifierFiles(manifest, channels)] as const,
    ].flatMap(([folder, files]) =>
      [...files].map(([path, bytes]) => [`/${folder}/${path}`, bytes]),
    ),
  );
  vi.stubGlobal('fetch', async (url: string | URL) => {
    const bytes = served.get(new URL(url).pathname);
    return new Response((bytes ?? null) as BodyInit | null, { status: bytes ? 200 : 404 });
  });
  run = await detector.detect(PHOTO, { ...CANDIDATE_OPTIONS, workingSize: 128 });
});
afterAll(() => {
  vi.unstubAllGlobals();
  model.dispose();
});

test('decisions, scores before and scores after belong to one proposal', async () => {
  const sharpening = new Sharpening((work) => work());
  sharpening.batchSize = () => 3;
  const batches: ReclassifiedBatch[] = [];
  const pace = { report() {}, signal: new AbortController().signal };
  const done = await sharpening.reclassify(
    PHOTO,
    model,
    run,
    { ...LOOK, proposals: COUNT, scoreThreshold: CANDIDATE_OPTIONS.scoreThreshold },
    { ...pace, stillThere() {}, onBatch: (batch) => void batches.push(batch) },
  );
  const decided = batches.flatMap((batch) => batch.decided);
  const expected = proposalsToClassify(run.detections, COUNT);
  expect(done).toBe(COUNT);
  expect(expected.toSorted((a, b) => a - b)).not.toEqual(
    Array.from({ length: COUNT }, (_, i) => i),
  );
  expect(new Set(decided.map(({ proposal }) => proposal))).toEqual(new Set(expected));
  for (const { proposal, decision } of decided) {
    const box = run.proposals[proposal]?.box as [number, number, number, number];
    const alone = await sharpening.classify(PHOTO, model, { ...LOOK, box }, pace);
    const best = alone.scores[0] as ClassScore;
    expect(decision.className).toBe(best.className);
    expect(decision.score).toBeCloseTo(best.score, 4);
    // The rule of the tiny classifier is the mean.
    const after = batches.at(-1)?.detections.filter((one) => one.proposal === proposal) ?? [];
    for (const { className, score, secondLook, label } of after) {
      const before = run.detections.find((one) => one.proposal === proposal && one.label === label);
      const classified = alone.scores.find((one) => one.className === className)?.score as number;
      expect(secondLook?.detector).toBe(before?.score);
      expect(secondLook?.classifier).toBeCloseTo(classified, 4);
      expect(score).toBeCloseTo(((before?.score as number) + classified) / 2, 4);
    }
  }
  const untouched = batches.at(-1)?.detections.filter((one) => !expected.includes(one.proposal));
  for (const { secondLook } of untouched ?? []) expect(secondLook).toBeUndefined();
});
