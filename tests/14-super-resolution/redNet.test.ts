/**
 * Chapter 14: RED-Net, against the paper's layers written out with tfjs's transposed convolution.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/core/models/manifest.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { ORIENTATIONS, type Orientations } from '../../src/core/superResolution/orientations.ts';
import {
  LUMA_MEAN,
  RedNet,
  redNetConfigSchema,
  redNetLayers,
} from '../../src/core/superResolution/redNet.ts';
import { describeOnBackends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { TINY_RED_NET, tinyRedNetWeights } from '../support/tinyRedNet.ts';

/** The six layers with their two skip connections, as the paper draws them. */
function writtenOut(weights: ReadonlyMap<string, tf.Tensor>, luma: tf.Tensor4D): tf.Tensor4D {
  const get = (name: string) => weights.get(name) as tf.Tensor4D;
  const conv = (x: tf.Tensor, name: string) =>
    tf.add(tf.conv2d(x as tf.Tensor4D, get(`${name}/kernel`), 1, 'same'), get(`${name}/bias`));
  const deconv = (x: tf.Tensor, name: string) => {
    const kernel = get(`${name}/kernel`);
    const [batch, height, width] = x.shape as [number, number, number];
    const shape = [batch, height, width, kernel.shape[2]] as [number, number, number, number];
    const y = tf.conv2dTranspose(x as tf.Tensor4D, kernel, shape, 1, 'same');
    return tf.add(y, get(`${name}/bias`));
  };
  const x = tf.sub(luma, LUMA_MEAN);
  const conv1 = tf.relu(conv(x, 'conv1'));
  const conv2 = tf.relu(conv(conv1, 'conv2'));
  const conv3 = tf.relu(conv(conv2, 'conv3'));
  const deconv1 = tf.relu(tf.add(deconv(conv3, 'deconv1'), conv2));
  const deconv2 = tf.relu(deconv(deconv1, 'deconv2'));
  return deconv(deconv2, 'deconv3') as tf.Tensor4D;
}

/** Turned counterclockwise so many times by 90 degrees. */
function quarterTurns(x: tf.Tensor4D, quarters: number): tf.Tensor4D {
  let turned = x;
  for (let i = 0; i < quarters; i++) turned = tf.reverse(tf.transpose(turned, [0, 2, 1, 3]), 1);
  return turned;
}

