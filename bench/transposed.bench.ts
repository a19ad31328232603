/**
 * Whether RED-Net's transposed convolutions are better computed as convolutions with the kernel turned:
 * time of the first over time of the second, 64 to 64 channels on 128 x 128 pixels.
 *
 *   npx tsx bench/transposed.bench.ts wasm
 *   npx tsx bench/transposed.bench.ts tensorflow
 */
import * as tf from '@tensorflow/tfjs-core';
import { foldTransposed } from '../src/core/superResolution/redNet.ts';
import { chooseEngine, type EngineChoice } from '../training/engine.ts';

const SIDE = 128;
const CHANNELS = 64;
const SECONDS = 5;

const engine = await chooseEngine((process.argv[2] ?? 'wasm') as EngineChoice);
const shape: [number, number, number, number] = [1, SIDE, SIDE, CHANNELS];
const x = tf.randomNormal<tf.Rank.R4>(shape);
const kernel = tf.randomNormal<tf.Rank.R4>([3, 3, CHANNELS, CHANNELS]);
const folded = foldTransposed(kernel);

/** Seconds of the best of a few runs. */
async function best(run: () => tf.Tensor): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * SECONDS;
  do {
    const started = performance.now();
    const result = run();
    await result.data();
    result.dispose();
    least = Math.min(least, (performance.now() - started) / 1000);
  } while (performance.now() < end);
  return least;
}

const transposed = await best(() => tf.conv2dTranspose(x, kernel, shape, 1, 'same'));
const convolution = await best(() => tf.conv2d(x, folded, 1, 'same'));
const ratio = (transposed / convolution).toFixed(1);
console.log(
  `${engine.description}: transposed ${(1000 * transposed).toFixed(0)} ms, folded ${(1000 * convolution).toFixed(0)} ms, ratio ${ratio}`,
);
