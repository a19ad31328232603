/**
 * Puts our WebAssembly kernel into use, for a visitor or on the command line, where the machine has the
 * memory that its transformed filters take.
 */
import * as tf from '@tensorflow/tfjs-core';
import { gigabytesHere, LEAST_GIGABYTES } from '../cores.ts';
import { installWasmWinograd, type WasmBackend } from './wasmWinograd.ts';

/**
 * Installs the kernel for the current backend, which must be wasm.
 *
 * @returns the names of the kernels that are ours
 */
export function startWasmKernels(): string[] {
  // The transformed filters take about 150 MB more.
  if (gigabytesHere() < LEAST_GIGABYTES) return [];
  installWasmWinograd(tf.backend() as unknown as WasmBackend);
  return ['winograd-2'];
}
