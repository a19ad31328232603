/**
 * Chapter 4: a detection can be followed step by step, from what its run left behind, and the steps
 * fit together: the anchor moved by its deltas is the proposal, what NMS dropped overlaps what it
 * kept, and the score is among the scores. Looking inside costs no readback and changes nothing.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { iou } from '../../src/core/boxes/box.ts';
import { nms, nmsWithReasons } from '../../src/core/boxes/nms.ts';
import { BACKGROUND, explainDetection } from '../../src/core/detection/explain.ts';
import type { DetectionResult, FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { detectWithLook } from '../../src/core/detection/looks.ts';
import { RPN_BOX_CODER } from '../../src/core/detection/rpn.ts';
import { DetectionTrace } from '../../src/core/detection/trace.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { chooseEngine } from '../../training/engine.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { tinyDetectorSource } from '../support/tinyDetector.ts';

const PHOTO = noisePicture(150, 100);
const LOOKS = {
  fast: { workingSize: 128, slices: false },
  fine: { workingSize: 160, alsoAt: 96, slices: false },
};
const OPTIONS = { scoreThreshold: 0.05 };

let model: LoadedModel;
let detector: FasterRcnn;
beforeAll(async () => {
  await chooseEngine('wasm');
  model = await loadModel(tinyDetectorSource());
  detector = detectorFromModel(model);
  return () => model.dispose();
});

describe.each(['fast', 'fine'] as const)('Inside a detection, looked at %s', (quality) => {
  let trace: DetectionTrace;
  let run: DetectionResult;
  beforeAll(async () => {
    trace = new DetectionTrace();
    run = await detectWithLook(detector, PHOTO, LOOKS[quality], { ...OPTIONS, trace });
    expect(run.detections.length).toBeGreaterThan(0);
  });

  test('nothing costs a readback or changes what is found', async () => {
    const plain = await countReadbacks(() =>
      detectWithLook(detector, PHOTO, LOOKS[quality], OPTIONS),
    );
    const traced = await countReadbacks(() =>
      detectWithLook(detector, PHOTO, LOOKS[quality], { ...OPTIONS, trace: new DetectionTrace() }),
    );
    expect(traced.readbacks).toBe(plain.readbacks);
    expect(traced.value.detections).toEqual(plain.value.detections);
  });

  test('the steps of every detection fit together', async () => {
    for (const detection of run.detections) {
      const path = await explainDetection(detector, trace, run.proposals, detection, OPTIONS);
      expect(path.box).toBe(detection.box);
      expect(
        path.scores.find(({ className }) => className === detection.className)?.score,
      ).toBeCloseTo(detection.score, 6);
      expect(path.scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 4);
      expect(path.scores.some(({ className }) => className === BACKGROUND)).toBe(true);
      // The anchor, moved by its deltas, is the proposal, but for the clipping at the photo's edge.
      const { anchor, proposal, deltas, map } = path;
      const inside = [...anchor, ...proposal].every((v, i) => v > 0 && v < (i % 2 ? 100 : 150));
      if (inside) {
        const moved = RPN_BOX_CODER.decode(Float32Array.from(deltas), Float32Array.from(anchor));
        moved.forEach((value, k) => {
          expect(value).toBeCloseTo(proposal[k] as number, 2);
        });
      }
      expect(Math.max(...map.values)).toBeGreaterThanOrEqual(path.objectness - 1e-6);
      expect(map.values).toHaveLength(map.rows * map.columns);
      for (const gone of path.suppressedProposals) {
        expect(gone.iou).toBeGreaterThan(0.5 - 1e-4);
        expect(gone.iou).toBeCloseTo(iou(gone.box, proposal), 1);
        expect(gone.score).toBeLessThanOrEqual(path.objectness + 1e-6);
      }
      for (const gone of path.suppressedBoxes) {
        expect(gone.iou).toBeGreaterThan(0.5 - 1e-4);
        expect(gone.score).toBeLessThanOrEqual(detection.score);
      }
    }
  });

  test('NMS has something to tell', async () => {
    const paths = await Promise.all(
      run.detections.map((one) => explainDetection(detector, trace, run.proposals, one, OPTIONS)),
    );
    expect(paths.some(({ suppressedProposals }) => suppressedProposals.length > 0)).toBe(true);
  });

  test('a detection of another run is refused', async () => {
    const stranger = { box: [0, 0, 1, 1] as const, label: 0, proposal: 10_000 };
    await expect(explainDetection(detector, trace, run.proposals, stranger)).rejects.toThrow(
      /no proposal 10000/,
    );
  });
});

test('NMS tells of each box whether it stays or which one suppressed it', () => {
  const boxes = Float32Array.of(0, 0, 10, 10, 1, 1, 11, 11, 50, 50, 60, 60, 2, 0, 12, 10);
  const scores = [0.9, 0.8, 0.7, 0.95];
  const options = { iouThreshold: 0.5 };
  const { kept, suppressor } = nmsWithReasons(boxes, scores, options);
  expect(kept).toEqual(nms(boxes, scores, options));
  expect([...kept]).toEqual([3, 2]);
  expect([...suppressor]).toEqual([3, 3, -1, -1]);
});
