/**
 * Stored weights made float32 on the device: whole numbers of eight bits with a scale for each output
 * channel (core's int8.ts), or halves (float16.ts). The stored bytes are uploaded as they came, a quarter
 * or half of what their values fill, and no wide copy is made in the worker's memory.
 *
 * A thread takes one word of 32 bits and writes its four or two values; threads next to each other read
 * and write next to each other. Exact: a product of a scale and a small whole number is rounded once here
 * as there, and every half has a float32 (those below 6.1e-5 may become 0 on some devices).
 */
import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { range, runKernel, type WebGPUBackend } from './program.ts';

const THREADS = 64;

const VALUES_A_WORD = { int8: 4, float16: 2 } as const;
type PackedType = keyof typeof VALUES_A_WORD;

interface WidenCall {
  /** the stored bytes as int32, the last word filled up; of int8 the scales come first */
  readonly inputs: { readonly words: TensorInfo };
  /** of the weight; the output channels are the last axis */
  readonly attrs: { readonly dtype: PackedType; readonly shape: readonly number[] };
  readonly backend: unknown;
}

/** LoupeWiden. @returns float32 of the weight's shape, the caller's to dispose */
export function widen({
  inputs: { words },
  attrs: { dtype, shape },
  backend,
}: WidenCall): TensorInfo {
  const size = util.sizeFromShape([...shape]);
  const channels = shape.at(-1) ?? 1;
  const values = runKernel(backend as WebGPUBackend, {
    key: `widen_${dtype}`,
    inputs: [{ name: 'words', components: 1, tensor: words }],
    output: { shape: [1, 1, size], components: 1 },
    uniforms: { size: [size], channels: [channels] },
    workgroup: [THREADS, 1, 1],
    dispatch: Math.ceil(size / VALUES_A_WORD[dtype]),
    code: () => widenCode(dtype),
  });
  return { ...values, shape: [...shape] };
}

function widenCode(dtype: PackedType): string {
  const values = VALUES_A_WORD[dtype];
  const value = (k: number) =>
    dtype === 'int8'
      ? `f32(extractBits(word, ${8 * k}u, 8u)) * bitcast<f32>(words[(first + ${k}) % uniforms.channels])`
      : `unpack2x16float(bitcast<u32>(word))[${k}]`;
  return `
fn main(at : i32) {
  let first = at * ${values};
  if (first >= uniforms.size) { return; }
  let word = words[at${dtype === 'int8' ? ' + uniforms.channels' : ''}];
  ${range(values)
    .map((k) => `if (first + ${k} < uniforms.size) { result[first + ${k}] = ${value(k)}; }`)
    .join('\n  ')}
}`;
}
