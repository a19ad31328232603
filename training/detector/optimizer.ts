/**
 * The optimizers: stochastic gradient descent with momentum, as in the paper, and AdamW
 * (Loshchilov and Hutter 2019). tfjs has neither weight decay nor state that can be saved by name
 * for both, so each is written here in its textbook form; only kernels are decayed.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorData } from '../readers/safetensors.ts';
import { tensorflow } from '../tensorflow.ts';
import { type AdamTensors, FusedAdam, plainAdam } from './adam.ts';
import type { TrainingConfig } from './config.ts';
import { webgpu, webgpuAdam } from './webgpuAdam.ts';

/** What of a config says how it learns. */
export type OptimizerConfig = Pick<TrainingConfig, 'optimizer' | 'schedule' | 'iterations'>;

type Update = {
  readonly name: string;
  readonly variable: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly rate: number;
};

export interface Optimizer {
  /** One step on all variables; `rateOf` says what share of the rate each learns at. */
  apply(
    variables: ReadonlyMap<string, tf.Variable>,
    gradients: Readonly<Record<string, tf.Tensor>>,
    rate: number,
    rateOf: (name: string) => number,
  ): void;
  state(): Promise<Map<string, TensorData>>;
  restore(state: ReadonlyMap<string, TensorData>): void;
  /** Frees the running values. */
  dispose(): void;
}

abstract class SlottedOptimizer implements Optimizer {
  private readonly slots = new Map<string, tf.Tensor>();
  protected step = 0;

  constructor(protected readonly weightDecay: number) {}

  protected abstract update(update: Update): void;

  apply(
    variables: ReadonlyMap<string, tf.Variable>,
    gradients: Readonly<Record<string, tf.Tensor>>,
    rate: number,
    rateOf: (name: string) => number,
  ): void {
    this.step++;
    for (const [name, variable] of variables) {
      const gradient = gradients[variable.name];
      if (!gradient) continue;
      tf.tidy(() => this.update({ name, variable, gradient, rate: rate * rateOf(name) }));
    }
  }

  /** The running value `slot` of a variable, 0 at first. */
  protected slot(name: string, slot: string, like: tf.Tensor): tf.Tensor {
    return this.slots.get(`${slot}:${name}`) ?? tf.fill(like.shape, 0);
  }

  /** Has a running value from now on. */
  protected setSlot(name: string, slot: string, value: tf.Tensor): void {
    const key = `${slot}:${name}`;
    this.slots.get(key)?.dispose();
    this.slots.set(key, tf.keep(value));
  }

  protected decayOf(name: string): number {
    return name.endsWith('/kernel') ? this.weightDecay : 0;
  }

  async state(): Promise<Map<string, TensorData>> {
    const state = new Map<string, TensorData>();
    state.set('optimizer:step', { shape: [1], data: Float32Array.of(this.step) });
    for (const [key, tensor] of this.slots) {
      state.set(`optimizer:${key}`, {
        shape: tensor.shape,
        data: (await tensor.data()) as Float32Array,
      });
    }
    return state;
  }

  restore(state: ReadonlyMap<string, TensorData>): void {
    this.step = state.get('optimizer:step')?.data[0] ?? 0;
    this.clear();
    for (const [key, { shape, data }] of state) {
      if (!key.startsWith('optimizer:') || key === 'optimizer:step') continue;
      // A product is the engine's own memory: what is restored stays the caller's.
      const value = tf.tidy(() => tf.mul(tf.tensor(data, [...shape]), 1));
      this.slots.set(key.slice('optimizer:'.length), tf.keep(value));
    }
  }

  dispose(): void {
    this.clear();
  }

  private clear(): void {
    tf.dispose([...this.slots.values()]);
    this.slots.clear();
  }
}

class Momentum extends SlottedOptimizer {
  constructor(
    private readonly momentum: number,
    weightDecay: number,
  ) {
    super(weightDecay);
  }

  protected update({ name, variable, gradient, rate }: Update): void {
    const velocity = this.slot(name, 'velocity', variable);
    const decayed = tf.add(gradient, tf.mul(variable, this.decayOf(name)));
    const faster = tf.add(tf.mul(velocity, this.momentum), decayed);
    this.setSlot(name, 'velocity', faster);
    variable.assign(tf.sub(variable, tf.mul(faster, rate)));
  }
}

// As float32 holds them: TensorFlow takes them from 1 in float32.
const BETA1 = Math.fround(0.9);
const BETA2 = Math.fround(0.999);
const EPSILON = 1e-8;

class AdamW extends SlottedOptimizer {
  private fused: FusedAdam | undefined;

  protected update({ name, variable, gradient, rate }: Update): void {
    const mean = this.slot(name, 'mean', variable);
    const square = this.slot(name, 'square', variable);
    // Both corrections for the zero start are folded into the rate and epsilon: two passes less.
    const rootCorrection = Math.sqrt(1 - BETA2 ** this.step);
    const settings = {
      rate: (rate * rootCorrection) / (1 - BETA1 ** this.step),
      beta1: BETA1,
      beta2: BETA2,
      epsilon: EPSILON * rootCorrection,
    };
    const decay = rate * this.decayOf(name);
    const decayed = decay === 0 ? tf.clone(variable) : tf.mul(variable, 1 - decay);
    const before = [decayed, mean, square] as const;
    const [weight, newMean, newSquare] = this.stepOf(before, gradient, settings);
    variable.assign(weight);
    this.setSlot(name, 'mean', newMean);
    this.setSlot(name, 'square', newSquare);
  }

  /** By the engine's own way where it has one. */
  private stepOf(...step: Parameters<typeof plainAdam>): AdamTensors {
    const backend = tensorflow();
    if (backend) {
      this.fused ??= new FusedAdam(backend);
      return this.fused.apply(...step);
    }
    const device = webgpu();
    return device ? webgpuAdam(device, ...step) : plainAdam(...step);
  }

  override dispose(): void {
    super.dispose();
    this.fused?.dispose();
    this.fused = undefined;
  }
}

/** The optimizer that a config asks for. */
export function makeOptimizer(config: TrainingConfig['optimizer']): Optimizer {
  return config.kind === 'sgd'
    ? new Momentum(config.momentum, config.weightDecay)
    : new AdamW(config.weightDecay);
}

/**
 * The learning rate at a step: a linear warm-up, then the paper's steps of gamma or a cosine to 0.
 */
export function learningRate(config: OptimizerConfig, step: number): number {
  const { schedule, iterations } = config;
  const base = config.optimizer.learningRate;
  if (step < schedule.warmup) return (base * (step + 1)) / schedule.warmup;
  if (schedule.kind === 'steps') {
    const passed = schedule.at.filter((share) => step >= share * iterations).length;
    return base * schedule.gamma ** passed;
  }
  const share = (step - schedule.warmup) / Math.max(1, iterations - schedule.warmup);
  return (base * (1 + Math.cos(Math.PI * Math.min(share, 1)))) / 2;
}
