/**
 * Chapter 15: proposals are classified again in batches, each with one readback; stopping at any moment
 * leaves nothing behind, and what is no number is named instead of given out.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Box } from '../../src/core/boxes/box.ts';
import {
  type ClassifiedProposal,
  ProposalClassifier,
} from '../../src/core/classification/proposalClassifier.ts';
import { NotFiniteError } from '../../src/core/superResolution/finite.ts';
import { countReadbacks } from '../../src/engine/readbacks.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { makeTinyClassifier, type TinyClassifier } from '../support/tinyClassifier.ts';

const PICTURE = noisePicture(80, 60);
/** In the middle, at a corner, of one pixel, beyond the edge, and one so large that it is shrunk. */
const BOXES: Box[] = [
  [20, 20, 28, 30],
  [0, 0, 6, 5],
  [79, 59, 80, 60],
  [70, -5, 95, 12],
  [1, 1, 78, 58],
];
const PATIENCE = 120_000;

describeOnBackends('The proposal classifier', (backend) => {
  let tiny: TinyClassifier;
  beforeAll(async () => {
    tiny = await makeTinyClassifier();
  });
  afterAll(() => tiny.dispose());

  async function all(
    classifier: ProposalClassifier,
    options: Parameters<ProposalClassifier['classify']>[2],
    boxes: readonly Box[] = BOXES,
  ): Promise<ClassifiedProposal[]> {
    const results: ClassifiedProposal[] = [];
    for await (const batch of classifier.classify(PICTURE, boxes, options)) results.push(...batch);
    return results;
  }

  test(
    'gives every box its probabilities, whatever the batches',
    async () => {
      const alone = await all(tiny.classifier, { upscaling: 'super-resolution', batchSize: 1 });
      const together = await all(tiny.classifier, { upscaling: 'super-resolution', batchSize: 5 });
      expect(alone.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
      expect(together.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
      for (const [at, { scores }] of alone.entries()) {
        expect(scores).toHaveLength(4);
        expect(scores.reduce((sum, score) => sum + score, 0)).toBeCloseTo(1, 4);
        expect(largestError(scores, together[at]?.scores ?? [])).toBeLessThan(2e-3);
      }
    },
    PATIENCE,
  );

  test(
    'sees sharpened pixels only where the picture is enlarged, and gives them out when asked',
    async () => {
      const sharp = await all(tiny.classifier, { upscaling: 'super-resolution', crops: true });
      expect(sharp.map(({ crop }) => crop?.sharpened !== undefined)).toEqual([
        true,
        true,
        true,
        false,
        false,
      ]);
      const plain = await all(tiny.classifier, { upscaling: 'bicubic', crops: true });
      for (const [at, { crop, enlargement }] of plain.entries()) {
        expect(crop?.bicubic).toHaveLength(3 * 32 * 32);
        expect(crop?.bicubic).toEqual(sharp[at]?.crop?.bicubic);
        expect(crop?.sharpened).toBeUndefined();
        expect(enlargement).toBe(32 / (crop?.window.width ?? 0));
      }
      const changed = sharp[0]?.crop;
      expect(largestError(changed?.sharpened ?? [], changed?.bicubic ?? [])).toBeGreaterThan(1);
    },
    PATIENCE,
  );

  test(
    'costs one readback a batch, with crops and without, and leaves no tensor behind',
    async () => {
      const before = tf.memory().numTensors;
      const { readbacks } = await countReadbacks(() =>
        all(tiny.classifier, { upscaling: 'super-resolution', batchSize: 2, crops: true }),
      );
      expect(readbacks).toBe(3);
      expect(tf.memory().numTensors).toBe(before);
    },
    PATIENCE,
  );

  test(
    'tells how far it is, and never goes back',
    async () => {
      const fractions: number[] = [];
      const onProgress = (fraction: number) => void fractions.push(fraction);
      await all(tiny.classifier, { upscaling: 'bicubic', batchSize: 2, onProgress });
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions.at(-1)).toBeCloseTo(1);
    },
    PATIENCE,
  );

  // The thousand where they take seconds; elsewhere as many as there are moments to stop at.
  const cancels = backend === 'wasm' ? 1000 : 34;
  test(
    `${cancels} cancels in a row leave the tensor count where it was`,
    async () => {
      const before = tf.memory().numTensors;
      const boxes = BOXES.slice(0, 2);
      for (let turn = 0; turn < cancels; turn++) {
        // At another moment every time: before the first layer, between two, after a batch.
        let left = turn % 17;
        const signal = {
          throwIfAborted() {
            if (left-- <= 0) throw new Error('cancelled');
          },
        };
        const options = { upscaling: 'super-resolution', batchSize: 1, signal } as const;
        await expect(all(tiny.classifier, options, boxes)).rejects.toThrow('cancelled');
      }
      expect(tf.memory().numTensors).toBe(before);
    },
    PATIENCE,
  );

  test(
    'can be left after any batch',
    async () => {
      const before = tf.memory().numTensors;
      for await (const batch of tiny.classifier.classify(PICTURE, BOXES, {
        upscaling: 'bicubic',
      })) {
        expect(batch).toHaveLength(4);
        break;
      }
      expect(tf.memory().numTensors).toBe(before);
    },
    PATIENCE,
  );

  test(
    'names what is no number instead of giving it out',
    async () => {
      const heads = new Map(tiny.heads);
      const broken = tf.fill([4], Number.NaN);
      heads.set('bicubic_cls_score/bias', broken);
      const { config, classes } = tiny.classifier;
      const classifier = new ProposalClassifier(config, classes, tiny.detector.backbone, heads);
      const before = tf.memory().numTensors;
      const failed = all(classifier, { upscaling: 'bicubic' });
      await expect(failed).rejects.toThrow(NotFiniteError);
      await expect(failed).rejects.toThrow(`The ${backend} backend computed something`);
      expect(tf.memory().numTensors).toBe(before);
      broken.dispose();
    },
    PATIENCE,
  );

  test('has super-resolution only with its network', async () => {
    expect(tiny.classifier.kinds).toEqual(['bicubic', 'super-resolution']);
    expect(tiny.plain.kinds).toEqual(['bicubic']);
    await expect(all(tiny.plain, { upscaling: 'super-resolution' })).rejects.toThrow(
      /cannot be used with super-resolution/,
    );
    expect(await all(tiny.plain, { upscaling: 'bicubic' }, [])).toEqual([]);
  });
});
