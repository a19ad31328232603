/**
 * Chapter 14: enlarging in tiles is the same as enlarging in one piece.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lumaOf, type Samples } from '../../src/core/superResolution/luma.ts';
import { RedNet } from '../../src/core/superResolution/redNet.ts';
import { toBytes, upscale } from '../../src/core/superResolution/upscale.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { noisePicture } from '../support/noisePicture.ts';
import { TINY_RED_NET, tinyRedNetWeights } from '../support/tinyRedNet.ts';

const rgb = (width: number, height: number): Samples => ({
  ...noisePicture(width, height),
  channels: 3,
});

/** SwiftShader on a busy machine: small pictures, and patience. */
const PATIENCE = 180_000;

describeOnBackends('Upscaling', (backend) => {
  let weights: Map<string, tf.Tensor>;
  let redNet: RedNet;
  beforeAll(() => {
    weights = tinyRedNetWeights();
    redNet = RedNet.build(TINY_RED_NET, weights);
  });
  afterAll(() => {
    redNet.dispose();
    tf.dispose([...weights.values()]);
  });

  const side = backend === 'webgpu' ? 64 : 512;
  test(
    `to ${side} x ${side} in tiles equals one piece to a level of 255, without seams`,
    async () => {
      const luma = lumaOf(noisePicture(side / 4, side / 4));
      const whole = await upscale(luma, 4, { redNet, tileSide: Number.POSITIVE_INFINITY });
      const tiled = await upscale(luma, 4, { redNet, tileSide: Math.floor(side / 2.5) });
      expect(whole).toHaveLength(side * side);
      expect(largestError(tiled, whole)).toBeLessThan(0.01);
      expect(largestError(toBytes(tiled), toBytes(whole))).toBeLessThanOrEqual(1);
    },
    PATIENCE,
  );

  test(
    'takes colour and sizes that tiles do not divide',
    async () => {
      for (const [width, height, scale, orientations] of [
        [7, 11, 3, 1],
        [1, 13, 2, 1],
        [10, 1, 4, 1],
        [5, 8, 2, 8],
      ] as const) {
        const redNet = RedNet.build(TINY_RED_NET, weights, orientations);
        const whole = await upscale(rgb(width, height), scale, { redNet });
        const tiled = await upscale(rgb(width, height), scale, { redNet, tileSide: 12 });
        expect(whole).toHaveLength(3 * width * height * scale ** 2);
        expect(largestError(tiled, whole)).toBeLessThan(0.01);
        redNet.dispose();
      }
    },
    PATIENCE,
  );

  test('changes luma alone: red, green and blue by the same', async () => {
    const picture = rgb(6, 5);
    const [bicubic, sharpened] = [
      await upscale(picture, 2),
      await upscale(picture, 2, { redNet }),
    ] as const;
    let largest = 0;
    for (let i = 0; i < bicubic.length; i += 3) {
      const [red, green, blue] = [0, 1, 2].map(
        (k) => (sharpened[i + k] as number) - (bicubic[i + k] as number),
      ) as [number, number, number];
      largest = Math.max(largest, Math.abs(red));
      expect(Math.abs(red - green) + Math.abs(red - blue)).toBeLessThan(1e-2);
    }
    expect(largest).toBeGreaterThan(1);
  });

  test('tells how far it is, can be stopped, and leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    const fractions: number[] = [];
    await upscale(rgb(8, 8), 2, {
      redNet,
      tileSide: 8,
      onProgress: (fraction) => void fractions.push(fraction),
    });
    expect(fractions).toEqual([0.25, 0.5, 0.75, 1]);
    const stopped = upscale(rgb(8, 8), 2, {
      redNet,
      tileSide: 8,
      onProgress: () => Promise.reject(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses other scales and data of another size', async () => {
    await expect(upscale(rgb(2, 2), 1.5)).rejects.toThrow(/only a whole number of times/);
    await expect(upscale({ ...rgb(2, 2), width: 3 }, 2)).rejects.toThrow(/has not 12 values/);
  });
});

describe('Luma', () => {
  const lumaOfPixel = (...data: number[]) =>
    lumaOf({ width: 1, height: 1, channels: 3, data: Uint8Array.from(data) }).data[0];

  test("is MATLAB's Y of 8-bit pictures", () => {
    expect(lumaOfPixel(0, 0, 0)).toBe(16);
    expect(lumaOfPixel(255, 255, 255)).toBe(235);
    expect(lumaOfPixel(255, 0, 0)).toBe(81);
    expect(lumaOfPixel(0, 255, 0)).toBe(145);
    expect(lumaOfPixel(0, 0, 255)).toBe(41);
  });
});
