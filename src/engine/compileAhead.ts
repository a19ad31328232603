/**
 * Compiles WebGPU pipelines before they are needed: work is gone through with tfjs told to make the
 * pipelines and to run none of them. They are made side by side, in the driver's own threads.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Goes through some work for its pipelines alone. The current backend must be WebGPU, and nothing else may
 * compute meanwhile; what the work makes has no values, so it must read nothing back.
 *
 * @throws what the work throws, and an Error where a pipeline cannot be compiled
 */
export async function compileAhead(work: () => Promise<void>): Promise<void> {
  const env = tf.env();
  const cpuForward = env.getBool('WEBGPU_CPU_FORWARD');
  env.set('WEBGPU_ENGINE_COMPILE_ONLY', true);
  // Otherwise tfjs computes small tensors in JavaScript, from values that are not there.
  env.set('WEBGPU_CPU_FORWARD', false);
  try {
    await work();
  } finally {
    env.set('WEBGPU_ENGINE_COMPILE_ONLY', false);
    env.set('WEBGPU_CPU_FORWARD', cpuForward);
    // Also after a throw: a pipeline that is still being made cannot be used.
    await allMade(tf.backend() as unknown as WithPipelines);
  }
}

/**
 * The same where it can be done and wherever it works: nothing on other backends, and what fails here is
 * compiled when it is needed, and slower.
 *
 * @throws the signal's reason
 */
export async function prepareShaders(
  work: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (tf.getBackend() !== 'webgpu') return;
  try {
    await compileAhead(work);
  } catch (error) {
    signal.throwIfAborted();
    console.warn('Loupe compiles its shaders as they are needed:', error);
  }
}

/** tfjs keeps a promise for each pipeline that it is told to make ahead. */
type WithPipelines = Pick<WebGPUBackend, 'checkCompileCompletionAsync'> & {
  readonly pipelineCache: Record<string, GPUComputePipeline | Promise<GPUComputePipeline>>;
};

async function allMade(backend: WithPipelines): Promise<void> {
  try {
    await backend.checkCompileCompletionAsync();
  } catch (error) {
    // What is forgotten here is made when it is needed, and says then what is wrong.
    for (const [key, made] of Object.entries(backend.pipelineCache)) {
      if (made instanceof Promise) delete backend.pipelineCache[key];
    }
    throw error;
  }
}
