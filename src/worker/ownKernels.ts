/**
 * Our kernels in the worker, where they win: on WebGPU those that were measured to be the fastest on this
 * adapter, now or on an earlier visit; on WebAssembly where the memory has room. The code of each backend's
 * is fetched only there.
 */
import type { EngineInfo } from '../engine/info.ts';
import { openByteCache } from '../engine/shardCache.ts';

/**
 * Installs the kernels of the engine's backend and names them in its `info`; nothing else may compute
 * meanwhile. Without them everything is right and only slower, so no failure is told.
 */
export async function useOwnKernels(info: EngineInfo): Promise<void> {
  try {
    if (info.backend === 'webgpu') {
      const { startKernels } = await import('../engine/kernels/start.ts');
      const { adapter, software } = info;
      const about = { adapter, software, browser: navigator.userAgent };
      const store = await openByteCache('loupe-kernels-1');
      const { choices } = await startKernels(about, { store });
      info.kernels = [...new Set(Object.values(choices))].filter((name) => name !== 'stock');
    } else if (info.backend === 'wasm') {
      const { startWasmKernels } = await import('../engine/kernels/startWasm.ts');
      info.kernels = startWasmKernels();
    }
  } catch (error) {
    info.kernels = [];
    console.warn('Loupe computes with the kernels of TensorFlow.js:', error);
  }
}
