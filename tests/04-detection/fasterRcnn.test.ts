/**
 * Chapter 4: Faster R-CNN as a whole. What every run must obey, whatever the weights are.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxAt, iou } from '../../src/core/boxes/box.ts';
import type { DetectionResult, FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { filterProposals } from '../../src/core/detection/rpn.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { describeOnBackends } from '../support/backends.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';

const references = new Map<string, DetectionResult>();

describeOnBackends('Faster R-CNN', (backend) => {
  let model: LoadedModel;
  let detector: FasterRcnn;
  beforeAll(async () => {
    model = await loadModel(tinyDetectorSource({ workingSize: 128 }));
    detector = detectorFromModel(model);
  });
  afterAll(() => model.dispose());

  test('reads back twice, and once where nothing was proposed', async () => {
    const usual = await countReadbacks(() => detector.detect(noisePicture(100, 80)));
    expect(usual.value.proposals.length).toBeGreaterThan(0);
    expect(usual.readbacks).toBe(2);
    const nothing = await countReadbacks(() =>
      detector.detect(noisePicture(100, 80), { proposals: { minSize: 1e6 } }),
    );
    expect(nothing.value.detections).toEqual([]);
    expect(nothing.readbacks).toBe(1);
  });

  test('reports boxes inside the picture, by falling score, above the threshold', async () => {
    for (const [width, height] of [
      [100, 80],
      [33, 190],
      [400, 30],
      [1, 1],
      [1, 500],
    ] as const) {
      const { detections, proposals } = await detector.detect(noisePicture(width, height), {
        scoreThreshold: 0.2,
      });
      const scores = detections.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      for (const { score, proposal, className } of detections) {
        expect(score).toBeGreaterThanOrEqual(0.2);
        expect(proposals[proposal]).toBeDefined();
        expect(model.manifest.classes.map(({ name }) => name)).toContain(className);
      }
      for (const {
        box: [x1, y1, x2, y2],
      } of [...detections, ...proposals]) {
        expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(0);
        expect(x2).toBeLessThanOrEqual(width);
        expect(y2).toBeLessThanOrEqual(height);
      }
    }
  });

  test('finds the same on every backend', async () => {
    const run = await detector.detect(noisePicture(120, 90), { scoreThreshold: 0.05 });
    const reference = references.get('picture') ?? run;
    references.set('picture', reference);
    // Random weights give many nearly equal scores; where rounding swaps two, NMS may keep the other.
    const found = run.detections.filter(({ label, score, box }) =>
      reference.detections.some(
        (other) =>
          other.label === label &&
          Math.abs(other.score - score) < 1e-3 &&
          iou(other.box, box) > 0.99,
      ),
    );
    expect(reference.detections.length).toBeGreaterThan(10);
    expect(found.length / reference.detections.length, backend).toBeGreaterThan(0.95);
  });

  test('finds with a high threshold what it finds with a low one and filters afterwards', async () => {
    const picture = noisePicture(90, 90);
    const low = await detector.detect(picture, { scoreThreshold: 0.05, detectionsPerImage: 1000 });
    const high = await detector.detect(picture, { scoreThreshold: 0.35, detectionsPerImage: 1000 });
    expect(low.detections.filter(({ score }) => score >= 0.35)).toEqual(high.detections);
  });
});

test('proposals lie in the picture, by falling objectness, none covering another too much', () => {
  const number = fc.float({ min: -6, max: 6, noNaN: true });
  const anchors = Float32Array.from({ length: 4 * 40 }, (_, index) => {
    const k = Math.floor(index / 4);
    const corner = index % 4 < 2 ? -8 : 24;
    return corner + (index % 2 === 0 ? (k % 8) * 16 : Math.floor(k / 8) * 16);
  });
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 40, maxLength: 40 }),
      fc.array(number, { minLength: 160, maxLength: 160 }),
      fc.integer({ min: 1, max: 40 }),
      (logits, deltas, postNmsTopN) => {
        const options = { preNmsTopN: 30, postNmsTopN, nmsThreshold: 0.7, minSize: 2 };
        const size = { width: 120, height: 70 };
        const found = filterProposals(
          Float32Array.from(logits),
          Float32Array.from(deltas),
          anchors,
          size,
          options,
        );
        const count = found.objectness.length;
        expect(count).toBeLessThanOrEqual(postNmsTopN);
        expect(found.anchors.length).toBe(found.boxes.length);
        for (let i = 0; i < count; i++) {
          const [x1, y1, x2, y2] = boxAt(found.boxes, i);
          expect(Math.min(x2 - x1, y2 - y1)).toBeGreaterThanOrEqual(2);
          expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(0);
          expect(x2).toBeLessThanOrEqual(120);
          expect(y2).toBeLessThanOrEqual(70);
          if (i > 0)
            expect(found.objectness[i]).toBeLessThanOrEqual(found.objectness[i - 1] as number);
          for (let j = 0; j < i; j++) {
            expect(iou(boxAt(found.boxes, i), boxAt(found.boxes, j))).toBeLessThan(0.7001);
          }
        }
      },
    ),
  );
});
