/**
 * Eight bits a weight: no channel loses more than rounding to its largest value would, whatever the
 * shards and their order; and a model that is quantized still names the trunk it came from.
 */
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { requireTrunk, trunkHashes } from '../../src/core/detection/trunk.ts';
import { GroupBuilder } from '../../src/core/models/groupBuilder.ts';
import { fromInt8, int8Bytes, toInt8 } from '../../src/core/models/int8.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { type ManifestGroup, modelBytes } from '../../src/core/models/manifest.ts';
import { quantizedFiles, type WeightData } from '../../src/core/models/modelFiles.ts';
import { MemoryFolder, narrowFolder, narrowWeights } from './support.ts';

beforeAll(() => tf.setBackend('cpu'));

const value = fc.oneof(fc.constant(0), fc.double({ min: -8, max: 8, noNaN: true }));
const kernel = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }))
  .chain(([channels, rows]) =>
    fc.record({
      channels: fc.constant(channels),
      values: fc
        .array(value, { minLength: rows * channels, maxLength: rows * channels })
        .map((list) => Float32Array.from(list)),
    }),
  );

describe('A kernel in eight bits', () => {
  test('loses no more in the mean square than steps to its largest value would', () => {
    fc.assert(
      fc.property(kernel, ({ values, channels }) => {
        const bytes = toInt8(values, channels);
        expect(bytes).toHaveLength(int8Bytes(values.length, channels));
        const back = fromInt8(bytes, channels);
        for (let channel = 0; channel < channels; channel++) {
          const own = Array.from(values).filter((_, i) => i % channels === channel);
          const got = Array.from(back).filter((_, i) => i % channels === channel);
          const step = Math.max(...own.map(Math.abs)) / 127;
          const error = own.reduce((sum, one, i) => sum + (one - (got[i] as number)) ** 2, 0);
          expect(error).toBeLessThanOrEqual(own.length * (step / 2) ** 2 * 1.001 + 1e-12);
          if (step === 0) expect(got.every((one) => one === 0)).toBe(true);
        }
      }),
    );
  });

  test('keeps a channel of whole steps as it is', () => {
    const values = Float32Array.from([127, -3, 64, 0, -127, 1], (step) => step / 1024);
    expect(fromInt8(toInt8(values, 1), 1)).toEqual(values);
  });

  test('comes together from any shards in any order', () => {
    const data = Float32Array.from({ length: 2 * 3 * 5 }, (_, i) => Math.sin(i));
    const kernelBytes = toInt8(data, 5);
    const bytes = new Uint8Array([...kernelBytes, 0, 0x3c, 0, 0x40]); // and the halves 1 and 2
    const group: ManifestGroup = {
      name: 'odd',
      weights: [
        { name: 'a/kernel', shape: [2, 3, 5], dtype: 'int8' },
        { name: 'a/bias', shape: [2], dtype: 'float16' },
      ],
      shards: [{ path: 'odd.bin', bytes: bytes.length, sha256: '0'.repeat(64) }],
    };
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (places, order) => {
        const edges = [0, ...places.toSorted((a, b) => a - b), bytes.length];
        const pieces = edges.slice(1).map((end, i) => [edges[i] as number, end] as const);
        const keys = new Map(pieces.map((piece) => [piece, order.next().value as number]));
        pieces.sort((a, b) => (keys.get(a) as number) - (keys.get(b) as number));
        const builder = new GroupBuilder(group);
        const made = pieces.flatMap(([from, to]) => builder.add(bytes.slice(from, to), from));
        const byName = new Map(made);
        expect(byName.get('a/kernel')?.dataSync()).toEqual(fromInt8(kernelBytes, 5));
        expect(byName.get('a/bias')?.dataSync()).toEqual(new Float32Array([1, 2]));
        tf.dispose(made.map(([, tensor]) => tensor));
      }),
    );
  });
});

describe('A model in eight bits', () => {
  const quantized = async () => {
    const { folder } = narrowFolder();
    const original = await loadModel(folder);
    const weights = new Map<string, WeightData>();
    for (const [name, tensor] of original.weights) {
      weights.set(name, { shape: tensor.shape, data: (await tensor.data()) as Float32Array });
    }
    original.dispose();
    const { manifest, shards } = quantizedFiles(original.manifest, weights);
    const written = new MemoryFolder();
    for (const { path, bytes } of shards) written.files.set(path, bytes);
    written.files.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
    return { original: original.manifest, weights, written };
  };

  test('loads as the same model, nearly, with biases as they were', async () => {
    const { original, weights, written } = await quantized();
    const model = await loadModel(written);
    expect([...model.weights.keys()].sort()).toEqual([...narrowWeights().keys()].sort());
    for (const [name, { shape, data }] of weights) {
      const tensor = model.weights.get(name) as tf.Tensor;
      expect(tensor.shape).toEqual(shape);
      const got = await tensor.data();
      const bound = name.endsWith('bias') ? 0 : 0.25 / 127;
      data.forEach((one, i) => {
        expect(Math.abs(one - (got[i] as number))).toBeLessThanOrEqual(bound);
      });
    }
    expect(modelBytes(model.manifest)).toBeLessThan(modelBytes(original));
    model.dispose();
  });

  test('has the trunk it was quantized from, for the heads that were trained on that', async () => {
    const { original, written } = await quantized();
    const { manifest, dispose } = await loadModel(written);
    dispose();
    expect(trunkHashes(manifest)).toEqual(trunkHashes(original));
    const trunk = { name: original.name, sha256: trunkHashes(original) };
    expect(() => requireTrunk('The head', trunk, manifest)).not.toThrow();
  });
});
