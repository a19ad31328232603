/**
 * RED-Net (Mao, Shen and Yang, NIPS 2016): n convolutions, then n transposed convolutions, 3x3 with
 * ReLU, and skip connections between mirror images: what convolution i made is added to what
 * transposed convolution n - i makes, before its ReLU, for i = 0, 2, 4, ... For i = 0 that is the
 * picture itself, so the network learns what bicubic interpolation lacks (the residual). It sees
 * luma, already enlarged: one set of weights for all scales.
 *
 * A transposed convolution of stride 1, padded "same", is a convolution with the kernel turned by
 * 180 degrees and its channels swapped. Weights are stored the transposed way and folded once, when
 * the network is built (bench/transposed.bench.ts measures why).
 */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { requireWeight, type WeightMap } from '../models/weights.ts';
import { meanOverOrientations, type Orientations } from './orientations.ts';

export const redNetConfigSchema = z.strictObject({
  network: z.literal('red-net'),
  /** layers in all, convolutions and transposed ones: 10, 20, 30 in the paper */
  depth: z
    .int()
    .min(2)
    .max(100)
    .multipleOf(2, 'must be even: as many convolutions as transposed ones'),
  /** of every layer but the last; 64 in the paper */
  channels: z.int().min(1).max(1024),
  /** enlargements it was trained for */
  scales: z.array(z.int().min(2).max(8)).min(1),
});

export type RedNetConfig = z.infer<typeof redNetConfigSchema>;

/** Half the range of pixels is taken off first, so that the zeros around a picture are grey, not black. */
export const LUMA_MEAN = 128;

/** The picture, where a layer's name is expected. */
export const PICTURE = 'luma';

export interface RedNetLayer {
  readonly name: string;
  readonly inputs: number;
  readonly filters: number;
  /** stored as the kernel of a transposed convolution: `[3, 3, filters, inputs]` */
  readonly transposed: boolean;
  /** the layer whose output is added before the ReLU; "luma" is the picture */
  readonly skipFrom?: string;
  /** every layer but the last */
  readonly relu: boolean;
}

/** The layers in the order of computation. */
export function redNetLayers({
  depth,
  channels,
}: Pick<RedNetConfig, 'depth' | 'channels'>): RedNetLayer[] {
  const half = depth / 2;
  return Array.from({ length: depth }, (_, index): RedNetLayer => {
    const transposed = index >= half;
    const number = transposed ? index - half + 1 : index + 1;
    const mirror = half - number;
    const last = index === depth - 1;
    return {
      name: `${transposed ? 'deconv' : 'conv'}${number}`,
      inputs: index === 0 ? 1 : channels,
      filters: last ? 1 : channels,
      transposed,
      ...(transposed && mirror % 2 === 0 && { skipFrom: mirror === 0 ? PICTURE : `conv${mirror}` }),
      relu: !last,
    };
  });
}

/**
 * The kernel of a transposed convolution as that of the equal convolution, and the other way round.
 *
 * @param kernel `[3, 3, a, b]`
 * @returns `[3, 3, b, a]`, the caller's to dispose
 */
export function foldTransposed(kernel: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.transpose(tf.reverse(kernel, [0, 1]), [0, 1, 3, 2]));
}

/**
 * What is to be added to an enlarged picture. The unit is the weights' own: biases trained on values
 * of 0..1 see values of 0..1.
 *
 * @param x `[batch, height, width, 1]`, luma less the mean
 * @param weights by name, all kernels as those of convolutions (see `foldTransposed`)
 * @returns the same shape, the caller's to dispose
 */
export function redNetResidual(
  config: Pick<RedNetConfig, 'depth' | 'channels'>,
  weights: WeightMap,
  x: tf.Tensor4D,
): tf.Tensor4D {
  const layers = redNetLayers(config);
  const skipped = new Map<string, tf.Tensor4D>();
  const wanted = new Set(layers.map(({ skipFrom }) => skipFrom));
  let current = x;
  for (const layer of layers) {
    // The picture's own skip connection is left to the caller: bicubic plus residual.
    const skip = layer.skipFrom === undefined ? undefined : skipped.get(layer.skipFrom);
    const next = applyLayer(layer, current, weights, skip);
    if (current !== x && ![...skipped.values()].includes(current)) current.dispose();
    if (layer.skipFrom !== undefined) {
      skip?.dispose();
      skipped.delete(layer.skipFrom);
    }
    if (wanted.has(layer.name)) skipped.set(layer.name, next);
    current = next;
  }
  return current;
}

function applyLayer(
  { name, relu }: RedNetLayer,
  x: tf.Tensor4D,
  weights: WeightMap,
  skip?: tf.Tensor4D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const convolved = tf.fused.conv2d({
      x,
      filter: requireWeight(weights, `${name}/kernel`) as tf.Tensor4D,
      bias: requireWeight(weights, `${name}/bias`) as tf.Tensor1D,
      strides: 1,
      pad: 'same',
      activation: relu && !skip ? 'relu' : 'linear',
    });
    return skip ? (tf.relu(tf.add(convolved, skip)) as tf.Tensor4D) : convolved;
  });
}

/** A network that is ready to run: kernels folded, values of 0..255. */
export class RedNet {
  private constructor(
    readonly config: RedNetConfig,
    private readonly weights: WeightMap,
    private readonly own: readonly tf.Tensor[],
    private readonly orientations: Orientations,
  ) {}

  /**
   * @param weights as a model folder holds them; stay the caller's and must outlive the network
   * @param orientations in how many of them it looks at each picture
   * @throws Error that names the first one that is missing
   */
  static build(config: RedNetConfig, weights: WeightMap, orientations: Orientations = 1): RedNet {
    const folded = new Map<string, tf.Tensor>();
    const own: tf.Tensor[] = [];
    for (const { name, transposed } of redNetLayers(config)) {
      const kernel = requireWeight(weights, `${name}/kernel`) as tf.Tensor4D;
      if (transposed) own.push(foldTransposed(kernel));
      folded.set(`${name}/kernel`, transposed ? (own.at(-1) as tf.Tensor) : kernel);
      folded.set(`${name}/bias`, requireWeight(weights, `${name}/bias`));
    }
    return new RedNet(config, folded, own, orientations);
  }

  /** How many pixels of the enlarged picture a pixel of the result can reach to either side. */
  get radius(): number {
    return this.config.depth;
  }

  /**
   * What is to be added to an enlarged picture's luma.
   *
   * @param luma `[batch, height, width, 1]`, 0..255, enlarged by bicubic interpolation
   * @returns the same shape, in levels of 0..255, the caller's to dispose
   */
  residual(luma: tf.Tensor4D): tf.Tensor4D {
    const once = (x: tf.Tensor4D) => redNetResidual(this.config, this.weights, x);
    return tf.tidy(() => meanOverOrientations(tf.sub(luma, LUMA_MEAN), this.orientations, once));
  }

  /** Frees the folded kernels; what `build` was given stays. */
  dispose(): void {
    tf.dispose([...this.own]);
  }
}
