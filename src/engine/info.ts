/**
 * Names and facts of the backends, as plain data: what the engine reports of itself and the page
 * shows. No tensor code is imported here.
 */

export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** What the visitor may ask for, in `?backend=` or the menu. */
export type BackendChoice = BackendName | 'auto';

export const BACKEND_NAMES: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'cpu'];

/** Whose kernels compute on WebGPU and wasm: the fastest on the visitor's adapter, or tfjs's own alone; in `?kernels=`. */
export type KernelsChoice = 'auto' | 'stock';

/** How the backends are called in sentences. */
export const BACKEND_TITLES: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  webgl: 'WebGL',
  wasm: 'WebAssembly',
  cpu: 'JavaScript',
};

/** One backend that was looked at during start-up, and what came of it. */
export interface BackendTrial {
  backend: BackendName;
  ok: boolean;
  /** Time of the self-test's chain of convolutions; null when it never ran. */
  milliseconds: number | null;
  /** Why it was taken or passed over, one plain sentence. */
  why: string;
}

/** Which backend really runs, on which adapter, and why that one. */
export interface EngineInfo {
  backend: BackendName;
  /** e.g. "NVIDIA GeForce RTX 3060", "SwiftShader Device"; "CPU" for WebAssembly. */
  adapter: string;
  /** True for a GPU API that is emulated on the processor. */
  software: boolean;
  /** Threads WebAssembly computes on; 0 on a GPU. */
  threads: number;
  /**
   * Loupe's own kernels that compute in place of TensorFlow.js's, by name; empty where none does, null until
   * that has been found out.
   */
  kernels: string[] | null;
  reason: string;
  tried: BackendTrial[];
}
