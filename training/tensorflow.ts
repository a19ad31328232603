/**
 * What TensorFlow can do and tfjs does not ask it for: the command line's engine tensorflow is
 * TensorFlow's C library, and its binding runs any of that library's operations by name. Whoever
 * uses this file has a road without it, too, for the engines that are not TensorFlow.
 */
import * as tf from '@tensorflow/tfjs-core';

/** TensorFlow's numbers of the types that tfjs does not know. */
export const BFLOAT16 = 14;
const FLOAT16 = 19;

export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor as the binding knows it: its holder deletes it. */
interface Output {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

export interface Binding {
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): Output[];
  createTensor(shape: readonly number[], type: number, values: Int32Array | Float32Array): number;
  deleteTensor(id: number): void;
}

/** What tfjs-node's backend has, under names that its types hide. */
export interface NodeBackend {
  readonly binding: Binding;
  getInputTensorIds(inputs: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: object): tf.Tensor;
  /** @returns whether nothing else holds these numbers, so that they are gone */
  disposeData(dataId: tf.TensorInfo['dataId'], force?: boolean): boolean;
  executeSingleOutput(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly tf.TensorInfo[],
  ): tf.Tensor;
}

/** TensorFlow, where that is the backend that is set. */
export function tensorflow(): NodeBackend | undefined {
  return tf.getBackend() === 'tensorflow' ? (tf.backend() as unknown as NodeBackend) : undefined;
}

/** The same numbers in another type, rounded where they must be; the caller deletes them. */
export function cast(binding: Binding, id: number, from: number, to: number): Output {
  const typed = { type: binding.TF_ATTR_TYPE };
  const attributes = [
    { ...typed, name: 'SrcT', value: from },
    { ...typed, name: 'DstT', value: to },
    { type: binding.TF_ATTR_BOOL, name: 'Truncate', value: false },
  ];
  return binding.executeOp('Cast', attributes, [id], 1)[0] as Output;
}

/**
 * Widens halves to a float32 tensor, six times as fast as `fromFloat16`.
 * @param halves the bits of an even number of halves, at a multiple of four bytes; they stay as they are
 */
export function widenHalves(
  backend: NodeBackend,
  halves: Uint16Array,
  shape: readonly number[],
): tf.Tensor {
  const { binding } = backend;
  const { TF_ATTR_TYPE: type, TF_INT32, TF_FLOAT } = binding;
  // The binding takes no halves: they go in by twos, as integers, and TensorFlow looks at the bits anew.
  const pairs = new Int32Array(halves.buffer, halves.byteOffset, halves.length / 2);
  const words = binding.createTensor([pairs.length], TF_INT32, pairs);
  const reading = [
    { name: 'T', type, value: TF_INT32 },
    { name: 'type', type, value: FLOAT16 },
  ];
  const { id: narrow } = binding.executeOp('Bitcast', reading, [words], 1)[0] as Output;
  const wide = backend.createOutputTensor(cast(binding, narrow, FLOAT16, TF_FLOAT));
  for (const id of [words, narrow]) binding.deleteTensor(id);
  const shaped = tf.reshape(wide, [...shape]);
  wide.dispose();
  return shaped;
}
