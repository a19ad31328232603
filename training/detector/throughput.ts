/**
 * How near training comes to the engine's own rate: the arithmetic of a step over its time, as a
 * share of what a bare 3x3 convolution reaches, forward and backward, in the same process. The bare
 * one is of conv5's size in a photo of 640 pixels: 512 to 512 channels on 40 x 30 cells.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import { throughputRowSchema } from '../../src/core/results/detectorSchema.ts';

const CHANNELS = 512;
const COLUMNS = 40;
const ROWS = 30;
/** An engine on which one pass over the whole map takes longer is measured on a tenth of it. */
const LONGEST_PASS_SECONDS = 1;
const MEASURED_SECONDS = 1;

export const throughputSchema = throughputRowSchema.omit({ what: true, engine: true, note: true });

export type Throughput = z.infer<typeof throughputSchema>;

/**
 * What training reaches of the engine's rate.
 *
 * @param stepGflop of one training step, see `costOf`
 * @param stepSeconds that a step takes
 * @param convolutionGflops see `measureConvolution`
 */
export function throughputOf(
  stepGflop: number,
  stepSeconds: number,
  convolutionGflops: number,
): Throughput {
  const share = stepGflop / stepSeconds / convolutionGflops;
  return { stepGflop, stepSeconds, convolutionGflops, share };
}

/** For a line of progress: "212 of 390 GFLOPS (54 %)". */
export function throughputText(throughput: Throughput): string {
  const { stepGflop, stepSeconds, convolutionGflops, share } = throughput;
  const reached = (stepGflop / stepSeconds).toFixed(0);
  return `${reached} of ${convolutionGflops.toFixed(0)} GFLOPS (${(100 * share).toFixed(0)} %)`;
}

/**
 * The rate of the bare convolution on the engine that is set, which must be prepared for training:
 * the best of a second or so.
 *
 * @param now a clock in seconds
 * @returns GFLOPS, where multiplications and additions count one each
 */
export async function measureConvolution(now = () => performance.now() / 1000): Promise<number> {
  const inPart = await bestRate(ROWS / 10, 0, now);
  const isSlow = gflopOf(ROWS) / inPart > LONGEST_PASS_SECONDS;
  return isSlow ? inPart : bestRate(ROWS, MEASURED_SECONDS, now);
}

/** Forward, and backward to the input and to the kernel. */
function gflopOf(rows: number): number {
  return (3 * 2 * rows * COLUMNS * 9 * CHANNELS * CHANNELS) / 1e9;
}

/** The best of at least one pass, after one that does not count: engines compile on the first. */
async function bestRate(rows: number, seconds: number, now: () => number): Promise<number> {
  const input = tf.fill([1, rows, COLUMNS, CHANNELS], 0.5);
  const kernel = tf.fill([3, 3, CHANNELS, CHANNELS], 0.01);
  const gradients = tf.grads((x, k) => tf.conv2d(x as tf.Tensor4D, k as tf.Tensor4D, 1, 'same'));
  const pass = async () => {
    const started = now();
    // One number of each gradient is read, so that an engine that works in the background is done.
    const ends = tf.tidy(() => {
      const firsts = gradients([input, kernel]).map((x) => tf.slice(tf.reshape(x, [-1]), 0, 1));
      return tf.concat(firsts);
    });
    await ends.data();
    ends.dispose();
    return now() - started;
  };
  await pass();
  let best = Number.POSITIVE_INFINITY;
  const end = now() + seconds;
  do best = Math.min(best, await pass());
  while (now() < end);
  tf.dispose([input, kernel]);
  return gflopOf(rows) / best;
}
