/**
 * Starts tfjs's WebAssembly backend from files of our own origin: Vite gives each binary an address
 * with a hash in it, and tfjs picks the one this browser can run (SIMD, and threads where the page
 * is cross-origin isolated).
 */
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { env } from '@tensorflow/tfjs-core';
import { threadsFor } from './cores.ts';

/**
 * Starts wasm and returns how many threads it computes on.
 *
 * tfjs takes half of the cores it sees, whatever setThreadsCount says. On small machines that leaves
 * half of the speed unused, so there it is shown twice as many while it starts.
 *
 * @param use makes wasm tfjs's current backend
 * @param threads how many to compute on where the page may have threads; else what suits the machine
 */
export async function startWasm(
  use: () => Promise<void>,
  threads = threadsFor(navigator.hardwareConcurrency || 1),
): Promise<number> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  Object.defineProperty(navigator, 'hardwareConcurrency', {
    value: 2 * threads,
    configurable: true,
  });
  try {
    // Browsers that promise threads may still refuse the memory they share; then one must do.
    await use().catch(() => {
      env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
      return use();
    });
  } finally {
    Reflect.deleteProperty(navigator, 'hardwareConcurrency');
  }
  return getThreadsCount();
}
