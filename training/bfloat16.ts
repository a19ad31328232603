/**
 * Half the precision for four times the speed: on a CPU with matrix units (Intel's AMX) TensorFlow
 * multiplies bfloat16 numbers several times faster than float32 ones, but tfjs knows no such type.
 * This file has the large 3x3 convolutions of the trunk and the RPN, and their gradients, computed
 * in it: inputs are rounded to bfloat16 on the way in (8 bits of mantissa), sums are float32 inside,
 * and results are float32 again on the way out. All other operations stay as they are. On
 * random weights and a random picture the trunk's features moved by 0.75 % of their size.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attribute, BFLOAT16, cast, type NodeBackend } from './tensorflow.ts';

/** Convolutions with fewer channels are cheap, and what heads answer is better left unrounded. */
const LEAST_CHANNELS = 64;

const CONVOLUTIONS = ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'];

let active = false;

/** Whether this process convolves in bfloat16: features computed so are kept apart. */
export function convolvesInBfloat16(): boolean {
  return active;
}

/**
 * Has tfjs-node's backend compute large convolutions in bfloat16 from now on.
 *
 * @param backend the one that is set, when left out
 */
export function convolveInBfloat16(backend = tf.backend() as unknown as NodeBackend): void {
  const plainly = backend.executeSingleOutput.bind(backend);
  backend.executeSingleOutput = (name, attributes, inputs) =>
    isLarge(name, inputs)
      ? inBfloat16(backend, name, attributes, inputs)
      : plainly(name, attributes, inputs);
  active = true;
}

function isLarge(name: string, inputs: readonly tf.TensorInfo[]): boolean {
  if (!CONVOLUTIONS.includes(name)) return false;
  const floats = inputs.filter(({ dtype }) => dtype === 'float32');
  return floats.every(
    ({ shape }) =>
      shape.length === 4 && (shape[3] as number) >= LEAST_CHANNELS && (shape[1] as number) >= 3,
  );
}

function inBfloat16(
  backend: NodeBackend,
  name: string,
  attributes: readonly Attribute[],
  inputs: readonly tf.TensorInfo[],
): tf.Tensor {
  const { binding } = backend;
  const temporary: number[] = [];
  try {
    const ids = backend.getInputTensorIds(inputs).map((id, at) => {
      if (inputs[at]?.dtype !== 'float32') return id;
      const rounded = cast(binding, id, binding.TF_FLOAT, BFLOAT16).id;
      temporary.push(rounded);
      return rounded;
    });
    const typed = attributes.map((one) => (one.name === 'T' ? { ...one, value: BFLOAT16 } : one));
    const output = binding.executeOp(name, typed, ids, 1)[0] as { id: number };
    temporary.push(output.id);
    return backend.createOutputTensor(cast(binding, output.id, BFLOAT16, binding.TF_FLOAT));
  } finally {
    for (const id of temporary) binding.deleteTensor(id);
  }
}
