/**
 * Chapter 3: the trunk, against float64 values that PyTorch computed from the same weights.
 */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BGR_MEAN } from '../../src/core/detection/transform.ts';
import { TAP_STRIDES, type Tap, Vgg16 } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { describeOnBackends } from '../support/backends.ts';
import { readFixture } from '../support/fixture.ts';

interface LayerReference {
  readonly shape: number[];
  readonly max: number;
  readonly sample_index: number[];
  readonly sample_value: number[];
}
interface TrunkFixture {
  readonly cases: {
    readonly rgb_shape: [number, number, number];
    readonly rgb: number[];
    readonly after_relu: Record<string, LayerReference>;
  }[];
}

const { cases } = readFixture<TrunkFixture>('vgg16/cases.json');

function bgrInput({ rgb, rgb_shape: [height, width] }: TrunkFixture['cases'][number]): tf.Tensor4D {
  const values = new Float32Array(rgb.length);
  for (let at = 0; at < rgb.length; at += 3) {
    for (let k = 0; k < 3; k++)
      values[at + k] = (rgb[at + 2 - k] as number) - (BGR_MEAN[k] as number);
  }
  return tf.tensor4d(values, [1, height, width, 3]);
}

describeOnBackends('VGG16', (backend) => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => model.dispose());

  test.each(cases.map((fixture, index) => [index, fixture] as const))(
    'equals the float64 reference to 1e-4 of the largest value, layer by layer (picture %i)',
    async (_, fixture) => {
      const input = bgrInput(fixture);
      for (const { name, output } of new Vgg16(model.weights).layers(input)) {
        const expected = fixture.after_relu[name] as LayerReference;
        expect(output.shape).toEqual(expected.shape);
        const values = await output.data();
        const errors = expected.sample_index.map((at, i) =>
          Math.abs((values[at] as number) - (expected.sample_value[i] as number)),
        );
        expect(Math.max(...errors) / expected.max).toBeLessThan(1e-4);
      }
      input.dispose();
    },
    240_000,
  );

  test('gives the taps asked for, starts from one, and keeps no tensor', async () => {
    const trunk = new Vgg16(model.weights);
    const input = tf.randomNormal<tf.Rank.R4>([1, 32, 48, 3], 0, 50, 'float32', 5);
    const before = tf.memory().numTensors;
    const taps: Tap[] = ['conv3_3', 'conv4_3', 'conv5_3'];
    const whole = trunk.forward(input, { taps });
    for (const tap of taps) {
      expect(whole[tap]?.shape.slice(1, 3)).toEqual([32 / TAP_STRIDES[tap], 48 / TAP_STRIDES[tap]]);
    }
    const rest = trunk.forward(whole.conv4_3 as tf.Tensor4D, {
      from: 'conv4_3',
      taps: ['conv5_3'],
    });
    const [first, second] = await Promise.all([whole.conv5_3?.data(), rest.conv5_3?.data()]);
    expect(second).toEqual(first);
    tf.dispose([whole, rest] as unknown as tf.TensorContainer);

    const fractions: number[] = [];
    const stepped = await trunk.forwardInSteps(input, { taps: ['conv4_3'] }, (fraction) => {
      fractions.push(fraction);
    });
    tf.dispose(stepped as tf.NamedTensorMap);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1, 6);

    const stop = new Error('stop');
    await expect(
      trunk.forwardInSteps(input, { taps: ['conv5_3'] }, (fraction) => {
        if (fraction > 0.5) throw stop;
      }),
    ).rejects.toBe(stop);
    expect(tf.memory().numTensors, backend).toBe(before);
    input.dispose();
  });
});
