/**
 * Chapter 9: which RoIs a step learns from.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Boxes, boxAt, iou, packBoxes } from '../../src/core/boxes/box.ts';
import type { RoiOutput } from '../../src/core/detection/roiHeads.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';
import {
  hardestRois,
  roiLoss,
  type SampledRois,
  sampleRois,
} from '../../training/detector/rois.ts';
import { chooseEngine } from '../../training/engine.ts';
import { anyBox } from '../01-boxes/anyBox.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { tinyConfig } from '../support/tinyTraining.ts';

stopLeakCheck();

const CLASSES = 3;
const config = tinyConfig('.', { roisPerPicture: 8 });
const options = { labelled: new Float32Array(CLASSES + 1).fill(1), positivesOverAll: true };

/** Proposals of any kind, some of them right on one of two objects, and a region to ignore. */
const scenes = fc
  .record({ proposals: fc.array(anyBox, { minLength: 1, maxLength: 40 }), seed: fc.nat(1000) })
  .map(({ proposals, seed }) => {
    const objects = packBoxes([
      [10, 10, 40, 40],
      [60, 10, 90, 50],
    ]);
    return {
      seed,
      proposals: packBoxes([...proposals, [12, 10, 40, 42], [60, 12, 88, 50]]),
      truth: {
        boxes: objects,
        labels: Int32Array.of(0, 2),
        ignored: Float32Array.of(0, 60, 100, 100),
      },
    };
  });

/** Heads that say something else of every box, and the same of it whenever they are asked. */
function heads(seed: number): (boxes: Boxes) => RoiOutput {
  return (boxes) => {
    const rows = Array.from({ length: boxes.length / 4 }, (_, index) => {
      const place = boxAt(boxes, index).map((side) => Math.round(1000 * side));
      return normalArray(5 * (CLASSES + 1), 2, seededRandom(seed, ...place));
    });
    const of = (from: number, to: number) => tf.stack(rows.map((row) => row.slice(from, to)));
    return {
      logits: of(0, CLASSES + 1) as tf.Tensor2D,
      deltas: of(CLASSES + 1, 5 * (CLASSES + 1)) as tf.Tensor2D,
    };
  };
}

/** Of each RoI alone, both losses together. */
function lossesOf(rois: SampledRois, head: (boxes: Boxes) => RoiOutput): number[] {
  return tf.tidy(() =>
    Array.from(rois.classes, (label, row) => {
      const positives = Number(row < rois.positives);
      const one = {
        boxes: rois.boxes.slice(4 * row, 4 * row + 4),
        classes: Int32Array.of(label),
        deltas: positives ? rois.deltas.slice(4 * row, 4 * row + 4) : new Float32Array(),
        positives,
      };
      const [classes, deltas] = roiLoss(head(one.boxes), one, options);
      return (classes.dataSync()[0] as number) + (deltas.dataSync()[0] as number);
    }),
  );
}

describe('The RoIs of a step [wasm]', () => {
  beforeAll(async () => {
    await chooseEngine('wasm');
  });

  test.each(['random', 'hard'])('are objects first, each with its class (%s)', async (kind) => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ proposals, truth, seed }) => {
        const rois =
          kind === 'hard'
            ? await hardestRois(config, proposals, truth, heads(seed), options)
            : sampleRois(config, proposals, truth, seededRandom(seed));
        const count = rois.classes.length;
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(config.roisPerPicture);
        expect(rois.boxes).toHaveLength(4 * count);
        expect(rois.deltas).toHaveLength(4 * rois.positives);
        rois.classes.forEach((label, row) => {
          const overlaps = [0, 1].map((at) => iou(boxAt(rois.boxes, row), boxAt(truth.boxes, at)));
          expect(label > 0).toBe(row < rois.positives);
          if (label > 0) expect(overlaps[label === 1 ? 0 : 1]).toBeGreaterThanOrEqual(0.5 - 1e-6);
          else expect(Math.max(...overlaps)).toBeLessThan(0.5);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('are, where they are mined, those with the largest loss of all', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async ({ proposals, truth, seed }) => {
        const head = heads(seed);
        const few = await hardestRois(config, proposals, truth, head, options);
        const everything = { ...config, roisPerPicture: 1000 };
        const all = await hardestRois(everything, proposals, truth, head, options);
        const falling = (losses: number[]) => losses.sort((a, b) => b - a);
        const largest = falling(lossesOf(all, head)).slice(0, config.roisPerPicture);
        const chosen = falling(lossesOf(few, head));
        expect(chosen).toHaveLength(largest.length);
        for (const [at, loss] of chosen.entries()) {
          expect(Math.abs(loss - (largest[at] as number))).toBeLessThan(1e-4);
        }
      }),
      { numRuns: 20 },
    );
  });
});
