/**
 * Chapter 4: several passes over a photo, in tiles and at two sizes. What several passes propose is one
 * list, and what is found in several tiles, or cut by their edges, is reported once and whole. A made-up
 * detector that sees every object of its picture, cut where the picture ends, stands in for the network.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Box, iou } from '../../src/core/boxes/box.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook, looksOf } from '../../src/core/detection/looks.ts';
import { mergeProposals } from '../../src/core/detection/passes.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { anyBox } from '../01-boxes/anyBox.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';
import { allSeeing, mapPicture } from './allSeeing.ts';

const MAP = mapPicture(250, 180);
const SLICED = { workingSize: 128, slices: true };
/** Objects may overlap as proposals may not: here none is suppressed. */
const KEEP_ALL = { proposals: { nmsThreshold: 1 } };
/** Sides of the overlap of two tiles less what counts as cut: 4 working pixels at either side. */
const OVERLAP = { width: 35 - 9, height: 25 - 9 };

function objectsUpTo(width: number, height: number) {
  const object = fc
    .tuple(
      fc.nat(4 * MAP.width),
      fc.nat(4 * MAP.height),
      fc.integer({ min: 8, max: 4 * width }),
      fc.integer({ min: 8, max: 4 * height }),
    )
    .map(([x, y, w, h]): Box => {
      const [x1, y1] = [Math.min(x / 4, MAP.width - w / 4), Math.min(y / 4, MAP.height - h / 4)];
      return [x1, y1, x1 + w / 4, y1 + h / 4];
    });
  return fc.array(object, { minLength: 1, maxLength: 12 });
}

test('each object is reported once and whole, whatever the tiles cut', async () => {
  await fc.assert(
    fc.asyncProperty(objectsUpTo(MAP.width, MAP.height), async (objects) => {
      const { detections, proposals, tiles } = await detectWithLook(
        allSeeing(objects, MAP),
        MAP,
        SLICED,
        KEEP_ALL,
      );
      expect(tiles).toHaveLength(4);
      expect(detections.map(({ label }) => label).sort((a, b) => a - b)).toEqual(
        objects.map((_, i) => i),
      );
      for (const { label, box, proposal } of detections) {
        expect(iou(box, objects[label] as Box)).toBeGreaterThan(0.999);
        expect(proposals[proposal]?.box).toEqual(box);
        expect(proposals[proposal]?.objectness).toBe(label / 100);
      }
      const objectness = proposals.map((proposal) => proposal.objectness);
      expect(objectness).toEqual(objectness.toSorted((a, b) => b - a));
    }),
    { numRuns: 60 },
  );
});

test('an object smaller than the overlap is found in a tile though the whole photo hides it', async () => {
  await fc.assert(
    fc.asyncProperty(objectsUpTo(OVERLAP.width, OVERLAP.height), async (objects) => {
      const { detections } = await detectWithLook(
        allSeeing(objects, MAP, true),
        MAP,
        SLICED,
        KEEP_ALL,
      );
      expect(detections).toHaveLength(objects.length);
      for (const { label, box } of detections) {
        expect(iou(box, objects[label] as Box)).toBeGreaterThan(0.999);
      }
    }),
    { numRuns: 60 },
  );
});

