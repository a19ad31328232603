/**
 * The optimizers: stochastic gradient descent with momentum, as in the paper, and AdamW
 * (Loshchilov and Hutter 2019). tfjs has neither weight decay nor state that can be saved by name
 * for both, so each is written here in its textbook form; only kernels are decayed.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { TensorData } from '../readers/safetensors.ts';
import type { TrainingConfig } from './config.ts';

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
  protected readonly slots = new Map<string, tf.Variable>();
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
  protected slot(name: string, slot: string, like: tf.Tensor): tf.Variable {
    const key = `${slot}:${name}`;
    let variable = this.slots.get(key);
    if (!variable) {
      variable = tf.variable(tf.zerosLike(like), false);
      this.slots.set(key, variable);
    }
    return variable;
  }

  protected decayOf(name: string): number {
    return name.endsWith('/kernel') ? this.weightDecay : 0;
  }

  async state(): Promise<Map<string, TensorData>> {
    const state = new Map<string, TensorData>();
    state.set('optimizer:step', { shape: [1], data: Float32Array.of(this.step) });
    for (const [key, variable] of this.slots) {
      state.set(`optimizer:${key}`, {
        shape: variable.shape,
        data: (await variable.data()) as Float32Array,
      });
    }
    return state;
  }

  restore(state: ReadonlyMap<string, TensorData>): void {
    this.step = state.get('optimizer:step')?.data[0] ?? 0;
    this.dispose();
    for (const [key, { shape, data }] of state) {
      if (!key.startsWith('optimizer:') || key === 'optimizer:step') continue;
      const value = tf.tensor(data, [...shape]);
      this.slots.set(key.slice('optimizer:'.length), tf.variable(value, false));
      value.dispose();
    }
  }

  dispose(): void {
    for (const variable of this.slots.values()) variable.dispose();
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
    velocity.assign(tf.add(tf.mul(velocity, this.momentum), decayed));
    variable.assign(tf.sub(variable, tf.mul(velocity, rate)));
  }
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

class AdamW extends SlottedOptimizer {
  protected update({ name, variable, gradient, rate }: Update): void {
    const mean = this.slot(name, 'mean', variable);
    const square = this.slot(name, 'square', variable);
    mean.assign(tf.add(tf.mul(mean, BETA1), tf.mul(gradient, 1 - BETA1)));
    square.assign(tf.add(tf.mul(square, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    // Both corrections for the zero start are folded into the rate and epsilon: two passes less.
    const rootCorrection = Math.sqrt(1 - BETA2 ** this.step);
    const corrected = (rate * rootCorrection) / (1 - BETA1 ** this.step);
    const move = tf.div(tf.mul(mean, corrected), tf.add(tf.sqrt(square), EPSILON * rootCorrection));
    variable.assign(tf.sub(tf.mul(variable, 1 - rate * this.decayOf(name)), move) as tf.Tensor);
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
