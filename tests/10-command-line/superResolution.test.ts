/**
 * Chapter 10: `loupe evaluate-sr`, `loupe upscale` and `loupe train super-resolution` as their users run them.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportRedNet } from '../../training/superResolution/exportModel.ts';
import { numbersOf } from '../../training/variables.ts';
import '@tensorflow/tfjs-backend-cpu';
import { TINY_RED_NET, tinyRedNetWeights } from '../support/tinyRedNet.ts';
import { makeTinySuperResolution, tinySrConfig } from '../support/tinySuperResolution.ts';
import { loupe, type Run } from './run.ts';

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 180_000;

let folder: string;
let images: string;
let model: string;
beforeAll(async () => {
  folder = await makeTinySuperResolution(2);
  images = join(folder, 'images');
  model = join(folder, 'red-net');
  tf.env().set('IS_TEST', true); // or tfjs greets, and recommends its node backend
  await tf.setBackend('cpu');
  const weights = tinyRedNetWeights();
  exportRedNet({
    config: tinySrConfig(folder, { network: { ...TINY_RED_NET, scales: [2] } }),
    out: model,
    weights: await numbersOf(weights),
    steps: 0,
    hours: 0,
    engine: 'none',
    validation: [],
  });
  tf.dispose([...weights.values()]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each fails with its one sentence and says nothing on stdout. */
async function expectSentences(cases: readonly (readonly [args: string[], sentence: RegExp])[]) {
  const runs = await Promise.all(cases.map(([args]) => loupe(...args)));
  runs.forEach(({ code, out, err }, index) => {
    const [args, sentence] = cases[index] as (typeof cases)[0];
    expect(err.trim(), args.join(' ')).toMatch(sentence);
    expect(err, args.join(' ')).not.toMatch(/^\s+at /m);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });
}

function expectSuccess({ code, err }: Run): void {
  expect(code, err).toBe(0);
}

describe('loupe evaluate-sr', () => {
  const wasm = ['--engine', 'wasm'];

  test(
    'prints mean and single scores, of bicubic interpolation and of a network',
    async () => {
      const args = ['evaluate-sr', '--images', images, '--scale', '2', ...wasm, '--json'];
      const ofNetwork = [...args, '--method', 'redNet', '--model', model];
      const [bicubic, redNet, turned] = (await Promise.all([
        loupe(...args),
        loupe(...ofNetwork),
        loupe(...ofNetwork, '--orientations', '8'),
      ])) as [Run, Run, Run];
      [bicubic, redNet, turned].forEach(expectSuccess);
      const report = JSON.parse(bicubic.out);
      expect(Object.keys(report)).toEqual(['method', 'scale', 'psnr', 'ssim', 'images']);
      expect(report).toMatchObject({ method: 'bicubic', scale: 2 });
      expect(report.images.map(({ file }: { file: string }) => file)).toEqual(['1.png', '2.png']);
      for (const part of ['psnr', 'ssim']) {
        expect(report[part]).toBeCloseTo((report.images[0][part] + report.images[1][part]) / 2, 9);
      }
      expect(report.psnr).toBeGreaterThan(15);
      expect(report.ssim).toBeLessThan(1);
      // Random weights do not sharpen.
      const once = JSON.parse(redNet.out);
      expect(once.psnr).toBeLessThan(report.psnr);
      // What they add is not the same in any two orientations, so part of it goes in the mean.
      const mean = JSON.parse(turned.out);
      expect(mean).toMatchObject({ method: 'redNet', orientations: 8 });
      expect(mean.psnr).toBeGreaterThan(once.psnr);
    },
    PATIENCE,
  );

  test(
    'says in one sentence what is wrong',
    async () => {
      const scale = ['--scale', '2', ...wasm];
      const red = ['--method', 'redNet', '--model'];
      await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
        .png()
        .toFile(join(folder, 'small.png'));
      await expectSentences([
        [['evaluate-sr', '--images', images, '--scale', '5'], /It must be 2, 3 or 4\./],
        [
          ['evaluate-sr', '--images', images, ...scale, '--method', 'magic'],
          /choices are bicubic, redNet/,
        ],
        [
          ['evaluate-sr', '--images', images, ...scale, '--orientations', '8'],
          /^--orientations 8 is for --method redNet; bicubic interpolation is the same in all/,
        ],
        [
          ['evaluate-sr', '--images', images, ...scale, '--orientations', '4'],
          /--orientations.*It must be 1 or 8\./s,
        ],
        [
          ['evaluate-sr', '--images', join(folder, 'nowhere'), ...scale],
          /^There is no file or folder .*nowhere\.$/,
        ],
        [
          ['evaluate-sr', '--images', join(folder, 'small.png'), ...scale],
          /small\.png is 8 x 8 pixels; super-resolution is measured and trained on/,
        ],
        [
          ['evaluate-sr', '--images', images, ...scale, ...red, folder],
          /^There is no model in .*; train one with "loupe train super-resolution", or use --method bicubic\.$/,
        ],
        [
          ['evaluate-sr', '--images', images, '--scale', '3', ...wasm, ...red, model],
          /^The model in .*red-net was trained for the scales 2, not 3\.$/,
        ],
        [
          ['evaluate-sr', '--images', images, ...scale, ...red, 'public/models/vgg16'],
          /^The model "vgg16" is not a super-resolution network/,
        ],
      ]);
    },
    PATIENCE,
  );
});