describeOnBackends('RED-Net', () => {
  let weights: Map<string, tf.Tensor>;
  let luma: tf.Tensor4D;
  beforeAll(() => {
    weights = tinyRedNetWeights();
    luma = tf.randomUniform([2, 9, 7, 1], 0, 255, 'float32', 3);
  });
  afterAll(() => tf.dispose([...weights.values(), luma]));

  test("equals the paper's layers, its transposed convolutions folded into convolutions", async () => {
    const redNet = RedNet.build(TINY_RED_NET, weights);
    const residual = redNet.residual(luma);
    const expected = tf.tidy(() => writtenOut(weights, luma));
    const values = (await expected.data()) as Float32Array;
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    expect(residual.shape).toEqual([2, 9, 7, 1]);
    expect(largest).toBeGreaterThan(10);
    expect(largestError(await residual.data(), values) / largest).toBeLessThan(1e-5);
    tf.dispose([residual, expected]);
    redNet.dispose();
  });

  test('reaches exactly as far as it says', async () => {
    const redNet = RedNet.build(TINY_RED_NET, weights);
    const middle = 10;
    const one = tf.tidy(() => {
      const spike = tf.buffer([1, 21, 21, 1]);
      spike.set(100, 0, middle, middle, 0);
      return spike.toTensor() as tf.Tensor4D;
    });
    const changed = tf.tidy(() => tf.sub(redNet.residual(one), redNet.residual(tf.zerosLike(one))));
    const values = await changed.data();
    let reach = 0;
    values.forEach((value, index) => {
      if (value === 0) return;
      const [y, x] = [Math.floor(index / 21), index % 21];
      reach = Math.max(reach, Math.abs(y - middle), Math.abs(x - middle));
    });
    expect(reach).toBeLessThanOrEqual(redNet.radius);
    expect(reach).toBeGreaterThanOrEqual(redNet.radius - 1);
    tf.dispose([one, changed]);
    redNet.dispose();
  });

  test('in eight orientations is the mean over how a picture can lie, whichever way it came', async () => {
    const [once, eight] = [1, 8].map((ways) =>
      RedNet.build(TINY_RED_NET, weights, ways as Orientations),
    ) as [RedNet, RedNet];
    const ofEight = eight.residual(luma);
    // The turns as quarter turns of a picture and of its mirror image, which the code does not use.
    const expected = tf.tidy(() => {
      const all = [0, 1].flatMap((mirror) =>
        [0, 1, 2, 3].map((quarters) => {
          const image = mirror ? (tf.reverse(luma, 2) as tf.Tensor4D) : luma;
          const back = quarterTurns(once.residual(quarterTurns(image, quarters)), 4 - quarters);
          return mirror ? tf.reverse(back, 2) : back;
        }),
      );
      // Not addN: eight inputs and the result are more buffers than WebGPU promises a shader.
      return tf.mean(tf.stack(all), 0);
    });
    const turned = tf.tidy(() => quarterTurns(eight.residual(quarterTurns(luma, 1)), 3));
    const single = once.residual(luma);
    const values = await ofEight.data();
    expect(ofEight.shape).toEqual(luma.shape);
    expect(largestError(await expected.data(), values)).toBeLessThan(1e-3);
    expect(largestError(await turned.data(), values)).toBeLessThan(1e-3);
    expect(largestError(await single.data(), values)).toBeGreaterThan(1);
    tf.dispose([ofEight, expected, turned, single]);
    once.dispose();
    eight.dispose();
  });

  test.each(ORIENTATIONS)('leaves no tensors behind in %i', (orientations) => {
    const before = tf.memory().numTensors;
    const redNet = RedNet.build(TINY_RED_NET, weights, orientations);
    redNet.residual(luma).dispose();
    redNet.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('The layers of RED-Net', () => {
  const skips = (depth: number) =>
    redNetLayers({ depth, channels: 64 }).flatMap(({ name, skipFrom }) =>
      skipFrom ? [`${skipFrom} ${name}`] : [],
    );

  test('are as many convolutions as transposed ones, with a skip connection every two', () => {
    expect(skips(10)).toEqual(['conv4 deconv1', 'conv2 deconv3', 'luma deconv5']);
    expect(skips(30)).toHaveLength(8);
    expect(redNetLayers({ depth: 20, channels: 64 }).filter((one) => one.transposed)).toHaveLength(
      10,
    );
  });

  test('RED10 with 64 channels has 0.3 million weights, RED30 a million', () => {
    const count = (depth: number) =>
      redNetLayers({ depth, channels: 64 }).reduce(
        (sum, { inputs, filters }) => sum + 9 * inputs * filters + filters,
        0,
      );
    expect(count(10) / 1e6).toBeCloseTo(0.297, 3);
    expect(count(30) / 1e6).toBeCloseTo(1.04, 2);
  });

  test('cannot be odd in number', () => {
    expect(
      redNetConfigSchema.safeParse({ ...TINY_RED_NET, depth: 9 }).error?.issues[0]?.message,
    ).toMatch(/^must be even/);
  });

  test('are refused where the model is a detector', () => {
    const manifest = parseManifest({
      formatVersion: 1,
      name: 'household',
      description: 'A detector',
      kind: 'detector',
      architecture: {},
      classes: [],
      preprocessing: { channelOrder: 'BGR', mean: [0, 0, 0], range: '0..255' },
      groups: [
        {
          name: 'all',
          weights: [{ name: 'a', shape: [1], dtype: 'float32' }],
          shards: [{ path: 'a.bin', bytes: 4, sha256: '0'.repeat(64) }],
        },
      ],
      licence: 'MIT',
      attribution: 'a test',
      provenance: { source: 'a test', tool: 'a test' },
    });
    const model = { manifest, weights: new Map(), dispose() {} };
    expect(() => redNetFromModel(model)).toThrow(
      'The model "household" is not a super-resolution network this version of Loupe can run.',
    );
  });
});
