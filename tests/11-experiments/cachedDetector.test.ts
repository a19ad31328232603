/**
 * Chapter 11: one look with many proposals answers for every smaller number of them.
 */
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { filterProposals } from '../../src/core/detection/rpn.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { readDataset, type TrainingPhoto } from '../../training/detector/dataset.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';
import { TrainingWeights } from '../../training/detector/weights.ts';
import { chooseEngine } from '../../training/engine.ts';
import { CachedDetector } from '../../training/experiment/cachedDetector.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

test('The first N proposals of many are those that are left with a limit of N', () => {
  const size = { width: 160, height: 120 };
  const anchors = new AnchorGenerator({ sizes: [16, 40], aspectRatios: [1, 2] }, 16).generate(
    8,
    10,
  );
  const count = anchors.length / 4;
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 60 }), (seed, limit) => {
      const random = seededRandom(seed);
      const logits = normalArray(count, 2, random);
      const deltas = normalArray(4 * count, 0.3, random);
      const options = { preNmsTopN: 200, nmsThreshold: 0.7, minSize: 2 };
      const of = (postNmsTopN: number) =>
        filterProposals(logits, deltas, anchors, size, { ...options, postNmsTopN });
      const [few, many] = [of(limit), of(2000)];
      const kept = few.objectness.length;
      expect(kept).toBe(Math.min(limit, many.objectness.length));
      expect(few.boxes).toEqual(many.boxes.subarray(0, 4 * kept));
      expect(few.anchors).toEqual(many.anchors.subarray(0, 4 * kept));
      expect(few.objectness).toEqual(many.objectness.subarray(0, kept));
    }),
  );
});

describe('A detector on cached features [wasm]', () => {
  let folder: string;
  let trunk: LoadedModel;
  beforeAll(async () => {
    await chooseEngine('wasm');
    folder = await makeTinyTraining(1);
    trunk = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => {
    trunk.dispose();
    removeTinyTraining(folder);
  });

  test.each(['conv3_3', 'conv4_3', 'conv5_3', 'fused'])(
    'sees with many proposals what it sees with few (RPN on %s)',
    async (tap) => {
      const { detector: parts } = tinyConfig(folder);
      const detector = { ...parts, rpn: { ...parts.rpn, tap } };
      const config = tinyConfig(folder, { detector });
      const [set] = config.data;
      const [photo] = readDataset(set as never, config.classes) as [TrainingPhoto];
      const cache = FeatureCache.of(join(folder, 'features'), trunk);
      const before = tf.memory().numTensors;
      const weights = new TrainingWeights(config, trunk.weights);
      const cached = await CachedDetector.from(config, cache, weights, trunk.weights);
      const look = (...proposals: number[]) =>
        cached.look(photo, { proposals, preNmsTopN: 100, outcomesAt: 1, scoreThreshold: 0.01 });
      const many = await look(3, 10, 40);
      for (const [at, count] of [3, 10].entries()) {
        const few = await look(count);
        expect(few.proposals).toEqual(many.proposals.subarray(0, 4 * count));
        expect(few.detections).toEqual([many.detections[at]]);
        expect(few.detections[0]?.length).toBeGreaterThan(0);
      }
      cached.dispose();
      weights.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
