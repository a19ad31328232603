/**
 * Choosing the backend, with drivers made up for the purpose. Those that start set tfjs's plain
 * JavaScript backend under their name, so that what tfjs really runs on can be checked as well.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, describe, expect, test } from 'vitest';
import { type BackendDriver, BackendUnavailable, use } from '../../src/engine/backends.ts';
import { chooseBackend, type Measurement } from '../../src/engine/choose.ts';
import type { BackendName } from '../../src/engine/info.ts';

interface MadeUp {
  readonly name: BackendName;
  readonly adapter?: string;
  readonly software?: boolean;
  readonly error?: number;
  readonly milliseconds?: number;
  readonly absent?: string;
  readonly breaks?: boolean;
}

const NEVER = new Promise<string>(() => {});
const cpuFactory = tf.findBackendFactory('cpu');

function setUp(machine: readonly MadeUp[]) {
  const drivers = machine.map(
    ({
      name,
      adapter = `adapter of ${name}`,
      software = false,
      absent,
      breaks,
    }): BackendDriver => ({
      name,
      async probe() {
        if (absent) throw new BackendUnavailable(absent);
        return { adapter, software };
      },
      async start() {
        if (breaks) throw new Error('the driver crashed');
        if (!tf.findBackend(name)) tf.registerBackend(name, cpuFactory);
        await use(name);
        return { threads: 1, lost: NEVER };
      },
    }),
  );
  const measure = async (): Promise<Measurement> => {
    const { error = 0, milliseconds = 1 } = machine.find(
      ({ name }) => name === tf.getBackend(),
    ) as MadeUp;
    return { error, speed: { milliseconds, gigaflops: 450 / milliseconds } };
  };
  return { drivers, measure };
}

afterEach(() => {
  for (const name of ['webgpu', 'webgl', 'wasm']) if (tf.findBackend(name)) tf.removeBackend(name);
});

const wasm: MadeUp = { name: 'wasm', adapter: 'CPU', milliseconds: 20 };

describe('left to itself, Loupe takes', () => {
  test.each<[string, MadeUp[], BackendName]>([
    ['WebGPU where it works', [{ name: 'webgpu' }, { name: 'webgl' }, wasm], 'webgpu'],
    [
      'WebGL without WebGPU',
      [{ name: 'webgpu', absent: 'None.' }, { name: 'webgl' }, wasm],
      'webgl',
    ],
    [
      'the next one after a wrong result',
      [{ name: 'webgpu', error: 0.01 }, { name: 'webgl', error: Number.NaN }, wasm],
      'wasm',
    ],
    ['the next one after a crash', [{ name: 'webgpu', breaks: true }, wasm], 'wasm'],
    [
      'wasm rather than a software adapter, however fast it seems',
      [
        { name: 'webgpu', software: true, milliseconds: 0.1 },
        { name: 'webgl', software: true, milliseconds: 0.1 },
        wasm,
      ],
      'wasm',
    ],
    [
      'wasm rather than an adapter that hides being software but is slow',
      [{ name: 'webgpu', milliseconds: 900 }, { name: 'webgl', milliseconds: 400 }, wasm],
      'wasm',
    ],
    [
      'a slow GPU where wasm is slower still',
      [
        { name: 'webgpu', milliseconds: 60 },
        { ...wasm, milliseconds: 200 },
      ],
      'webgpu',
    ],
    [
      'a slow GPU where there is nothing else',
      [
        { name: 'webgpu', milliseconds: 900 },
        { ...wasm, absent: 'None.' },
      ],
      'webgpu',
    ],
  ])('%s', async (_, machine, expected) => {
    const { drivers, measure } = setUp(machine);
    const { info } = await chooseBackend('auto', { drivers, measure });
    expect(info.backend).toBe(expected);
    expect(tf.getBackend()).toBe(expected);
    expect(info.tried.filter(({ ok }) => ok).map(({ backend }) => backend)).toEqual([expected]);
    expect(new Set(info.tried.map(({ backend }) => backend)).size).toBe(info.tried.length);
    for (const { why } of info.tried) expect(why).toMatch(/\.$/);
    expect(info.reason).toMatch(/\.$/);
  });
});

describe('asked for by name, a backend', () => {
  test('is taken even on a software adapter, and says so', async () => {
    const machine = [{ name: 'webgpu' as const, software: true, milliseconds: 900 }, wasm];
    const { info } = await chooseBackend('webgpu', setUp(machine));
    expect(info).toMatchObject({ backend: 'webgpu', software: true, adapter: 'adapter of webgpu' });
    expect(info.reason).toBe('WebGPU was asked for.');
  });

  test('is taken before better ones, which are not even tried', async () => {
    const { info } = await chooseBackend('wasm', setUp([{ name: 'webgpu' }, wasm]));
    expect(info.backend).toBe('wasm');
    expect(info.tried.map(({ backend }) => backend)).toEqual(['wasm']);
  });

  test('is not taken when it is absent or wrong, and the reason says which', async () => {
    const absent = setUp([{ name: 'webgl', absent: 'This browser offers no WebGL 2 here.' }, wasm]);
    expect((await chooseBackend('webgl', absent)).info.reason).toBe(
      'This browser offers no WebGL 2 here. WebAssembly runs instead.',
    );
    const wrong = setUp([{ name: 'webgl', error: 0.1 }, wasm]);
    const { info } = await chooseBackend('webgl', wrong);
    expect(info.backend).toBe('wasm');
    expect(info.reason).toMatch(/^WebGL computes wrong numbers on adapter of webgl\./);
  });

  test('is not tried again after it was lost', async () => {
    const exclude = { webgpu: 'WebGPU stopped working (device lost).' };
    const { drivers, measure } = setUp([{ name: 'webgpu' }, wasm]);
    const { info } = await chooseBackend('webgpu', { drivers, measure, exclude });
    expect(info.backend).toBe('wasm');
    expect(info.reason).toMatch(/device lost/);
  });
});

test('a browser where nothing works is told so in one sentence', async () => {
  const nothing = setUp([
    { name: 'webgpu', absent: 'None.' },
    { ...wasm, error: 1 },
  ]);
  await expect(chooseBackend('auto', nothing)).rejects.toThrow(/^This browser cannot compute/);
});
