/**
 * Chapter 15: the classifier on the command line, in small. `loupe train classifier` writes what
 * `loupe detect --upscaling` uses; an experiment is resumed and ends with the same records.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../training/console.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';
import type { SessionOutcome } from '../../training/experiment/session.ts';
import { surveyReclassified } from '../../training/reclassification/record.ts';
import {
  type Reclassification,
  readReclassification,
} from '../../training/reclassification/schema.ts';
import { runReclassification } from '../../training/reclassification/session.ts';
import { loupe } from '../10-command-line/run.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import {
  makeTinyClassifierTraining,
  tinyClassifierTraining,
} from '../support/tinyClassifierTraining.ts';

stopLeakCheck();

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 240_000;

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
beforeAll(async () => {
  await chooseEngine('wasm');
  await prepareTraining();
  folder = await makeTinyClassifierTraining();
}, PATIENCE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('On the command line', () => {
  test(
    'train classifier writes the model, and detect classifies again with it',
    async () => {
      const train = await loupe(
        ...['train', 'classifier', '--config', at('classifier.json'), '--engine', 'wasm'],
        ...['--out', at('classifier'), '--cache', at('cache'), '--json'],
      );
      expect(train.code, train.err).toBe(0);
      expect(JSON.parse(train.out)).toMatchObject({ step: 6, finished: true, tensors: 0 });
      const manifest = JSON.parse(readFileSync(at('classifier', 'manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({
        kind: 'classifier',
        architecture: { trunk: { name: 'detector' } },
      });
      expect(readFileSync(at('classifier', 'README.md'), 'utf8')).toContain(
        "Scores of detections: mean with the detector's, the classifier's share 0.5.",
      );

      const detect = (...args: string[]) =>
        loupe(
          ...['detect', at('images', '1.png'), '--model', at('detector'), '--engine', 'wasm'],
          ...['--score', '0.01', '--classifier', at('classifier'), '--json', ...args],
        );
      const runs = await Promise.all([
        detect(),
        detect('--upscaling', 'bicubic'),
        detect('--upscaling', 'super-resolution', '--red-net', at('red-net'), '--reclassify', '5'),
      ]);
      for (const { code, err } of runs) expect(code, err).toBe(0);
      const [plain, bicubic, sharp] = runs.map(({ out }) => JSON.parse(out));
      expect(bicubic.length).toBeGreaterThan(0);
      expect(bicubic).not.toEqual(plain);
      expect(sharp).not.toEqual(bicubic);

      const missing = await Promise.all([
        detect('--upscaling', 'bicubic', '--classifier', at('nowhere')),
        detect('--upscaling', 'super-resolution', '--red-net', at('nowhere')),
        detect('--upscaling', 'sharper'),
      ]);
      const sentences = [
        /^There is no model in .*nowhere, which --upscaling bicubic needs; train one with "loupe train classifier", or use --upscaling none\.$/,
        /^There is no model in .*nowhere, which --upscaling super-resolution needs; train one with "loupe train super-resolution"/,
        /Allowed choices are none, bicubic, super-resolution/,
      ];
      missing.forEach(({ code, out, err }, index) => {
        expect({ code, out }).toEqual({ code: 1, out: '' });
        expect(err.trim()).toMatch(sentences[index] as RegExp);
      });
    },
    PATIENCE,
  );
});

describe('Table II in small', () => {
  let experiment: Reclassification;
  beforeAll(() => {
    const annotations = at('annotations.json');
    writeFileSync(
      at('tiny-2.json'),
      JSON.stringify({
        kind: 'reclassification',
        name: 'tiny-2',
        description: 'In small.',
        config: at('classifier.json'),
        variants: [
          { name: 'faster-rcnn', upscaling: 'none' },
          { name: 'bicubic', upscaling: 'bicubic' },
          {
            name: 'sharp',
            upscaling: 'super-resolution',
            merge: { rule: 'classifier', weight: 1 },
          },
        ],
        sets: [
          {
            name: 'rectangles',
            images: at('images'),
            annotations: { train: annotations, test: annotations },
            classes: [
              { id: 1, name: 'cup' },
              { id: 2, name: 'bottle' },
            ],
          },
        ],
        seeds: [1, 2],
        splits: { report: 'test' },
        measure: { proposals: [2, 5], outcomesAt: 5, look: { workingSize: 128, slices: false } },
      }),
    );
    experiment = readReclassification(at('tiny-2.json'));
  });

  async function session(place: string, cutAt?: number): Promise<SessionOutcome> {
    let asked = 0;
    return runReclassification(experiment, {
      runs: at(place, 'runs'),
      cache: at(place, 'cache'),
      minutesBetweenCheckpoints: 0,
      startEngine: async () => ({ description: 'wasm', convolutionGflops: 5 }),
      commit: 'a commit',
      shouldStop: () => ++asked === cutAt,
    });
  }

  const withoutTimes = (place: string) =>
    surveyReclassified(experiment, at(place, 'runs')).done.map(({ record }) => {
      const { seconds, ...rest } = record;
      return rest;
    });

  test(
    'ends with a record for every system, set and seed, however often it is cut, and keeps no tensors',
    async () => {
      const before = tf.memory().numTensors;
      expect(await session('whole')).toMatchObject({ done: 6, left: 0 });
      const outcomes: SessionOutcome[] = [];
      for (const cutAt of [3, 9, 14, 22, 31]) outcomes.push(await session('cut', cutAt));
      expect(outcomes.some(({ left }) => left > 0)).toBe(true);
      await session('cut');
      expect(withoutTimes('cut')).toEqual(withoutTimes('whole'));
      expect(await session('cut')).toMatchObject({ ended: [], done: 6, left: 0 });
      expect(tf.memory().numTensors).toBe(before);
    },
    PATIENCE,
  );

  test('scores the detector alike from every seed, and all systems on the same proposals', () => {
    const records = surveyReclassified(experiment, at('whole', 'runs')).done.map(
      (one) => one.record,
    );
    const split = (variant: string, seed: number) =>
      records.find((one) => one.variant === variant && one.seed === seed)?.measured.test;
    expect(split('faster-rcnn', 1)).toEqual(split('faster-rcnn', 2));
    const recalls = records.map((one) =>
      one.measured.test?.atProposals.map(({ recall }) => recall),
    );
    for (const recall of recalls) expect(recall).toEqual(recalls[0]);
    expect(split('sharp', 1)?.atProposals.map(({ proposals }) => proposals)).toEqual([2, 5]);
  });

  test('refuses records of another config, and a file that is not right', () => {
    const config = tinyClassifierTraining(folder, { iterations: 7 });
    expect(() => surveyReclassified({ ...experiment, config }, at('whole', 'runs'))).toThrow(
      /was made with another config than the experiment has now/,
    );
    const file = join(mkdtempSync(join(tmpdir(), 'loupe-wrong-')), 'wrong.json');
    writeFileSync(file, JSON.stringify({ kind: 'reclassification', name: 'x' }));
    expect(() => readReclassification(file)).toThrow(UserError);
  });

  test('is what the repository has for the paper’s own', () => {
    const table = readReclassification('training/experiments/table-2.json');
    expect(table.seeds).toHaveLength(3);
    expect(table.sets.map(({ name }) => name)).toEqual(['nyu_small', 'sod_coco10', 'doordetect']);
  });
});