test('progress is one that never goes back, and a cancel ends it between two passes', async () => {
  const seen: number[] = [];
  const detector = allSeeing([[10, 10, 20, 20]], MAP);
  const { stages } = await detectWithLook(detector, MAP, SLICED, {
    onProgress: (f) => void seen.push(f),
  });
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
  expect(stages.map(({ name }) => name)).toEqual([
    'trunk',
    'RPN',
    'proposals',
    'RoI heads',
    'postprocessing',
  ]);
  const abort = new AbortController();
  const cancelled = detectWithLook(detector, MAP, SLICED, {
    signal: abort.signal,
    onProgress: (fraction) => {
      if (fraction > 0.6) abort.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
});

test('a photo too small to gain by tiles is looked at whole alone', async () => {
  const small = mapPicture(60, 40); // enlarged as far as it goes already
  const { tiles } = await detectWithLook(allSeeing([[5, 5, 20, 20]], small), small, SLICED);
  expect(tiles).toEqual([]);
});

test('Fine is one and a half times the working size, unless the manifest names another look', () => {
  const config = {
    workingSize: 640,
    rpn: { tap: 'conv4_3' as const, anchorSizes: [16], aspectRatios: [1] },
    roiHeads: { outputSize: 7, samplingRatio: 1 },
  };
  expect(looksOf(config)).toEqual({
    fast: { workingSize: 640, slices: false },
    fine: { workingSize: 960, slices: false },
    fineCost: 2.25,
  });
  const twice = looksOf({ ...config, fine: { workingSize: 960, alsoAt: 480, slices: false } });
  expect(twice.fineCost).toBe(2.25 + 0.5625);
  const sliced = looksOf({ ...config, fine: { workingSize: 640, slices: true } });
  expect(sliced.fine).toEqual({ workingSize: 640, slices: true });
  expect(sliced.fineCost).toBe(5);
});

test('a second size is a second pass: what both see is one object, progress only rises', async () => {
  const sizes: (number | undefined)[] = [];
  const seeing = allSeeing([[5, 5, 20, 20]], MAP);
  const detector: typeof seeing = {
    ...seeing,
    see(picture, options, clock) {
      sizes.push(options.workingSize);
      return seeing.see(picture, options, clock);
    },
  };
  const progress: number[] = [];
  const look = { workingSize: 96, alsoAt: 48, slices: false };
  const { detections, proposals, tiles } = await detectWithLook(detector, MAP, look, {
    onProgress: (fraction) => void progress.push(fraction),
  });
  expect(sizes).toEqual([48, 96]);
  expect(tiles).toEqual([]);
  expect(detections).toHaveLength(1);
  for (const { proposal } of detections) expect(proposals[proposal]).toBeDefined();
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
});

const anyProposal = fc
  .tuple(anyBox, fc.integer({ min: 0, max: 1000 }))
  .map(([box, thousandths]) => ({ box, anchor: box, objectness: thousandths / 1000 }));

test('proposals of all passes become one list: by falling objectness, none twice, so many', () => {
  const options = { postNmsTopN: 10, nmsThreshold: 0.5 };
  const photo = { width: 1000, height: 1000 };
  const plan = { tile: { left: 0, top: 0, ...photo }, workingSize: 480, leastSide: 0 };
  const anyPass = fc
    .array(anyProposal, { maxLength: 40 })
    .map((proposals) => ({ plan, proposals }));
  fc.assert(
    fc.property(fc.array(anyPass, { maxLength: 3 }), (passes) => {
      const merged = mergeProposals(passes, photo, options);
      expect(merged.length).toBeLessThanOrEqual(10);
      const scores = merged.map(({ objectness }) => objectness);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      for (const { pass, place, ...proposal } of merged) {
        expect(passes[pass]?.proposals[place]).toEqual(proposal);
      }
      passes.forEach(({ proposals }, pass) => {
        proposals.forEach((one, place) => {
          if (merged.some((kept) => kept.pass === pass && kept.place === place)) return;
          const isCovered = merged.some(
            (kept) => kept.objectness >= one.objectness && iou(kept.box, one.box) > 0.499,
          );
          const last = merged.at(-1)?.objectness ?? 0;
          expect(isCovered || (merged.length === 10 && one.objectness <= last)).toBe(true);
        });
      });
      // What the RPN has suppressed already stays as it is.
      expect(mergeProposals([{ plan, proposals: merged }], photo, options)).toHaveLength(
        merged.length,
      );
    }),
  );
});

test('a pass leaves what it shows too small to the others, and drops what its tile cuts', () => {
  const photo = { width: 960, height: 720 };
  const whole = { left: 0, top: 0, ...photo };
  const proposal = (box: Box) => ({ box, anchor: box, objectness: 0.5 });
  const merged = mergeProposals(
    [
      {
        plan: { tile: whole, workingSize: 480, leastSide: 32 },
        proposals: [proposal([0, 0, 60, 60]), proposal([100, 0, 180, 80])], // 30 and 40 pixels there
      },
      {
        plan: {
          tile: { left: 480, top: 0, width: 480, height: 720 },
          workingSize: 960,
          leastSide: 0,
        },
        proposals: [proposal([0, 100, 40, 140]), proposal([20, 300, 60, 340])],
      },
    ],
    photo,
  );
  expect(merged.map(({ pass, place }) => [pass, place])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(merged[1]?.box).toEqual([500, 300, 540, 340]);
});

describeOnBackends('a sliced detection', () => {
  test('reads back twice, however many its passes, and leaves no tensor behind', async () => {
    const model = await loadModel(tinyDetectorSource({ workingSize: 64 }));
    const detector = detectorFromModel(model);
    const look = { workingSize: 64, slices: true };
    const run = () => detectWithLook(detector, noisePicture(120, 90), look);
    const before = tf.memory().numTensors;
    const { value, readbacks } = await countReadbacks(run);
    expect(tf.memory().numTensors).toBe(before);
    expect(value.tiles).toHaveLength(4);
    expect(readbacks).toBe(2);
    for (const { proposal } of value.detections) expect(value.proposals[proposal]).toBeDefined();
    model.dispose();
  }, 180_000); // five passes, and a software adapter is slow
});
