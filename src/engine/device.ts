/** tfjs's WebGPU backend records work and sends it off a little at a time; here one can wait for all of it. */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

type Queued = Pick<
  WebGPUBackend,
  'ensureCommandEncoderReady' | 'endComputePassEncoder' | 'submitQueue' | 'queue'
>;

/** Sends what is recorded to the device and waits for its end. */
export async function finished(backend: Queued): Promise<void> {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  await backend.queue.onSubmittedWorkDone();
}
