/**
 * What our kernels share with tfjs's own: the form of a program, as tfjs's WebGPU backend wants it, and
 * a shorter way of writing one. tfjs puts the bindings, the uniforms with all shapes and the entry point
 * around a program's WGSL, keeps the compiled pipelines by `shaderKey` and records the dispatches.
 */

import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

export type { WebGPUBackend };

type Program = Parameters<WebGPUBackend['runWebGPUProgram']>[0];

export interface KernelInput {
  /** Its name in WGSL: an array of `components` numbers each, with `<name>Shape` among the uniforms. */
  readonly name: string;
  readonly components: 1 | 2 | 4;
  readonly tensor: TensorInfo;
}

export interface Kernel {
  /** Tells this WGSL from any other; numbers that only uniforms carry stay out of it. */
  readonly key: string;
  readonly inputs: readonly KernelInput[];
  /** The array `result`, with `outShape` among the uniforms; overwritten in part where it is given. */
  readonly output: {
    readonly shape: number[];
    readonly components: 1 | 2 | 4;
    readonly into?: TensorInfo;
    /** numbers of 32 bits: floats unless told, or integers, which may be `atomic<i32>` */
    readonly type?: 'float32' | 'int32' | 'atomic';
  };
  /** Further integers in `uniforms`, up to four a name. */
  readonly uniforms?: Readonly<Record<string, readonly number[]>>;
  /** And floats. */
  readonly floats?: Readonly<Record<string, readonly number[]>>;
  readonly workgroup: [number, number, number];
  /** Workgroups along x, y and z; or how many threads, when one is told from another by its number alone. */
  readonly dispatch: [number, number, number] | number;
  /**
   * WGSL with `fn main()`, which reads `globalId`, `workgroupId` and `localId`; of numbered threads with
   * `fn main(index : i32)`, where there may be a few more than asked for.
   */
  readonly code: () => string;
}

/** Records a kernel's dispatch. @returns the output, the caller's to dispose. */
export function runKernel(backend: WebGPUBackend, kernel: Kernel): TensorInfo {
  const { key, inputs, output, uniforms = {}, floats = {}, workgroup, dispatch, code } = kernel;
  const { type = 'float32' } = output;
  const numbers = [
    ...Object.entries(uniforms).map(([name, data]) => ({ name, data, type: 'int32', wgsl: 'i32' })),
    ...Object.entries(floats).map(([name, data]) => ({ name, data, type: 'float32', wgsl: 'f32' })),
  ];
  const numbered = typeof dispatch === 'number';
  const program: Program = {
    shaderKey: `loupe_${key}`,
    variableNames: inputs.map(({ name }) => name),
    variableComponents: inputs.map(({ components }) => components),
    outputShape: output.shape,
    outputComponent: output.components,
    uniforms: numbers
      .map(({ name, data: { length }, wgsl }) => `${name} : ${vectorType(length, wgsl)},`)
      .join(' '),
    ...(type === 'atomic' && { atomic: true }),
    workgroupSize: workgroup,
    dispatch: numbered ? [Math.ceil(dispatch / util.sizeFromShape(workgroup)), 1, 1] : dispatch,
    dispatchLayout: numbered ? { x: range(output.shape.length) } : axesOf(output.shape),
    getUserCode: code,
  };
  return backend.runWebGPUProgram(
    program,
    inputs.map(({ tensor }) => tensor),
    type === 'float32' ? 'float32' : 'int32',
    numbers.map(({ type, data }) => ({ type, data: [...data] })),
    output.into,
  );
}

/** As many axes as the output has: tfjs then finds nothing amiss in the helpers it adds. */
function axesOf({ length }: readonly number[]): Program['dispatchLayout'] {
  return length === 4 ? { x: [3], y: [1, 2], z: [0] } : { x: [2], y: [1], z: [0] };
}

function vectorType(length: number, of: string): string {
  return length === 1 ? of : `vec${length}<${of}>`;
}

/** 0, 1, ... for loops that are unrolled into WGSL. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
