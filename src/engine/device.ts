/**
 * The device under tfjs's WebGPU backend: what its buffers hold, and a way to wait. The backend records work
 * and sends it off a little at a time; here one can wait for all of it.
 */
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

/** Channels of the largest maps that a crop becomes: VGG16's first block and RED-Net's layers. */
const WIDEST = 64;
const FLOAT_BYTES = 4;

/**
 * How many crops a batch may be of: so many that their largest maps fit into one buffer.
 *
 * @param side of a crop, in pixels
 * @param most one waits for a batch and can be stopped between two, so there is an end to what is worth while
 */
export function cropsAtOnce(
  {
    maxStorageBufferBindingSize,
    maxBufferSize,
  }: Pick<GPUSupportedLimits, 'maxStorageBufferBindingSize' | 'maxBufferSize'>,
  side: number,
  most: number,
): number {
  const room = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const fitting = Math.floor(room / (side * side * WIDEST * FLOAT_BYTES));
  return Math.max(1, Math.min(fitting, most));
}
