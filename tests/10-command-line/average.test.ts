/**
 * Chapter 10: `loupe average`. All of one model is that model, number by number; a mix names both, and two
 * that do not belong together are refused.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFloat16 } from '../../src/core/models/float16.ts';
import { makeTinyTraining, removeTinyTraining, tinyConfig } from '../support/tinyTraining.ts';
import { loupe } from './run.ts';

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 180_000;

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
/** All numbers of a model; what is 0 has no sign. */
const numbers = (model: string) =>
  readdirSync(at('models', model))
    .filter((name) => name.endsWith('.bin'))
    .sort()
    .flatMap((name) => {
      const bytes = new Uint8Array(readFileSync(at('models', model, name)));
      return Array.from(fromFloat16(new Uint16Array(bytes.buffer)), (value) => value + 0);
    });
const manifestOf = (model: string) =>
  JSON.parse(readFileSync(at('models', model, 'manifest.json'), 'utf8'));

beforeAll(async () => {
  folder = await makeTinyTraining(2);
  for (const seed of ['1', '2']) {
    const out = ['--out', at('models', `seed-${seed}`), '--checkpoints', at(`run-${seed}`)];
    const options = ['--engine', 'wasm', '--cache', at('cache'), '--iterations', '1'];
    const run = ['--config', at('config.json'), '--seed', seed, ...out, ...options];
    const { code, err } = await loupe('train', 'detector', ...run);
    expect(code, err).toBe(0);
  }
}, PATIENCE);
afterAll(() => removeTinyTraining(folder));

const average = (...args: string[]) =>
  loupe(
    'average',
    at('models/seed-1'),
    at('models/seed-2'),
    '--config',
    at('config.json'),
    ...args,
  );

describe('loupe average', () => {
  test(
    'gives the earlier model, the later one, or what lies between',
    async () => {
      for (const [share, model] of [
        ['0', 'seed-1'],
        ['1', 'seed-2'],
      ] as const) {
        const { code, err } = await average('--share', share, '--out', at('models/all'));
        expect(code, err).toBe(0);
        expect(numbers('all')).toEqual(numbers(model));
      }
      expect((await average('--share', '0.5', '--out', at('models/half'))).code).toBe(0);
      expect(numbers('half')).not.toEqual(numbers('seed-1'));
      const { recipe } = manifestOf('half').training;
      expect(recipe).toMatchObject({ steps: 1, averaged: { with: 'seed-1', share: 0.5 } });
    },
    PATIENCE,
  );

  test(
    'refuses in a sentence what is no share, and models of another shape',
    async () => {
      const wrong = await average('--share', '2', '--out', at('models/none'));
      expect(wrong.err).toContain('a number from 0 to 1');
      writeFileSync(at('other.json'), JSON.stringify(tinyConfig(folder, { rpnChannels: 8 })));
      const narrow = ['--out', at('models/narrow'), '--checkpoints', at('run-narrow')];
      const options = ['--engine', 'wasm', '--cache', at('cache'), '--iterations', '1'];
      await loupe('train', 'detector', '--config', at('other.json'), ...narrow, ...options);
      const mixed = await loupe(
        ...['average', at('models/seed-1'), at('models/narrow'), '--share', '0.5'],
        ...['--config', at('config.json'), '--out', at('models/none')],
      );
      expect(mixed.code).toBe(1);
      expect(mixed.err.trim()).toMatch(/^seed-1 and narrow differ in the shape of rpn_\S+; .*\.$/);
    },
    PATIENCE,
  );
});
