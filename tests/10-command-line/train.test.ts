/**
 * Chapter 10: `loupe train detector` as its users run it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { throughputRowSchema } from '../../src/core/results/detectorSchema.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';
import { loupe } from './run.ts';

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 180_000;

let folder: string;
beforeAll(async () => {
  folder = await makeTinyTraining(2);
});
afterAll(() => removeTinyTraining(folder));

const train = (...args: string[]) => loupe('train', 'detector', ...args);

describe('loupe train detector', () => {
  test(
    'tells with examples how it is used',
    async () => {
      const { code, out } = await train('--help');
      expect(code).toBe(0);
      expect(out).toContain('Examples:');
      expect(out).toContain('train detector --config training/configs/household.json');
      for (const option of [
        '--engine',
        '--minutes',
        '--seed',
        '--learning-rate',
        '--anchors',
        '--ratios',
        '--placement',
        '--export-only',
      ]) {
        expect(out).toContain(option);
      }
    },
    PATIENCE,
  );

  test(
    'says in one sentence what is wrong, before it computes anything',
    async () => {
      const config = ['--config', join(folder, 'config.json')];
      const cases: [args: string[], sentence: RegExp][] = [
        [['--config', 'nowhere.json'], /^There is no config nowhere\.json; .*\.$/],
        [[...config, '--out', folder], /^The model needs a folder of its own beside its trunk/],
        [[...config, '--gamma', '0.5'], /^--gamma belongs .*"steps"; the config's is "cosine"\.$/],
      ];
      const runs = await Promise.all(cases.map(([args]) => train(...args)));
      runs.forEach(({ code, out, err }, index) => {
        expect(err.trim()).toMatch((cases[index] as (typeof cases)[0])[1]);
        expect(err.trim().split('\n'), err).toHaveLength(1);
        expect({ code, out }).toEqual({ code: 1, out: '' });
      });
    },
    PATIENCE,
  );

  test(
    'has the RPN slide over another map with anchors of other shapes',
    async () => {
      const out = join(folder, 'models/placed');
      const cache = join(folder, 'placed');
      const args = ['--config', join(folder, 'config.json'), '--engine', 'wasm', '--cache', cache];
      const placed = ['--placement', 'conv3_3', '--ratios', '1,3', '--iterations', '1'];
      const { code, err } = await train(...args, ...placed, '--out', out);
      expect(code, err).toBe(0);
      const { architecture } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
      expect(architecture.rpn).toMatchObject({ tap: 'conv3_3', aspectRatios: [1, 3] });
    },
    PATIENCE,
  );

  test(
    'computes the features of an epoch alone, for a run to start warm',
    async () => {
      const cache = join(folder, 'warm');
      const config = ['--config', join(folder, 'config.json')];
      const { code, err } = await train(
        ...config,
        '--engine',
        'wasm',
        '--cache',
        cache,
        '--features-only',
      );
      expect(code, err).toBe(0);
      const files = readdirSync(cache, { recursive: true }).filter((name) =>
        /f16$/.test(`${name}`),
      );
      // conv4_3 and, since conv5 is frozen, conv5_3 of both photos.
      expect(files).toHaveLength(4);
      expect(existsSync(join(cache, 'runs'))).toBe(false);
    },
    PATIENCE,
  );

  test(
    'stops after its minutes with a checkpoint, from which a model can be written',
    async () => {
      const file = join(folder, 'long.json');
      writeFileSync(file, JSON.stringify({ ...tinyConfig(folder), iterations: 100_000 }));
      const cache = join(folder, 'cache');
      const args = ['--config', file, '--engine', 'wasm', '--cache', cache, '--json'];
      const stopped = await train(...args, '--minutes', '0.03');
      expect(stopped.err).toContain('rectangles: 2 photos; 2 turns an epoch.');
      expect(stopped.err).toMatch(/Stopped at step \d+ of 100000; the same command goes on/);
      expect(stopped.code).toBe(0);
      const { step, finished, throughput } = JSON.parse(stopped.out);
      expect(throughputRowSchema.parse(throughput)).toMatchObject({ what: 'tiny' });
      expect(finished).toBe(false);
      const state = JSON.parse(readFileSync(join(cache, 'runs/tiny/checkpoint.json'), 'utf8'));
      expect(state.step).toBe(step);
      expect(existsSync(join(folder, 'models/tiny'))).toBe(false);

      const written = await train(...args, '--export-only');
      expect(written.err).toMatch(/Wrote .*models\/tiny after \d+ steps\./);
      expect(written.code).toBe(0);
      const manifest = JSON.parse(readFileSync(join(folder, 'models/tiny/manifest.json'), 'utf8'));
      expect(manifest.training.recipe.steps).toBe(step);
    },
    PATIENCE,
  );
});
