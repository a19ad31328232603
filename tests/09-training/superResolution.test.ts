/**
 * Chapter 9: training RED-Net, on made-up pictures.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { LUMA_MEAN, RedNet } from '../../src/core/superResolution/redNet.ts';
import { UserError } from '../../training/console.ts';
import { readCheckpoint } from '../../training/detector/checkpoint.ts';
import { createFileSource } from '../../training/fileSource.ts';
import type { SrConfig } from '../../training/superResolution/config.ts';
import { stepGflop } from '../../training/superResolution/cost.ts';
import { exportRedNet } from '../../training/superResolution/exportModel.ts';
import { PatchSource, splitOf, squareOf } from '../../training/superResolution/patches.ts';
import { readLuma } from '../../training/superResolution/scoring.ts';
import {
  type SrLosses,
  srStep,
  trainRedNet,
  type ValidationScore,
} from '../../training/superResolution/trainer.ts';
import { RedNetWeights } from '../../training/superResolution/weights.ts';
import type { Progress } from '../../training/trainingLoop.ts';
import { numbersOf } from '../../training/variables.ts';
import { serve } from '../06-models/support.ts';
import { backends } from '../support/backends.ts';
import { largestError } from '../support/fixture.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { makeTinySuperResolution, tinySrConfig } from '../support/tinySuperResolution.ts';

stopLeakCheck();

let folder: string;
beforeAll(async () => {
  folder = await makeTinySuperResolution();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The engines people train with here; cpu and SwiftShader would take minutes. */
const engines = backends.filter((name) => name === 'wasm' || name === 'tensorflow');

