/**
 * Chapter 9: copy-paste of small objects: what is pasted, where, and what becomes of the pixels.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { area, boxAt, iou } from '../../src/core/boxes/box.ts';
import type { WorkingPicture } from '../../src/core/detection/transform.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import { layOver } from '../../training/detector/copyPaste.ts';
import {
  readTrainingSets,
  type TrainingPhoto,
  type TrainingSet,
} from '../../training/detector/dataset.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { seededRandom } from '../../training/detector/random.ts';
import {
  type PastedObject,
  truthInView,
  type View,
  viewName,
  viewSize,
} from '../../training/detector/viewGeometry.ts';
import { chooseView } from '../../training/detector/views.ts';
import { chooseEngine } from '../../training/engine.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

const OBJECTS = 3;

function configWith(changes: object = {}): TrainingConfig {
  const { detector } = tinyConfig('.');
  return tinyConfig('.', {
    detector: { ...detector, workingSize: 320 },
    copyPaste: { objects: OBJECTS },
    ...changes,
  });
}

/** A set of photos with a large object and a few small ones each; labels tell them apart. */
function setOf(seed: number): TrainingPhoto[] {
  const random = seededRandom(seed);
  return Array.from({ length: 4 }, (_, index): TrainingPhoto => {
    const [width, height] = index % 2 ? [320, 240] : [240, 320];
    const small = Array.from({ length: index }, () => {
      const [x, y] = [random() * (width - 20), random() * (height - 20)];
      return [x, y, x + 12 + 6 * random(), y + 12 + 6 * random()];
    });
    return {
      key: `set/${index}.jpg`,
      path: '',
      width,
      height,
      boxes: Float32Array.from([0, 0, 100, 80, ...small.flat()]),
      labels: Int32Array.from([0, ...small], (_, at) => 10 * index + at),
      ignored: new Float32Array(),
      labelled: new Float32Array(),
    };
  });
}

const turns = fc
  .record({ seed: fc.nat(500), at: fc.nat(3), slot: fc.nat(5000), flip: fc.boolean() })
  .map(({ seed, at, slot, flip }) => {
    const siblings = setOf(seed);
    return { photo: siblings[at] as TrainingPhoto, siblings, slot, flip };
  });

describe('Objects pasted into a view', () => {
  test.each([undefined, { scales: [0.8, 2], window: [224, 160] }])(
    'are small ones of other photos, whole, and cover nothing (views: %j)',
    (views) => {
      let count = 0;
      fc.assert(
        fc.property(turns, (turn) => {
          const view = chooseView(turn, configWith({ views }));
          const { width, height } = viewSize(turn.photo, view);
          const { pasted = [], ...plain } = view;
          const before = truthInView(turn.photo, plain);
          const taken = Array.from(before.labels, (_, at) => boxAt(before.boxes, at));
          expect(pasted.length).toBeLessThanOrEqual(OBJECTS);
          for (const { photo, label, box, cut, left, top } of pasted) {
            const { window } = cut;
            const index = photo.labels.indexOf(label);
            expect(photo).not.toBe(turn.photo);
            const share = area(boxAt(photo.boxes, index)) / (photo.width * photo.height);
            expect(share).toBeLessThan(0.01);
            // In the pixels of what is cut out, the object is where it is in the view.
            const { boxes, labels } = truthInView(photo, cut);
            const inCut = boxAt(boxes, labels.indexOf(label));
            const moved = [left, top, left, top].map((by, at) => (inCut[at] as number) + by);
            for (const [at, side] of moved.entries()) expect(box[at]).toBeCloseTo(side, 3);
            expect(left + window.width).toBeLessThanOrEqual(width);
            expect(top + window.height).toBeLessThanOrEqual(height);
            for (const other of taken) expect(iou(other, box)).toBe(0);
            taken.push(box);
          }
          count += pasted.length;
          const after = truthInView(turn.photo, view);
          expect([...after.labels]).toEqual([
            ...before.labels,
            ...pasted.map(({ label }) => label),
          ]);
          expect(after.boxes).toHaveLength(4 * after.labels.length);
        }),
      );
      expect(count).toBeGreaterThan(100);
    },
  );

  test('are the same whenever the view is asked for, others in another turn, and are in its name', () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const view = chooseView(turn, configWith());
        const name = viewName(view);
        expect(viewName(chooseView({ ...turn }, configWith()))).toBe(name);
        const plain = chooseView(turn, configWith({ copyPaste: undefined }));
        expect(viewName(plain)).toBe(turn.flip ? '320.flip' : '320');
        const other = chooseView({ ...turn, slot: turn.slot + 1 }, configWith());
        if (view.pasted) expect(new Set([name, viewName(plain), viewName(other)]).size).toBe(3);
      }),
    );
  });
});

test('A cut-out covers with the object and fades towards its edge', () => {
  const picture = (width: number, height: number, value: number): WorkingPicture => ({
    data: new Float32Array(3 * width * height).fill(value),
    width,
    height,
    paddedWidth: width,
    paddedHeight: height,
    scaleX: 1,
    scaleY: 1,
  });
  const target = picture(32, 32, 0);
  const object = { left: 8, top: 4, box: [12, 8, 20, 16] } as unknown as PastedObject;
  layOver(target, picture(16, 16, 100), object);
  const at = (x: number, y: number) => target.data[3 * (32 * y + x)] as number;
  expect(at(7, 8)).toBe(0);
  expect(at(24, 8)).toBe(0);
  for (const [x, y] of [
    [12, 8],
    [19, 15],
  ] as const) {
    expect(at(x, y)).toBe(100);
  }
  const line = [8, 9, 10, 11, 12].map((x) => at(x, 10));
  expect(line).toEqual([12.5, 37.5, 62.5, 87.5, 100]);
  expect(at(8, 4)).toBeCloseTo(100 / 64, 4);
});

describe('Features of a view with pasted objects [wasm]', () => {
  let folder: string;
  let trunk: LoadedModel;
  beforeAll(async () => {
    await chooseEngine('wasm');
    folder = await makeTinyTraining(2);
    trunk = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => {
    trunk.dispose();
    removeTinyTraining(folder);
  });

  test('are kept beside those without, and differ where the object is', async () => {
    const [{ photos }] = readTrainingSets(tinyConfig(folder)) as [TrainingSet];
    const [photo, other] = photos as [TrainingPhoto, TrainingPhoto];
    const cache = FeatureCache.of(join(folder, 'features'), trunk);
    const plain: View = { longSide: 64, flip: false };
    const cut = { ...plain, window: { left: 0, top: 0, width: 12, height: 12 } };
    const object = { photo: other, cut, left: 0, top: 0, label: 0 };
    const view: View = { ...plain, pasted: [{ ...object, box: [2, 2, 10, 10] }] };
    const valuesOf = async (some: View) => {
      const conv4_3 = (await cache.get(photo, some)).conv4_3 as tf.Tensor4D;
      const values = (await conv4_3.data()) as Float32Array;
      conv4_3.dispose();
      return values;
    };
    const before = tf.memory().numTensors;
    const [without, pasted] = [await valuesOf(plain), await valuesOf(view)];
    expect(cache.missingBytes(photo, view)).toBe(0);
    expect(await valuesOf(view)).toEqual(pasted);
    expect(await valuesOf(plain)).toEqual(without);
    expect(pasted.subarray(0, 512)).not.toEqual(without.subarray(0, 512));
    expect(tf.memory().numTensors).toBe(before);
  });
});
