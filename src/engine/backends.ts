/**
 * The tfjs backends Loupe can run on, one driver each: how to find out cheaply whether it is worth
 * loading, how to load and start it, and how to hear of its end. Each backend's code is imported
 * only when it is started, so a visitor downloads one of them, not four. Choosing between them is
 * choose.ts's business.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describeAdapter, looksLikeSoftware } from './adapter.ts';
import { BACKEND_TITLES, type BackendName } from './info.ts';

/** What can be known of a backend before its code is loaded. */
export interface Probe {
  readonly adapter: string;
  /** True when the processor only pretends to be a GPU. */
  readonly software: boolean;
}

/** A backend that tfjs now computes on. */
export interface RunningBackend {
  readonly threads: number;
  /** Resolves, with a reason, when the device under the backend is gone; else never. */
  readonly lost: Promise<string>;
}

export interface BackendDriver {
  readonly name: BackendName;
  /** @throws BackendUnavailable with one plain sentence when this browser has no such thing. */
  probe(): Promise<Probe>;
  /**
   * Loads the backend's code and makes it tfjs's current one. Throws as `probe` does.
   * @param threads of the processor, where it computes there; else what suits the machine
   */
  start(threads?: number): Promise<RunningBackend>;
}

export class BackendUnavailable extends Error {
  override name = 'BackendUnavailable';
}

const NEVER = new Promise<string>(() => {});

export const webgpuDriver: BackendDriver = {
  name: 'webgpu',

  async probe() {
    if (!('gpu' in navigator) || !navigator.gpu) {
      throw new BackendUnavailable('This browser offers no WebGPU here.');
    }
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new BackendUnavailable('WebGPU finds no graphics adapter.');
    return { adapter: describeAdapter(adapter.info), software: looksLikeSoftware(adapter.info) };
  },

  async start() {
    await import('@tensorflow/tfjs-backend-webgpu');
    await use('webgpu');
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    return { threads: 0, lost: device.lost.then(({ message, reason }) => message || reason) };
  },
};

export const webglDriver: BackendDriver = {
  name: 'webgl',

  async probe() {
    if (typeof OffscreenCanvas === 'undefined') {
      throw new BackendUnavailable('This browser has no WebGL outside the page.');
    }
    const strict = new OffscreenCanvas(1, 1).getContext('webgl2', {
      failIfMajorPerformanceCaveat: true,
    });
    const gl = strict ?? new OffscreenCanvas(1, 1).getContext('webgl2');
    if (!gl) throw new BackendUnavailable('This browser offers no WebGL 2 here.');
    const unmasked = gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL;
    const renderer = String(gl.getParameter(unmasked ?? gl.RENDERER));
    gl.getExtension('WEBGL_lose_context')?.loseContext();
    return {
      adapter: describeAdapter(renderer),
      software: strict === null || looksLikeSoftware(renderer),
    };
  },

  async start() {
    await import('@tensorflow/tfjs-backend-webgl');
    await use('webgl');
    if (!tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) {
      throw new BackendUnavailable('WebGL computes only in half precision here.');
    }
    const { gpgpu } = tf.backend() as unknown as { gpgpu: { gl: WebGL2RenderingContext } };
    const lost = new Promise<string>((resolve) => {
      gpgpu.gl.canvas.addEventListener('webglcontextlost', () => resolve('context lost'));
    });
    return { threads: 0, lost };
  },
};

export const wasmDriver: BackendDriver = {
  name: 'wasm',

  async probe() {
    if (typeof WebAssembly === 'undefined') {
      throw new BackendUnavailable('This browser has no WebAssembly.');
    }
    return { adapter: 'CPU', software: false };
  },

  async start(wanted) {
    const { startWasm } = await import('./wasm.ts');
    const threads = await startWasm(() => use('wasm'), wanted);
    return { threads, lost: NEVER };
  },
};

/** Plain JavaScript: hundreds of times slower, but it is there when nothing else is. */
export const cpuDriver: BackendDriver = {
  name: 'cpu',
  probe: async () => ({ adapter: 'JavaScript', software: false }),
  async start() {
    await import('@tensorflow/tfjs-backend-cpu');
    await use('cpu');
    return { threads: 1, lost: NEVER };
  },
};

/** In the order of preference. */
export const DRIVERS: readonly BackendDriver[] = [webgpuDriver, webglDriver, wasmDriver, cpuDriver];

/** Makes a registered backend the current one. */
export async function use(name: BackendName): Promise<void> {
  const started = await tf.setBackend(name).catch(() => false);
  if (!started) throw new BackendUnavailable(`${BACKEND_TITLES[name]} did not start.`);
  await tf.ready();
}
