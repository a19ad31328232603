/**
 * Chapter 9: whole training runs of a few steps, on the real trunk and made-up pictures.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pictureTensor } from '../../src/core/detection/fasterRcnn.ts';
import { transform } from '../../src/core/detection/transform.ts';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { UserError } from '../../training/console.ts';
import { type Checkpoint, readCheckpoint } from '../../training/detector/checkpoint.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import { readDataset, TurnOrder } from '../../training/detector/dataset.ts';
import { FeatureCache } from '../../training/detector/features.ts';
import { type TrainingProgress, train } from '../../training/detector/trainer.ts';
import { type StartWeights, TrainingWeights } from '../../training/detector/weights.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { readPicture } from '../../training/images.ts';
import { backends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';

stopLeakCheck();

/** The engines people train with here; cpu and SwiftShader would take minutes. */
const engines = backends.filter((name) => name === 'wasm' || name === 'tensorflow');

describe.each(engines)('Training [%s]', (backend) => {
  let folder: string;
  let trunk: LoadedModel;
  beforeAll(async () => {
    await tf.setBackend(backend);
    folder = await makeTinyTraining();
    trunk = await loadModel(createFileSource('public/models/vgg16'));
  });
  afterAll(() => {
    trunk.dispose();
    removeTinyTraining(folder);
  });

  interface RunOptions {
    readonly run: string;
    /** ends the session before this step */
    readonly stopAt?: number;
    readonly spoil?: (weights: TrainingWeights) => void;
    readonly cache?: FeatureCache;
    /** weights that this one begins with */
    readonly startFrom?: StartWeights;
  }

  /** A session of training; gives its progress step by step and how many tensors there were. */
  async function session(
    config: TrainingConfig,
    { run, stopAt, spoil, cache, startFrom }: RunOptions,
  ) {
    const weights = new TrainingWeights(config, trunk.weights);
    spoil?.(weights);
    const progress: TrainingProgress[] = [];
    const tensors: number[] = [];
    const sets = config.data.map((set) => ({
      photos: readDataset(set, config.classes),
      repeat: 1,
    }));
    const outcome = await train({
      config,
      weights,
      order: new TurnOrder(sets, config.seed, config.flips),
      cache: cache ?? newCache(),
      checkpoints: join(folder, 'runs', run),
      ...(startFrom && { startFrom }),
      minutesBetweenCheckpoints: 60,
      stepsBetweenReports: 1,
      onProgress: (report) => {
        progress.push(report);
        tensors.push(tf.memory().numTensors);
      },
      shouldStop: () => stopAt !== undefined && progress.at(-1)?.step === stopAt,
    });
    weights.dispose();
    return { outcome, progress, tensors };
  }

  function newCache(): FeatureCache {
    return FeatureCache.of(join(folder, 'features'), trunk);
  }

  function checkpointOf(run: string, config: TrainingConfig): Checkpoint {
    return readCheckpoint(join(folder, 'runs', run), config) as Checkpoint;
  }

  const total = ({ losses }: TrainingProgress) =>
    Object.values(losses).reduce((sum, loss) => sum + loss, 0);

  test('makes the loss fall, and no tensors', async () => {
    const config = tinyConfig(folder, { iterations: 30 });
    const { outcome, progress, tensors } = await session(config, { run: 'falls' });
    expect(outcome).toMatchObject({ step: 30, finished: true });
    const mean = (some: TrainingProgress[]) =>
      some.reduce((sum, report) => sum + total(report), 0) / some.length;
    expect(mean(progress.slice(-6))).toBeLessThan(0.6 * mean(progress.slice(0, 6)));
    expect(progress.at(-1)?.secondsLeft).toBe(0);
    // The first step makes the optimizer's running means.
    expect(new Set(tensors.slice(1)).size).toBe(1);
  });

  test('goes on, after a stop, to exactly the weights of a run in one go', async () => {
    const config = tinyConfig(folder);
    const whole = await session(config, { run: 'whole' });
    const first = await session(config, { run: 'halves', stopAt: 3 });
    expect(first.outcome).toMatchObject({ step: 3, finished: false });
    const second = await session(config, { run: 'halves' });
    expect(second.outcome).toMatchObject({ step: 8, finished: true });

    expect(second.outcome.losses).toEqual(whole.outcome.losses);
    expect(whole.outcome.losses.map((point) => point.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const losses = ({ progress }: typeof whole) => progress.map((report) => report.losses);
    expect([...losses(first), ...losses(second)]).toEqual(losses(whole));
    const [one, two] = [checkpointOf('whole', config), checkpointOf('halves', config)];
    expect(two.step).toBe(one.step);
    expect([...two.tensors.keys()].sort()).toEqual([...one.tensors.keys()].sort());
    for (const [name, { data }] of one.tensors) {
      const again = two.tensors.get(name)?.data as Float32Array;
      expect(again.length, name).toBe(data.length);
      expect(
        again.every((value, index) => Object.is(value, data[index])),
        name,
      ).toBe(true);
    }
    expect(readdirSync(join(folder, 'runs/halves')).sort()).toEqual([
      'checkpoint.json',
      'step-8.safetensors',
    ]);
  });

  test('gives other numbers for another seed, and refuses to mix the two', async () => {
    const config = tinyConfig(folder, { iterations: 1, seed: 7 });
    const other = await session(config, { run: 'seed-7' });
    const same = await session({ ...config, seed: 8 }, { run: 'seed-8' });
    expect(other.progress[0]?.losses).not.toEqual(same.progress[0]?.losses);
    const mixed = session({ ...config, seed: 8 }, { run: 'seed-7' });
    await expect(mixed).rejects.toThrow(UserError);
    await expect(mixed).rejects.toThrow(/^The checkpoint in .*seed-7 is of another config/);
  });

  test('can begin with the weights of another run', async () => {
    const first = tinyConfig(folder, { trainConv5: true, batchNorm: true });
    await session(first, { run: 'first' });
    const learned = new TrainingWeights(first, trunk.weights);
    learned.restore(checkpointOf('first', first).tensors);
    const folded = [...(await learned.folded())].map(([name, { data, shape }]) => {
      return [name, tf.tensor(data, [...shape])] as const;
    });
    const startFrom = { weights: new Map(folded), classes: first.classes };
    const config = tinyConfig(folder, { trainConv5: true, iterations: 1, seed: 3 });
    const fresh = await session(config, { run: 'fresh' });
    const second = await session(config, { run: 'second', startFrom });
    tf.dispose([...startFrom.weights.values()]);
    const [before, after] = [fresh, second].map(({ progress }) =>
      total(progress[0] as TrainingProgress),
    ) as [number, number];
    expect(after).toBeLessThan(0.9 * before);
  });

  test('can train the RPN alone: the RoI heads stay those it began with', async () => {
    const first = tinyConfig(folder, { iterations: 1 });
    await session(first, { run: 'heads' });
    const learned = new TrainingWeights(first, trunk.weights);
    learned.restore(checkpointOf('heads', first).tensors);
    const folded = [...(await learned.folded())].map(([name, { data, shape }]) => {
      return [name, tf.tensor(data, [...shape])] as const;
    });
    learned.dispose();
    const startFrom = { weights: new Map(folded), classes: first.classes };
    const config = tinyConfig(folder, { trainRoiHeads: false, iterations: 2, seed: 3 });
    await expect(session(config, { run: 'nothing' })).rejects.toThrow(
      /needs a model to start from/,
    );
    await session({ ...config, iterations: 1 }, { run: 'rpn-1', startFrom });
    await session(config, { run: 'rpn-2', startFrom });
    tf.dispose([...startFrom.weights.values()]);
    const one = checkpointOf('rpn-1', { ...config, iterations: 1 }).tensors;
    const two = checkpointOf('rpn-2', config).tensors;
    for (const name of ['fc6/kernel', 'fc7/kernel', 'cls_score/kernel', 'roi_lateral4/kernel']) {
      expect(two.get(name)?.data, name).toEqual(one.get(name)?.data);
    }
    const began = checkpointOf('heads', first).tensors;
    expect(two.get('fc7/kernel')?.data).toEqual(began.get('fc7/kernel')?.data);
    expect(two.get('rpn_conv/kernel')?.data).not.toEqual(one.get('rpn_conv/kernel')?.data);
  });

  test('stops at a loss that is no number, and names the step and the photo', async () => {
    const config = tinyConfig(folder);
    const run = session(config, {
      run: 'infinite',
      spoil: (weights) => {
        const kernel = weights.trained.get('cls_score/kernel') as tf.Variable;
        kernel.assign(tf.fill(kernel.shape, Number.NaN));
      },
    });
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(
      /^The loss is no longer a finite number at step 1, on rectangles\/\d\.png; start again/,
    );
    expect(existsSync(join(folder, 'runs/infinite'))).toBe(false);
  });

  test('keeps what was learned when a photo cannot be read, and names it', async () => {
    class FailingCache extends FeatureCache {
      calls = 0;
      override get(...[photo, view, also]: Parameters<FeatureCache['get']>) {
        // Six calls measure the scales, two are steps.
        if (++this.calls <= 8) return super.get(photo, view, also);
        return Promise.reject(new UserError(`There is no file ${photo.path}.`));
      }
    }
    const config = tinyConfig(folder);
    const trunkOf = new Vgg16(trunk.weights);
    const cache = new FailingCache(join(folder, 'features'), trunkOf, 'vgg16', 'vgg16');
    await expect(session(config, { run: 'unread', cache })).rejects.toThrow(
      /^There is no file .*\.png\.$/,
    );
    expect(checkpointOf('unread', config).step).toBe(2);
  });

  test('keeps features in half precision, whole or not at all', async () => {
    const config = tinyConfig(folder);
    const [photo] = readDataset(config.data[0] as TrainingConfig['data'][0], config.classes);
    if (!photo) throw new Error('no photo');
    const picture = await readPicture(photo.path);
    const fresh = FeatureCache.of(join(folder, 'kept'), trunk);
    const view = { longSide: 64, flip: false };
    const taps = ['conv3_3', 'conv4_3', 'conv5_3'] as const;
    const valuesOf = async () => {
      const features = await fresh.get(photo, view, ['conv3_3', 'conv4_3', 'conv5_3']);
      const values = await Promise.all(taps.map((tap) => features[tap]?.data()));
      const shapes = taps.map((tap) => features[tap]?.shape);
      tf.dispose(features as tf.NamedTensorMap);
      return { values, shapes };
    };
    const bytes = 2 * (12 * 16 * 256 + 6 * 8 * 512 + 3 * 4 * 512);
    expect(fresh.missingBytes(photo, view, ['conv3_3', 'conv4_3', 'conv5_3'])).toBe(bytes);
    const before = tf.memory().numTensors;
    const computed = await valuesOf();
    expect(computed.shapes).toEqual([
      [1, 12, 16, 256],
      [1, 6, 8, 512],
      [1, 3, 4, 512],
    ]);
    expect(fresh.missingBytes(photo, view, ['conv3_3', 'conv4_3', 'conv5_3'])).toBe(0);
    expect(await valuesOf()).toEqual(computed);
    expect(tf.memory().numTensors).toBe(before);

    const input = tf.tidy(() => pictureTensor(transform(picture, 64)));
    const exact = new Vgg16(trunk.weights).forward(input, { taps });
    for (const [index, tap] of taps.entries()) {
      const expected = (await exact[tap]?.data()) as Float32Array;
      const largest = expected.reduce((max, value) => Math.max(max, value), 0);
      const error = largestError(computed.values[index] as Float32Array, expected);
      expect(error / largest, tap).toBeLessThan(1e-3);
    }
    tf.dispose([input, exact as tf.NamedTensorMap]);

    const files = readdirSync(join(folder, 'kept'), { recursive: true }).map(String).sort();
    const path = files.find((file) => file.endsWith(`${photo.key}@64.f16`)) as string;
    expect(files.filter((file) => file.endsWith('.f16'))).toHaveLength(3);
    const place = join(folder, 'kept', path);
    const file = readFileSync(place);
    writeFileSync(place, file.subarray(0, file.length - 2));
    expect(await valuesOf()).toEqual(computed);
    expect(readFileSync(place)).toEqual(file);
  });

  test('refuses a photo that is not the one that was annotated', async () => {
    const config = tinyConfig(folder);
    const [photo] = readDataset(config.data[0] as TrainingConfig['data'][0], config.classes);
    if (!photo) throw new Error('no photo');
    const larger = { ...photo, key: 'larger', width: 640, height: 480 };
    await expect(newCache().get(larger, { longSide: 64, flip: false })).rejects.toThrow(
      /1\.png is 64 x 48 pixels, but the annotations were made on 640 x 480/,
    );
  });
});
