/**
 * Starts tfjs's WebAssembly backend from files of our own origin: Vite gives each binary an address
 * with a hash in it, and tfjs picks the one this browser can run (SIMD, and threads where the page
 * is cross-origin isolated).
 */
import { getThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { use } from './backends.ts';

/** Makes wasm the current backend and returns how many threads it computes on. */
export async function startWasm(): Promise<number> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
  await use('wasm');
  return getThreadsCount();
}
