/**
 * Choosing kernels: by time and only when the numbers agree, within a budget, once for each adapter.
 */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { kernelsFor, SHAPE_CLASSES, shapeClass } from '../../src/engine/kernels/candidates.ts';
import {
  choicesFrom,
  type Measured,
  type MeasureOptions,
  measureKernels,
} from '../../src/engine/kernels/choosing.ts';
import { stockKernel } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { type AdapterIdentity, startKernels } from '../../src/engine/kernels/start.ts';
import { describeOnWebgpu } from './onWebgpu.ts';

describe('choices', () => {
  test('are tfjs for everything while nothing is measured', () => {
    expect(new Set(Object.values(choicesFrom({})))).toEqual(new Set(['stock']));
  });

  test('are for a class without a measurement those of the nearest that has one', () => {
    expect(choicesFrom({ thin: 'winograd-4-small', deep: 'stock' })).toEqual({
      few: 'direct-small', // Winograd does not pay for a handful of channels
      thin: 'winograd-4-small',
      middle: 'winograd-4-small',
      deep: 'stock',
    });
    expect(choicesFrom({ few: 'direct-large' }).thin).toBe('direct-large');
  });

  test('reach every number of channels', () => {
    expect([1, 3, 64, 128, 256, 512, 2048].map(shapeClass)).toEqual([
      ...['few', 'few', 'thin', 'middle', 'middle', 'deep', 'deep'],
    ]);
    for (const name of SHAPE_CLASSES) {
      for (const software of [true, false]) {
        expect(kernelsFor(name, { software })).not.toEqual([]);
      }
    }
  });

  test('are of halves only on adapters that have them', () => {
    const names = (halves: boolean) => kernelsFor('deep', { software: false, halves });
    expect(names(true).filter((name) => !names(false).includes(name))).toEqual([
      'winograd-2-halves',
    ]);
  });
});

describeOnWebgpu('measuring', () => {
  const backend = () => tf.backend() as unknown as WebGPUBackend;
  const known = { thin: 'stock', middle: 'stock', deep: 'stock' } as const;

  /** Runs `work` with another kernel in the place of tfjs's own. */
  async function withStock<T>(
    change: (args: Parameters<tf.KernelFunc>[0], stock: tf.KernelFunc) => ReturnType<tf.KernelFunc>,
    work: () => Promise<T>,
  ): Promise<T> {
    const stock = stockKernel('FusedConv2D');
    const register = (kernelFunc: tf.KernelFunc) => {
      const name = { kernelName: 'FusedConv2D', backendName: 'webgpu' };
      tf.unregisterKernel(name.kernelName, name.backendName);
      tf.registerKernel({ ...name, kernelFunc });
    };
    register((args) => change(args, stock));
    try {
      return await work();
    } finally {
      register(stock);
    }
  }

  test('takes the fastest, and leaves nothing behind', async () => {
    const [data, tensors] = [backend().numDataIds(), tf.memory().numTensors];
    let clock = 0;
    const slow = (args: Parameters<tf.KernelFunc>[0], stock: tf.KernelFunc) => {
      clock += 10; // the only one that takes any time
      return stock(args);
    };
    const measured = await withStock(slow, () =>
      measureKernels({ software: true, known, budget: 1000, now: () => clock }),
    );
    expect(measured).toEqual({ ...known, few: 'direct-large' });
    expect(backend().numDataIds()).toBe(data);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('takes none whose numbers are not those of tfjs', async () => {
    let clock = 0;
    const other = (args: Parameters<tf.KernelFunc>[0], stock: tf.KernelFunc) => {
      clock += 10;
      return stock({ ...args, attrs: { ...args.attrs, activation: 'elu' } });
    };
    const measured = await withStock(other, () =>
      measureKernels({ software: true, known, budget: 1000, now: () => clock }),
    );
    expect(measured.few).toBe('stock');
  });

  test('keeps tfjs where ours are not faster', async () => {
    let clock = 0;
    const now = () => (clock += 10); // all runs alike, and long enough to be measured
    const measured = await measureKernels({ software: true, known, budget: 1000, now });
    expect(measured.few).toBe('stock');
  });

  test('begins no class when its budget is over', async () => {
    let clock = 0;
    const now = () => (clock += 10);
    const { thin, ...two } = known;
    const measured = await measureKernels({ software: true, known: two, budget: 1, now });
    expect(measured).toEqual({ ...two, thin });
  });
});

describeOnWebgpu('starting', () => {
  const identity: AdapterIdentity = { adapter: 'A card', browser: 'A browser', software: false };
  const memory = () => {
    const kept = new Map<string, Uint8Array>();
    return {
      kept,
      get: async (key: string) => kept.get(key),
      put: async (key: string, bytes: Uint8Array) => void kept.set(key, bytes),
    };
  };

  test('measures once for an adapter in a browser, and again what is missing', async () => {
    const store = memory();
    const asked: object[] = [];
    const measure = async ({ known = {} }: MeasureOptions): Promise<Measured> => {
      asked.push(known);
      return 'thin' in known ? { ...known, deep: 'winograd-4-tfjs' } : { thin: 'direct-small' };
    };
    const first = await startKernels(identity, { store, measure });
    expect(first.choices.deep).toBe('direct-small');
    first.remove();
    const second = await startKernels(identity, { store, measure });
    expect(second.choices.deep).toBe('winograd-4-tfjs');
    second.remove();
    (await startKernels({ ...identity, adapter: 'Another' }, { store, measure })).remove();
    expect(asked).toEqual([{}, { thin: 'direct-small' }, {}]);
    expect(store.kept.size).toBe(2);
  });

  test('does without a store, with a damaged one, and with one that is full', async () => {
    const measure = async () => ({ thin: 'direct-small' as const });
    const broken = { get: async () => new Uint8Array([1]), put: () => Promise.reject(new Error()) };
    for (const store of [undefined, broken]) {
      const kernels = await startKernels(identity, { store, measure });
      expect(kernels.choices.thin).toBe('direct-small');
      kernels.remove();
    }
  });
});
