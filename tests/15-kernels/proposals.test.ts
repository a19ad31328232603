/**
 * Proposals chosen on the device are those that plain arrays would give: the best logits in order, whatever
 * ties and NaN there are; of boxes what NMS keeps; and of a whole photo's anchors the same list.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import { boxAt, iou, packBoxes } from '../../src/core/boxes/box.ts';
import { argsortDescending, nms } from '../../src/core/boxes/nms.ts';
import { chooseOnDevice, chosenProposals } from '../../src/core/detection/chosenOnDevice.ts';
import {
  DEFAULT_PROPOSAL_OPTIONS,
  filterProposals,
  type ProposalOptions,
  RPN_BOX_CODER,
} from '../../src/core/detection/rpn.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { normalArray, seededRandom } from '../../training/detector/random.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

const webgpu = () => tf.backend() as unknown as WebGPUBackend;
/** Nothing is dropped but by rank. */
const KEEP_ALL = { nmsThreshold: 2, minSize: -1 };
const ONE_SQUARE = new AnchorGenerator({ sizes: [16], aspectRatios: [1] }, 16);
const LARGE = { width: 4096, height: 4096 };

describeOnWebgpu('proposals chosen on the device', () => {
  let kernels: InstalledKernels;
  beforeAll(() => {
    kernels = installKernels(webgpu(), everywhere('stock'), { proposals: true });
  });
  afterAll(() => kernels.remove());

  interface Made {
    readonly logits: Float32Array;
    readonly deltas?: Float32Array;
    readonly columns: number;
    readonly generator?: AnchorGenerator;
    readonly size?: { readonly width: number; readonly height: number };
  }

  async function choose(
    { logits, deltas, columns, generator = ONE_SQUARE, size = LARGE }: Made,
    options: ProposalOptions,
  ): Promise<Float32Array> {
    const count = logits.length;
    const objectness = tf.tensor1d(logits);
    const moves = tf.tensor2d(deltas ?? new Float32Array(4 * count), [count, 4]);
    const chosen = chooseOnDevice({ objectness, deltas: moves }, generator, columns, size, options);
    const values = (await chosen?.data()) as Float32Array;
    tf.dispose([objectness, moves, chosen as tf.Tensor]);
    return values;
  }

  /** The indices of the anchors in what came back. */
  const indices = (values: Float32Array) =>
    Array.from({ length: values[0] as number }, (_, i) => values[8 * (i + 1) + 4] as number);

  async function best(scores: readonly number[] | Float32Array, wanted: number) {
    const logits = Float32Array.from(scores);
    const options = { ...KEEP_ALL, preNmsTopN: wanted, postNmsTopN: wanted };
    return indices(await choose({ logits, columns: 64 }, options));
  }

  const random = seededRandom(5);
  const CASES: Record<string, [scores: ArrayLike<number>, wanted: number]> = {
    'one of one': [[3], 1],
    'all of a few': [[1, 5, -2, 5, 0], 5],
    'more than there are': [[1, 5, -2], 100],
    'an odd number of many': [normalArray(1000, 3, random), 77],
    'nearly all': [normalArray(130, 3, random), 129],
    'all equal': [new Float32Array(1001).fill(0.25), 100],
    'few values': [normalArray(3000, 2, random).map(Math.round), 1000],
    'NaN and infinities among them': [
      normalArray(500, 2, random).map((value, i) =>
        i % 7 === 0 ? Number.NaN : i % 11 === 0 ? Infinity : i % 5 === 0 ? -Infinity : value,
      ),
      450,
    ],
    'nothing but NaN': [new Float32Array(70).fill(Number.NaN), 10],
    'zeros of both signs': [Float32Array.from({ length: 200 }, (_, i) => (i % 3 ? 0 : -0)), 90],
    'neighbours in the last digit': [
      Float32Array.from({ length: 3000 }, () => 1 + Math.floor(random() * 900) * 2 ** -23),
      700,
    ],
    'half a million ties': [new Float32Array(500_001).fill(-3), 2001],
    'ties in the middle of 200,000': [
      Float32Array.from({ length: 200_003 }, (_, i) => (i % 50 === 7 ? 4 : i % 20 === 3 ? 2 : 1)),
      4007,
    ],
  };

  test.each(Object.entries(CASES))('are the best, in order: %s', async (_, [scores, wanted]) => {
    const expected = argsortDescending(Float32Array.from(scores), wanted);
    expect(await best(Float32Array.from(scores), wanted)).toEqual(Array.from(expected));
  });

  test('are what NMS keeps, of any boxes', async () => {
    const side = fc.double({ min: 4, max: 60, noNaN: true });
    const place = fc.double({ min: 0, max: 100, noNaN: true });
    const box = fc
      .tuple(place, place, side, side)
      .map(([x, y, w, h]) => [x, y, x + w, y + h] as const);
    const boxes = fc.array(box, { minLength: 1, maxLength: 150 });
    const threshold = fc.constantFrom(0.3, 0.5, 0.7);
    const limit = fc.integer({ min: 1, max: 150 });
    await fc.assert(
      fc.asyncProperty(boxes, threshold, limit, async (list, nmsThreshold, postNmsTopN) => {
        const packed = packBoxes(list);
        const near = list.some((one, i) =>
          list.slice(0, i).some((other) => Math.abs(iou(one, other) - nmsThreshold) < 1e-4),
        );
        fc.pre(!near); // rounding may decide
        const columns = 10;
        const anchors = ONE_SQUARE.generate(Math.ceil(list.length / columns), columns);
        const deltas = RPN_BOX_CODER.encode(packed, anchors.subarray(0, packed.length));
        const logits = Float32Array.from(list, (_, i) => (i * 37) % 50);
        const options = { preNmsTopN: 1000, postNmsTopN, nmsThreshold, minSize: 1 };
        const values = await choose({ logits, deltas, columns }, options);
        const kept = nms(packed, logits, { iouThreshold: nmsThreshold, limit: postNmsTopN });
        expect(indices(values)).toEqual(Array.from(kept));
      }),
      { numRuns: 40, seed: 11 },
    );
  }, 300_000);

  test.each([
    ['as trained', DEFAULT_PROPOSAL_OPTIONS],
    ['few, and large ones', { preNmsTopN: 1001, postNmsTopN: 50, nmsThreshold: 0.7, minSize: 20 }],
    ['none large enough', { ...DEFAULT_PROPOSAL_OPTIONS, minSize: 1e6 }],
  ])(
    'are those of a photo of 640 pixels: %s',
    async (_, options) => {
      const generator = new AnchorGenerator(
        { sizes: [16, 25, 32, 40, 45, 64, 90, 100], aspectRatios: [1, 0.5, 2] },
        8,
      );
      const [rows, columns] = [60, 80];
      const size = { width: 637, height: 480 };
      const count = rows * columns * generator.perLocation;
      const logits = normalArray(count, 3, seededRandom(1));
      const deltas = normalArray(4 * count, 0.3, seededRandom(2));
      deltas.set([Number.NaN, 0, 0, 0], 4 * (argsortDescending(logits, 1)[0] as number));
      const anchors = generator.generate(rows, columns);
      const expected = filterProposals(logits, deltas, anchors, size, options);
      const values = await choose({ logits, deltas, columns, generator, size }, options);
      const found = chosenProposals(values, generator, columns);
      expect(values.byteLength).toBeLessThan(10_000);
      expect(found.objectness).toEqual(expected.objectness);
      expect(found.anchors).toEqual(expected.anchors);
      expect(found.boxes).toHaveLength(expected.boxes.length);
      found.boxes.forEach((value, k) => {
        expect(Math.abs(value - (expected.boxes[k] as number))).toBeLessThan(2e-4);
      });
      if (options.minSize < 1e6) expect(boxAt(found.boxes, 0)[2]).toBeGreaterThan(0);
    },
    300_000,
  );

  test('leave nothing behind', async () => {
    const [data, tensors] = [webgpu().numDataIds(), tf.memory().numTensors];
    for (let run = 0; run < 3; run++) await best([1, 3, 2], 2);
    expect(webgpu().numDataIds()).toBe(data);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('are left to plain arrays where there are too many, and where ours is not installed', () => {
    const of = (options: Partial<ProposalOptions>) =>
      tf.tidy(() => {
        const output = { objectness: tf.zeros([9000]), deltas: tf.zeros([9000, 4]) };
        const all = { ...DEFAULT_PROPOSAL_OPTIONS, ...options };
        return chooseOnDevice(output as never, ONE_SQUARE, 10, LARGE, all) !== undefined;
      });
    expect(of({})).toBe(true);
    expect(of({ preNmsTopN: 9000 })).toBe(false);
    expect(of({ postNmsTopN: 0 })).toBe(false);
    kernels.remove();
    expect(of({})).toBe(false);
    kernels = installKernels(webgpu(), everywhere('stock'), { proposals: true });
  });
});