describe.each(engines)('Training RED-Net [%s]', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  const runs = () => join(folder, 'runs', backend);

  /** A session of training; tells what it told. */
  async function session(config: SrConfig, run: string, stopAt?: number) {
    const weights = new RedNetWeights(config.network, config.seed);
    const split = await splitOf(config);
    const progress: Progress<SrLosses>[] = [];
    const tensors: number[] = [];
    const looks: { step: number; scores: readonly ValidationScore[] }[] = [];
    const outcome = await trainRedNet({
      config,
      weights,
      patches: new PatchSource(config, split.train),
      validation: split.validation,
      checkpoints: join(runs(), run),
      minutesBetweenCheckpoints: 60,
      stepsBetweenReports: 1,
      onProgress: (report) => {
        progress.push(report);
        tensors.push(tf.memory().numTensors);
      },
      onValidation: (step, scores) => looks.push({ step, scores }),
      shouldStop: () => stopAt !== undefined && progress.at(-1)?.step === stopAt,
    });
    weights.dispose();
    return { outcome, progress, tensors, looks };
  }

  test('goes on from what a model was written with', async () => {
    const { network } = tinySrConfig(folder);
    const [first, other] = [1, 2].map((seed) => new RedNetWeights(network, seed)) as [
      RedNetWeights,
      RedNetWeights,
    ];
    const model = first.exported();
    other.begin(model);
    const [before, after] = [await numbersOf(first.trained), await numbersOf(other.trained)];
    for (const [name, { data }] of before) {
      expect(largestError(after.get(name)?.data ?? [], data)).toBeLessThan(1e-6);
    }
    tf.dispose([...model.values()]);
    for (const weights of [first, other]) weights.dispose();
  });

  const checkpointOf = (run: string, config: SrConfig) =>
    readCheckpoint<SrConfig, SrLosses>(join(runs(), run), config);

  test('halves the loss, beats bicubic interpolation on held-out pictures, and keeps no tensors', async () => {
    const config = tinySrConfig(folder, { iterations: 150 });
    const before = tf.memory().numTensors;
    const { outcome, progress, tensors, looks } = await session(config, 'falls');
    expect(outcome).toMatchObject({ step: 150, finished: true });
    const mean = (some: Progress<SrLosses>[], part: keyof SrLosses) =>
      some.reduce((sum, { losses }) => sum + losses[part], 0) / some.length;
    // It begins as bicubic interpolation; what a batch is like decides the rest.
    expect(mean(progress.slice(0, 1), 'network')).toBeCloseTo(
      mean(progress.slice(0, 1), 'bicubic'),
      4,
    );
    const last = progress.slice(-20);
    expect(mean(last, 'network')).toBeLessThan(0.5 * mean(last, 'bicubic'));
    expect(looks.map(({ step }) => step)).toEqual([150]);
    for (const { scale, psnr, bicubic } of looks[0]?.scores ?? []) {
      expect(psnr, `x${scale}`).toBeGreaterThan(bicubic + 0.5);
    }
    expect(new Set(tensors.slice(1)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('goes on, after a stop, to exactly the weights of a run in one go', async () => {
    const jpeg = { share: 0.5, quality: [30, 90] };
    const config = tinySrConfig(folder, { jpeg, loss: 'l1' });
    const whole = await session(config, 'whole');
    const first = await session(config, 'halves', 2);
    expect(first.outcome).toMatchObject({ step: 2, finished: false });
    const second = await session(config, 'halves');
    expect(second.outcome.losses).toEqual(whole.outcome.losses);
    const [one, two] = [checkpointOf('whole', config), checkpointOf('halves', config)];
    expect(two?.step).toBe(6);
    expect([...(two?.tensors ?? [])]).toEqual([...(one?.tensors ?? [])]);
    expect(one?.tensors.has('optimizer:square:deconv3/kernel')).toBe(true);
    await expect(session({ ...config, seed: 2 }, 'halves')).rejects.toThrow(
      /^The checkpoint in .*halves is of another config/,
    );
  });

  test('writes a model folder that computes the same, in our loader and in tf.loadLayersModel', async () => {
    const config = tinySrConfig(folder, { iterations: 3 });
    await session(config, 'exported');
    const weights = new RedNetWeights(config.network, config.seed);
    weights.restore(checkpointOf('exported', config)?.tensors ?? new Map());
    const exported = weights.exported();
    const trained = RedNet.build(config.network, exported);
    const models = join(folder, 'models', backend);
    mkdirSync(models, { recursive: true });
    const manifest = exportRedNet({
      config,
      out: join(models, 'tiny'),
      weights: await numbersOf(exported),
      steps: 3,
      hours: 1,
      engine: backend,
      validation: [{ scale: 2, psnr: 30, bicubic: 29 }],
    });
    expect(manifest.training?.metrics).toEqual({
      validation: [{ scale: 2, psnr: 30, bicubic: 29 }],
    });
    const luma = tf.randomUniform<tf.Rank.R4>([1, 12, 10, 1], 0, 255);
    const expected = trained.residual(luma);

    const model = await loadModel(createFileSource(join(models, 'tiny')));
    const loaded = redNetFromModel(model);
    const ours = loaded.residual(luma);
    // float16 rounds the weights.
    expect(largestError(await ours.data(), await expected.data())).toBeLessThan(0.1);

    const { url } = await serve(models);
    const theirs = await tf.loadLayersModel(`${url}/tiny/model.json`);
    const sharpened = tf.tidy(() => theirs.predict(tf.sub(luma, LUMA_MEAN)) as tf.Tensor);
    const own = tf.tidy(() => tf.add(tf.sub(luma, LUMA_MEAN), ours));
    expect(largestError(await sharpened.data(), await own.data())).toBeLessThan(1e-2);
    tf.dispose([luma, expected, ours, sharpened, own, ...exported.values()]);
    theirs.dispose();
    loaded.dispose();
    model.dispose();
    trained.dispose();
    weights.dispose();
  });

  test('stops at a loss that is no number', async () => {
    const config = tinySrConfig(folder, { iterations: 4 });
    const optimizer = { kind: 'sgd', learningRate: 1e30, momentum: 0.9, weightDecay: 0 } as const;
    const run = session({ ...config, optimizer }, 'infinite');
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(/^The loss is no longer a finite number at step \d, on its/);
  });
});

describe('Patches', () => {
  beforeAll(() => tf.setBackend('wasm'));

  test('are what a picture has there, with bicubic interpolation as if it were whole', async () => {
    const config = tinySrConfig(folder, { batch: 12 });
    const { train } = await splitOf(config);
    const batch = await new PatchSource(config, train).batch(0);
    expect(batch.bicubic.shape).toEqual([12, 18, 18, 1]);
    const [bicubic, truth] = [await batch.bicubic.data(), await batch.truth.data()];
    // Near enough to belong together, far enough to learn from.
    let [sum, largest] = [0, 0];
    bicubic.forEach((value, i) => {
      const error = Math.abs(value - (truth[i] as number));
      sum += error / bicubic.length;
      largest = Math.max(largest, error);
    });
    expect(sum).toBeGreaterThan(1);
    expect(sum).toBeLessThan(20);
    tf.dispose([batch.bicubic, batch.truth]);
  });

  test('depend on the seed and the step alone', async () => {
    const config = tinySrConfig(folder);
    const { train } = await splitOf(config);
    const numbers = async (source: PatchSource, step: number) => {
      const { bicubic, truth } = await source.batch(step);
      const values = [...(await bicubic.data()), ...(await truth.data())];
      tf.dispose([bicubic, truth]);
      return values;
    };
    const source = new PatchSource(config, train);
    const [third, fourth] = [await numbers(source, 3), await numbers(source, 4)];
    expect(await numbers(new PatchSource(config, train), 3)).toEqual(third);
    expect(fourth).not.toEqual(third);
    expect(await numbers(new PatchSource({ ...config, seed: 2 }, train), 3)).not.toEqual(third);
  });

  test('never come from a held-out picture', async () => {
    const { train, validation } = await splitOf(tinySrConfig(folder));
    expect(validation.map((path) => path.slice(-5))).toEqual(['1.png']);
    expect(train.map((path) => path.slice(-5))).toEqual(['2.png', '3.png', '4.png']);
    await expect(
      splitOf(tinySrConfig(folder, { data: [{ name: 'none', images: join(folder, 'nowhere') }] })),
    ).rejects.toThrow(/^There is no file or folder/);
  });

  test('are turned and mirrored in all eight ways', () => {
    const picture = { width: 2, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4) } as const;
    const turned = Array.from({ length: 8 }, (_, turn) =>
      squareOf(picture, 0, 0, 2, turn).join(''),
    );
    expect(turned.slice(0, 4)).toEqual(['1234', '2143', '3412', '4321']);
    expect(new Set(turned).size).toBe(8);
  });

  test('say which picture is too small for them', async () => {
    const config = tinySrConfig(folder, { patch: 48 });
    const { train } = await splitOf(config);
    await expect(new PatchSource(config, train).batch(0)).rejects.toThrow(
      /\d\.png is 60 x 48 pixels, too small for patches of 48; take it away, or/,
    );
  });
});

describe('A step', () => {
  beforeAll(() => tf.setBackend('wasm'));

  test('learns as the derivative of its loss says', async () => {
    const config = tinySrConfig(folder, { network: { ...tinySrConfig(folder).network, depth: 4 } });
    const weights = new RedNetWeights(config.network, 1);
    const { train } = await splitOf(config);
    const batch = await new PatchSource(config, train).batch(0);
    const { losses, gradients } = await srStep(config, weights, batch);
    const bias = weights.trained.get('deconv2/bias') as tf.Variable;
    const slope = (await gradients[bias.name]?.data())?.[0] as number;
    tf.dispose(gradients);
    const delta = 1e-2;
    bias.assign(tf.tensor1d([delta]));
    const moved = await srStep(config, weights, batch);
    tf.dispose([moved.gradients, batch.bicubic, batch.truth]);
    // The mean squared error is a parabola in the last bias, of curvature 2.
    expect(moved.losses.loss - losses.loss).toBeCloseTo(slope * delta + delta ** 2, 6);
    weights.dispose();
  });

  test('costs three forward runs', () => {
    const network = { network: 'red-net', depth: 10, channels: 64, scales: [2] } as const;
    const gflop = stepGflop({ network: { ...network, scales: [2] }, patch: 48, batch: 16 });
    expect(gflop).toBeCloseTo((3 * 16 * 48 ** 2 * 2 * (8 * 9 * 64 * 64 + 2 * 9 * 64)) / 1e9, 6);
  });

  test('reads luma of pictures that are large enough alone', async () => {
    expect((await readLuma(join(folder, 'images/1.png'))).data).toHaveLength(60 * 48);
  });
});
