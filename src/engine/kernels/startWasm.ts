/**
 * Puts our WebAssembly kernel into use, for a visitor or on the command line, where the machine has the
 * memory that its transformed filters take.
 */
import * as tf from '@tensorflow/tfjs-core';
import { installWasmWinograd, type WasmBackend } from './wasmWinograd.ts';

/** There is room for about 150 MB more. */
const LEAST_GIGABYTES = 4;

/**
 * Installs the kernel for the current backend, which must be wasm.
 *
 * @returns the names of the kernels that are ours
 */
export function startWasmKernels(): string[] {
  // What the machine has, as far as the browser tells; most do not, and Node has no such thing.
  const { deviceMemory = LEAST_GIGABYTES } = (globalThis.navigator ?? {}) as {
    readonly deviceMemory?: number;
  };
  if (deviceMemory < LEAST_GIGABYTES) return [];
  installWasmWinograd(tf.backend() as unknown as WasmBackend);
  return ['winograd-2'];
}
