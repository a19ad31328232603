/**
 * Half the precision for four times the speed: on a CPU with matrix units (Intel's AMX) TensorFlow
 * multiplies bfloat16 numbers several times faster than float32 ones, but tfjs knows no such type.
 * This file has the large 3x3 convolutions of the trunk and the RPN, and their gradients, computed
 * in it: inputs are rounded to bfloat16 on the way in (8 bits of mantissa), sums are float32 inside,
 * and results are float32 again on the way out. All other operations stay as they are. On
 * random weights and a random picture the trunk's features moved by 0.75 % of their size.
 *
 * A training step needs two roundings of each layer twice: its input's, for the kernel's gradient comes
 * of it, and that of the gradient from above, which goes into two convolutions. They are kept as long as
 * their tensors live.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Attribute, BFLOAT16, cast, type NodeBackend } from './tensorflow.ts';

/** Convolutions with fewer channels are cheap, and what heads answer is better left unrounded. */
const LEAST_CHANNELS = 64;

/** Of each convolution, the input that another one is going to need rounded, too. */
const SHARED_INPUT: Readonly<Record<string, readonly number[]>> = {
  Conv2D: [0],
  Conv2DBackpropInput: [2],
  Conv2DBackpropFilter: [0, 2],
};

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
  const rounded: Roundings = new Map();
  backend.executeSingleOutput = (name, attributes, inputs) =>
    isLarge(name, inputs)
      ? inBfloat16(backend, name, attributes, inputs, rounded)
      : plainly(name, attributes, inputs);
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    const isGone = dispose(dataId, force);
    const id = isGone ? rounded.get(dataId) : undefined;
    if (id !== undefined) {
      backend.binding.deleteTensor(id);
      rounded.delete(dataId);
    }
    return isGone;
  };
  active = true;
}

/** By the numbers that they are of, TensorFlow's tensors of bfloat16 that are kept. */
type Roundings = Map<tf.TensorInfo['dataId'], number>;

function isLarge(name: string, inputs: readonly tf.TensorInfo[]): boolean {
  if (!(name in SHARED_INPUT)) return false;
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
  kept: Roundings,
): tf.Tensor {
  const { binding } = backend;
  const temporary: number[] = [];
  // Where nobody asks for gradients, nothing is needed twice.
  const trains = name !== 'Conv2D' || tf.engine().state.gradientDepth > 0;
  try {
    const ids = backend.getInputTensorIds(inputs).map((id, at) => {
      const { dtype, dataId } = inputs[at] as tf.TensorInfo;
      if (dtype !== 'float32') return id;
      const before = kept.get(dataId);
      if (before !== undefined) return before;
      const rounded = cast(binding, id, binding.TF_FLOAT, BFLOAT16).id;
      if (trains && SHARED_INPUT[name]?.includes(at)) kept.set(dataId, rounded);
      else temporary.push(rounded);
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
