/**
 * Chapter 7: the engine bfloat16, on a made-up backend that writes down what is asked of it: what is
 * rounded, what is left alone, and that nothing stays behind.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { convolveInBfloat16 } from '../../training/bfloat16.ts';
import type { Attribute, NodeBackend } from '../../training/tensorflow.ts';

const [FLOAT, INT, BFLOAT16] = [1, 3, 14];

/** Numbers of TensorFlow's tensors, with their types: those made inside begin at 100. */
class MadeUpBackend implements NodeBackend {
  readonly calls: { name: string; attributes: readonly Attribute[]; types: number[] }[] = [];
  /** made inside and not deleted */
  readonly living = new Map<number, number>();
  /** handed to the plain way, which the engine replaces */
  readonly passed: unknown[] = [];
  failing: string | undefined;
  private readonly given = new Map<number, number>();
  private made = 100;

  readonly binding = {
    TF_ATTR_TYPE: 1,
    TF_ATTR_BOOL: 2,
    TF_ATTR_SHAPE: 3,
    TF_ATTR_STRING: 4,
    TF_ATTR_INT: 5,
    TF_FLOAT: FLOAT,
    TF_INT32: INT,
    createTensor: (): number => {
      throw new Error('Nothing is made here but by operations.');
    },
    executeOp: (name: string, attributes: readonly Attribute[], inputs: readonly number[]) => {
      const types = inputs.map((id) => (this.living.get(id) ?? this.given.get(id)) as number);
      this.calls.push({ name, attributes, types });
      if (name === this.failing) throw new Error('out of memory');
      const typeName = name === 'Cast' ? 'DstT' : 'T';
      const dtype = attributes.find((one) => one.name === typeName)?.value as number;
      const id = this.made++;
      this.living.set(id, dtype);
      return [{ id, shape: [1, 4, 4, 64], dtype }];
    },
    deleteTensor: (id: number) => {
      if (!this.living.delete(id)) throw new Error(`${id} is not there to delete`);
    },
  };

  getInputTensorIds(inputs: readonly tf.TensorInfo[]): number[] {
    return inputs.map(({ dtype }, id) => {
      this.given.set(id, dtype === 'int32' ? INT : FLOAT);
      return id;
    });
  }

  createOutputTensor(metadata: object): tf.Tensor {
    return metadata as tf.Tensor;
  }

  disposeData(_dataId: object): boolean {
    return true;
  }

  executeSingleOutput(...call: [string, readonly Attribute[], readonly tf.TensorInfo[]]) {
    this.passed.push(call);
    return 'plain' as unknown as tf.Tensor;
  }
}

const tensor = (shape: number[], dtype: tf.DataType = 'float32') =>
  ({ dataId: {}, shape, dtype }) as tf.TensorInfo;
const ATTRIBUTES: Attribute[] = [
  { name: 'T', type: 1, value: FLOAT },
  { name: 'padding', type: 0, value: 'SAME' },
];
const MAP = tensor([1, 30, 40, 512]);
const KERNEL = tensor([3, 3, 512, 512]);
const SIZES = tensor([4], 'int32');

/** A backend that convolves in bfloat16. */
function rounding(failing?: string): MadeUpBackend {
  const backend = new MadeUpBackend();
  backend.failing = failing;
  convolveInBfloat16(backend);
  return backend;
}

describe('The engine bfloat16', () => {
  test.each([
    ['Conv2D', [MAP, KERNEL]],
    ['Conv2DBackpropInput', [SIZES, KERNEL, MAP]],
    ['Conv2DBackpropFilter', [MAP, SIZES, MAP]],
  ])('rounds what goes into a large %s, and hands out float32', (name, inputs) => {
    const backend = rounding();
    const output = backend.executeSingleOutput(name, ATTRIBUTES, inputs);
    expect(output).toMatchObject({ dtype: FLOAT });
    expect(backend.passed).toEqual([]);
    const call = backend.calls.find((one) => one.name === name);
    // Sizes are no numbers to round; of the attributes only the type is another.
    expect(call?.types).toEqual(inputs.map(({ dtype }) => (dtype === 'int32' ? INT : BFLOAT16)));
    expect(call?.attributes).toEqual([{ name: 'T', type: 1, value: BFLOAT16 }, ATTRIBUTES[1]]);
    expect(ATTRIBUTES[0]?.value).toBe(FLOAT);
    // Only the output is left of what was made, when the inputs go.
    for (const { dataId } of inputs) backend.disposeData(dataId);
    expect([...backend.living.values()]).toEqual([FLOAT]);
  });

  test('rounds once what a step convolves twice, and keeps nothing where nobody trains', () => {
    const [above, { state }] = [tensor([1, 30, 40, 512]), tf.engine()];
    const casts = (backend: MadeUpBackend) =>
      backend.calls.filter(
        ({ attributes }) => attributes.find(({ name }) => name === 'DstT')?.value === BFLOAT16,
      ).length;
    const backend = rounding();
    backend.executeSingleOutput('Conv2D', ATTRIBUTES, [MAP, KERNEL]);
    expect([casts(backend), backend.living.size]).toEqual([2, 1]);
    state.gradientDepth++;
    backend.executeSingleOutput('Conv2D', ATTRIBUTES, [MAP, KERNEL]);
    state.gradientDepth--;
    backend.executeSingleOutput('Conv2DBackpropInput', ATTRIBUTES, [SIZES, KERNEL, above]);
    backend.executeSingleOutput('Conv2DBackpropFilter', ATTRIBUTES, [MAP, SIZES, above]);
    expect(casts(backend)).toBe(2 + 2 + 2);
    expect([...backend.living.values()].filter((type) => type === BFLOAT16)).toHaveLength(2);
    for (const { dataId } of [MAP, above, KERNEL]) backend.disposeData(dataId);
    expect([...backend.living.values()]).toEqual([FLOAT, FLOAT, FLOAT, FLOAT]);
  });

  test.each([
    ['a convolution of few channels', 'Conv2D', [tensor([1, 30, 40, 3]), tensor([3, 3, 3, 64])]],
    ['a 1x1 convolution', 'Conv2D', [MAP, tensor([1, 1, 512, 512])]],
    ['a matrix product', 'BatchMatMul', [tensor([1, 300, 512]), tensor([1, 512, 512])]],
    ['a sum', 'AddV2', [MAP, MAP]],
  ])('leaves %s as it is', (_, name, inputs) => {
    const backend = rounding();
    expect(backend.executeSingleOutput(name, ATTRIBUTES, inputs)).toBe('plain');
    expect(backend.passed).toEqual([[name, ATTRIBUTES, inputs]]);
    expect(backend.calls).toEqual([]);
  });

  test.each(['Conv2D', 'Cast'])('leaves nothing behind when a %s fails', (failing) => {
    const backend = rounding(failing);
    const convolve = () => backend.executeSingleOutput('Conv2D', ATTRIBUTES, [MAP, KERNEL]);
    expect(convolve).toThrow('out of memory');
    expect(backend.living.size).toBe(0);
  });
});