describe('loupe upscale', () => {
  const args = (...more: string[]) => ['upscale', join(images, '1.png'), ...more];

  test(
    'writes PNG and JPEG of the right size, by both methods',
    async () => {
      const [png, jpeg] = [join(folder, 'out/large.png'), join(folder, 'large.jpg')];
      const runs = await Promise.all([
        loupe(...args('--scale', '3', '--out', png, '--method', 'bicubic', '--engine', 'wasm')),
        loupe(...args('--scale', '2', '--out', jpeg, '--model', model, '--engine', 'wasm')),
      ]);
      runs.forEach(expectSuccess);
      expect(runs[0].err).toMatch(/Enlarging \(%\) 100\/100\nWrote .*large\.png, 180 x 144 pixels/);
      expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 180, height: 144 });
      expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 120 });
    },
    PATIENCE,
  );

  test(
    'says in one sentence what is wrong',
    async () => {
      const bicubic = ['--scale', '2', '--method', 'bicubic', '--engine', 'wasm'];
      const notImage = join(folder, 'note.jpg');
      writeFileSync(notImage, 'not a picture');
      await expectSentences([
        [
          args(...bicubic, '--out', 'large.gif'),
          /^large\.gif is neither a \.png nor a \.jpg; give/,
        ],
        [
          ['upscale', notImage, ...bicubic, '--out', join(folder, 'a.png')],
          /note\.jpg: This is not a picture|note\.jpg: /,
        ],
        [
          args(...bicubic, '--out', join(folder, 'config.json', 'a.png')),
          /a\.png cannot be written: /,
        ],
      ]);
    },
    PATIENCE,
  );
});

describe('loupe train super-resolution', () => {
  test(
    'stops after its minutes with a checkpoint, from which a model can be written',
    async () => {
      const file = join(folder, 'long.json');
      writeFileSync(file, JSON.stringify(tinySrConfig(folder, { iterations: 100_000 })));
      const [out, checkpoints] = [join(folder, 'trained'), join(folder, 'run')];
      const args = ['train', 'super-resolution', '--config', file, '--engine', 'wasm', '--json'];
      const places = ['--out', out, '--checkpoints', checkpoints];
      const stopped = await loupe(...args, ...places, '--minutes', '0.05');
      expectSuccess(stopped);
      expect(stopped.err).toContain('1 picture, 1 more held out.');
      expect(stopped.err).toMatch(/Stopped at step \d+ of 100000; the same command goes on/);
      const { step, finished } = JSON.parse(stopped.out);
      expect({ finished, written: existsSync(out) }).toEqual({ finished: false, written: false });
      const state = JSON.parse(readFileSync(join(checkpoints, 'checkpoint.json'), 'utf8'));
      expect(state.step).toBe(step);

      const written = await loupe(...args, ...places, '--export-only');
      expectSuccess(written);
      expect(written.err).toMatch(/Wrote .*trained after \d+ steps\./);
      expect(JSON.parse(written.out).validation).toHaveLength(2);
      const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({ kind: 'super-resolution', architecture: { depth: 6 } });
      expect(manifest.training.recipe.steps).toBe(step);
      expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain('| 3 |');
    },
    PATIENCE,
  );

  test(
    'says in one sentence what is wrong, before it computes anything',
    async () => {
      const odd = join(folder, 'odd.json');
      writeFileSync(odd, JSON.stringify({ ...tinySrConfig(folder), patch: 20 }));
      const alone = join(folder, 'alone.json');
      const data = [{ name: 'one', images: join(images, '1.png') }];
      writeFileSync(alone, JSON.stringify({ ...tinySrConfig(folder), data }));
      const train = (...more: string[]) => ['train', 'super-resolution', ...more];
      await expectSentences([
        [
          train('--config', 'nowhere.json'),
          /^There is no config nowhere\.json; .*red-net\.json is/,
        ],
        [train('--config', odd), /odd\.json is not right at "patch": must be a multiple of every/],
        [train('--config', alone), /^There is no picture left to train on: one of 4 is held out/],
        [
          train(
            '--config',
            join(folder, 'config.json'),
            '--engine',
            'wasm',
            '--export-only',
            '--checkpoints',
            folder,
          ),
          /^There is no checkpoint in .* to write a model from\.$/,
        ],
      ]);
    },
    PATIENCE,
  );
});
