/**
 * The networks on our kernels: VGG16's features are those of tfjs's kernels, and the shipped detector finds
 * the same.
 */
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { everywhere } from '../../src/engine/kernels/candidates.ts';
import { type InstalledKernels, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

/** Small, because tfjs's kernels need ten seconds for it on a software adapter. */
const SIDE = 48;

describeOnWebgpu('the shipped detector on our kernels', () => {
  let model: LoadedModel;
  let kernels: InstalledKernels;
  beforeAll(async () => {
    model = await loadModel(createFileSource('public/models/household'));
    kernels = installKernels(tf.backend() as unknown as WebGPUBackend, everywhere('stock'));
    kernels.leastPixels = 1;
  });
  afterAll(() => {
    kernels.remove();
    model.dispose();
  });

  /** What tfjs's kernels compute, and ours, in float32 and with halves. */
  async function byEach<T>(compute: () => Promise<T>): Promise<[T, T, T]> {
    kernels.choices = everywhere('stock');
    const stock = await compute();
    kernels.choices = { ...everywhere('winograd-4-large'), few: 'direct-large' };
    const own = await compute();
    kernels.choices = { ...everywhere('winograd-2-halves'), few: 'direct-large' };
    return [stock, own, await compute()];
  }

  test('has the features of tfjs to 1e-3 of the largest, to 3e-3 with halves', async () => {
    const { data } = noisePicture(SIDE, SIDE);
    const [expected, ...own] = await byEach(async () => {
      const features = tf.tidy(() => {
        const input = tf.sub(tf.tensor4d(Float32Array.from(data), [1, SIDE, SIDE, 3]), 110);
        return new Vgg16(model.weights).forward(input as tf.Tensor4D, { taps: ['conv5_3'] })
          .conv5_3;
      });
      const values = (await (features as tf.Tensor).data()) as Float32Array;
      features?.dispose();
      return values;
    });
    const largest = expected.reduce((most: number, value) => Math.max(most, value), 0);
    expect(largest).toBeGreaterThan(0);
    const [inFloat, inHalves] = own.map((actual) =>
      expected.reduce(
        (most: number, value, i) => Math.max(most, Math.abs(value - (actual[i] as number))),
        0,
      ),
    );
    expect((inFloat as number) / largest).toBeLessThan(1e-3);
    expect((inHalves as number) / largest).toBeLessThan(3e-3);
  }, 600_000);

  test('finds the same boxes and classes in a photo', async () => {
    const photo = sharp('public/examples/desk-mouse.jpg').resize(SIDE, SIDE, { fit: 'cover' });
    const data = new Uint8Array(await photo.removeAlpha().raw().toBuffer());
    const picture = { width: SIDE, height: SIDE, channels: 3, data } as const;
    const detector = detectorFromModel(model);
    const [expected, ...own] = await byEach(async () => {
      const { detections } = await detector.detect(picture, {
        workingSize: SIDE,
        proposals: { postNmsTopN: 8 },
        scoreThreshold: 0.0005,
      });
      return detections;
    });
    expect(expected.length).toBeGreaterThan(0);
    for (const actual of own) {
      expect(actual.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
      expected.forEach(({ box, score }, i) => {
        expect(actual[i]?.score).toBeCloseTo(score, 3);
        for (const k of [0, 1, 2, 3] as const) expect(actual[i]?.box[k]).toBeCloseTo(box[k], 1);
      });
    }
  }, 600_000);
});
