/**
 * The trunk: VGG16 (Simonyan and Zisserman 2014, configuration D) without its fully connected
 * layers, and without the pooling after conv5_3, as Faster R-CNN uses it.
 *
 * The features after conv3_3, conv4_3 and conv5_3 (strides 4, 8 and 16) can be tapped: a
 * 16-pixel object is one cell of conv5_3, four of conv4_3 and sixteen of conv3_3. A run can also
 * start from such a tap, which is how training uses features that were computed once and kept.
 */
import * as tf from '@tensorflow/tfjs-core';
import { runOnBackend } from '../kernels/backendKernel.ts';
import { requireWeight, type WeightMap } from '../models/weights.ts';

/** Where features can be taken from, with their strides in pixels. */
export const TAP_STRIDES = { conv3_3: 4, conv4_3: 8, conv5_3: 16 } as const;
export type Tap = keyof typeof TAP_STRIDES;
export type TapFeatures = Partial<Record<Tap, tf.Tensor4D>>;

/** The thirteen convolutions; `pool` halves the map before the layer. */
export const VGG16_LAYERS = [
  { name: 'conv1_1', inputs: 3, filters: 64, pool: false },
  { name: 'conv1_2', inputs: 64, filters: 64, pool: false },
  { name: 'conv2_1', inputs: 64, filters: 128, pool: true },
  { name: 'conv2_2', inputs: 128, filters: 128, pool: false },
  { name: 'conv3_1', inputs: 128, filters: 256, pool: true },
  { name: 'conv3_2', inputs: 256, filters: 256, pool: false },
  { name: 'conv3_3', inputs: 256, filters: 256, pool: false },
  { name: 'conv4_1', inputs: 256, filters: 512, pool: true },
  { name: 'conv4_2', inputs: 512, filters: 512, pool: false },
  { name: 'conv4_3', inputs: 512, filters: 512, pool: false },
  { name: 'conv5_1', inputs: 512, filters: 512, pool: true },
  { name: 'conv5_2', inputs: 512, filters: 512, pool: false },
  { name: 'conv5_3', inputs: 512, filters: 512, pool: false },
] as const;

export type Vgg16Layer = (typeof VGG16_LAYERS)[number]['name'];

export interface TrunkOptions {
  /** the taps wanted; layers after the last of them are not run */
  readonly taps: readonly Tap[];
  /** the layer that the input already went through; left out when the input is a picture */
  readonly from?: Tap;
}

/** The 2x2 max pooling between two blocks. */
const halve = (x: tf.Tensor4D) => tf.maxPool(x, 2, 2, 'valid');

/**
 * One convolution of the trunk: 3x3, bias, ReLU.
 *
 * @param pooling what is pooled with it: the map that it begins with, and its own
 */
function applyLayer(
  layer: Vgg16Layer,
  x: tf.Tensor4D,
  weights: WeightMap,
  pooling: { readonly before: boolean; readonly after: boolean },
): tf.Tensor4D {
  return tf.tidy(() => {
    const inputs = {
      x: pooling.before ? halve(x) : x,
      filter: requireWeight(weights, `${layer}/kernel`) as tf.Tensor4D,
      bias: requireWeight(weights, `${layer}/bias`) as tf.Tensor1D,
    };
    const inOne = pooling.after ? runOnBackend('LoupeConvPool', () => inputs, {}) : undefined;
    if (inOne) return inOne as tf.Tensor4D;
    const map = tf.fused.conv2d({ ...inputs, strides: 1, pad: 'same', activation: 'relu' });
    return pooling.after ? halve(map) : map;
  });
}

export class Vgg16 {
  constructor(readonly weights: WeightMap) {}

  /**
   * The features at the taps asked for.
   *
   * @param input `[1, height, width, 3]` BGR minus mean, or the features named by `from`
   * @returns a `[1, height / stride, width / stride, channels]` tensor per tap, the caller's to dispose
   */
  forward(input: tf.Tensor4D, options: TrunkOptions): TapFeatures {
    const features: TapFeatures = {};
    for (const step of this.steps(input, options, features)) void step;
    return features;
  }

  /**
   * The same, layer by layer: `pause` is awaited after each, with the share of the work done, so
   * that a worker can hear a cancellation while a slow engine computes.
   */
  async forwardInSteps(
    input: tf.Tensor4D,
    options: TrunkOptions,
    pause: (fraction: number) => Promise<void> | void,
  ): Promise<TapFeatures> {
    const features: TapFeatures = {};
    try {
      for (const fraction of this.steps(input, options, features)) await pause(fraction);
      return features;
    } catch (error) {
      tf.dispose(features as tf.NamedTensorMap);
      throw error;
    }
  }

  /** Every layer of the VGG16 alone, after its ReLU, for tests against reference values. */
  *layers(input: tf.Tensor4D): Generator<{ name: Vgg16Layer; output: tf.Tensor4D }> {
    let x = input;
    for (const layer of VGG16_LAYERS) {
      const pooling = { before: layer.pool, after: false };
      const output = applyLayer(layer.name, x, this.weights, pooling);
      if (x !== input) x.dispose();
      x = output;
      yield { name: layer.name, output };
    }
    x.dispose();
  }

  /** Runs one layer at each turn and says what share of the arithmetic is behind it. */
  private *steps(
    input: tf.Tensor4D,
    { taps, from }: TrunkOptions,
    features: TapFeatures,
  ): Generator<number> {
    const first = from ? VGG16_LAYERS.findIndex((layer) => layer.name === from) + 1 : 0;
    const last = Math.max(
      ...taps.map((tap) => VGG16_LAYERS.findIndex((layer) => layer.name === tap)),
    );
    const layers = VGG16_LAYERS.slice(first, last + 1);
    const costs = relativeCosts(layers);
    if (from && taps.includes(from)) features[from] = tf.clone(input);
    let x = input;
    let pooled = false;
    let fraction = 0;
    try {
      for (const [index, layer] of layers.entries()) {
        const tapped = (taps as readonly string[]).includes(layer.name);
        // A map that is only pooled need never be whole: a backend may have a kernel for both.
        const after = !tapped && layers[index + 1]?.pool === true;
        const pooling = { before: layer.pool && !pooled, after };
        const output = applyLayer(layer.name, x, this.weights, pooling);
        if (x !== input && !isTapped(features, x)) x.dispose();
        [x, pooled] = [output, after];
        if (tapped) features[layer.name as Tap] = output;
        fraction += costs[index] as number;
        yield Math.min(fraction, 1);
      }
    } finally {
      if (x !== input && !isTapped(features, x)) x.dispose();
    }
  }
}

function isTapped(features: TapFeatures, tensor: tf.Tensor4D): boolean {
  return Object.values(features).includes(tensor);
}

/** What share of the multiplications each layer does (a pooled map has a quarter of the cells). */
function relativeCosts(layers: readonly (typeof VGG16_LAYERS)[number][]): number[] {
  let cells = 1;
  const costs = layers.map(({ pool, inputs, filters }) => {
    if (pool) cells /= 4;
    return cells * inputs * filters;
  });
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  return costs.map((cost) => cost / total);
}
