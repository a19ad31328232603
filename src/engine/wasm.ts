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

/** Up to this many cores the detector gets them all; of more, half (they often are hyper-threads). */
const ALL_CORES_UP_TO = 4;

/**
 * Starts wasm and returns how many threads it computes on.
 *
 * tfjs takes half of the cores it sees, whatever setThreadsCount says. On small machines that leaves
 * half of the speed unused, so there it is shown twice as many while it starts.
 *
 * @param use makes wasm tfjs's current backend
 */
export async function startWasm(use: () => Promise<void>): Promise<number> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  const cores = navigator.hardwareConcurrency || 1;
  const threads = Math.max(Math.floor(cores / 2), Math.min(cores, ALL_CORES_UP_TO));
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
