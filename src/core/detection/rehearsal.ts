/**
 * A detection gone through without its answers: every kernel of it is called once, on maps of the size
 * that a photo will have, and nothing is read back. Where kernels must be compiled first, that can so
 * be done while nobody waits yet; which of its kernels a backend takes hangs on the size of the maps,
 * so a small picture would not do.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { FasterRcnn } from './fasterRcnn.ts';
import { StageClock } from './stages.ts';
import type { CancelToken } from './types.ts';

/** Most photos are as wide. */
const ASPECT_RATIO = 4 / 3;

/**
 * Goes through the first detection at a working size, in a picture of 4 : 3.
 *
 * @param workingSize pixels of the longer side
 * @throws what `FasterRcnn.detect` throws. Nothing stays allocated.
 */
export async function rehearse(
  detector: FasterRcnn,
  workingSize: number,
  signal?: CancelToken,
): Promise<void> {
  const [width, height] = [workingSize, Math.round(workingSize / ASPECT_RATIO)];
  const data = new Uint8Array(width * height * 3).fill(128);
  const picture = { width, height, channels: 3 as const, data };
  const seen = await detector.see(
    picture,
    { workingSize, ...(signal && { signal }) },
    new StageClock(),
  );
  try {
    const { proposals, score } = seen.propose(seen.madeUp());
    tf.dispose(score(proposals.map((_, place) => place)) ?? []);
  } finally {
    seen.dispose();
  }
}
