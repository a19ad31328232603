/**
 * Chapter 10: `loupe experiment` as its users run it, and as a machine kills it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyExperiment } from '../support/tinyExperiment.ts';
import { makeTinyTraining, removeTinyTraining } from '../support/tinyTraining.ts';
import { loupe } from './run.ts';

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 300_000;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await makeTinyTraining(2);
  file = join(folder, 'experiment.json');
  const experiment = tinyExperiment(folder);
  const base = { ...experiment.base, iterations: 60 };
  writeFileSync(file, JSON.stringify({ ...experiment, base }));
});
afterAll(() => removeTinyTraining(folder));

/** A session on its own records; each place has a cache of its own, too. */
function argsOf(place: string): string[] {
  return [
    'experiment',
    file,
    ...['--runs', join(folder, place, 'runs')],
    ...['--cache', join(folder, place, 'cache')],
    ...['--engine', 'wasm', '--only', 'small*seed-1', '--json', '--checkpoint-every', '0.0001'],
  ];
}

const recordOf = (place: string) => join(folder, place, 'runs/tiny/small.rectangles.seed-1.json');

describe('loupe experiment', () => {
  test(
    'tells with examples how it is used',
    async () => {
      const { code, out } = await loupe('experiment', '--help');
      expect(code).toBe(0);
      expect(out).toContain('experiment training/experiments/table-1.json');
      for (const option of ['--runs', '--minutes', '--only', '--engine', '--json']) {
        expect(out).toContain(option);
      }
    },
    PATIENCE,
  );

  test(
    'says in one sentence what is wrong, before it computes anything',
    async () => {
      const other = join(folder, 'missing.json');
      const experiment = JSON.parse(readFileSync(file, 'utf8'));
      const [set] = experiment.sets;
      const sets = [{ ...set, images: join(folder, 'elsewhere') }];
      writeFileSync(other, JSON.stringify({ ...experiment, sets }));
      const place = ['--runs', join(folder, 'wrong'), '--cache', join(folder, 'wrong')];
      const cases: [args: string[], sentence: RegExp][] = [
        [['nowhere.json'], /^There is no experiment nowhere\.json; .*\.$/],
        [[file, '--only', 'none', ...place], /^No run of tiny is called like "none"; one is cal/],
        [[other, ...place], /^There is no file .*elsewhere\/1\.png, which .*annotations\.json lis/],
      ];
      for (const [args, sentence] of cases) {
        const { code, out, err } = await loupe('experiment', ...args);
        expect(err.trim()).toMatch(sentence);
        expect(err.trim().split('\n'), err).toHaveLength(1);
        expect({ code, out }).toEqual({ code: 1, out: '' });
      }
      expect(existsSync(join(folder, 'wrong'))).toBe(false);
    },
    PATIENCE,
  );

  test(
    'killed in the middle and started again, writes the record of a session in one go',
    async () => {
      const whole = await loupe(...argsOf('whole'));
      expect(whole.code, whole.err).toBe(0);
      expect(JSON.parse(whole.out)).toEqual({
        experiment: 'tiny',
        ended: ['small.rectangles.seed-1'],
        done: 1,
        left: 0,
      });
      expect(whole.err).toMatch(/Wrote .*small\.rectangles\.seed-1\.json\./);

      await killAtCheckpoint('cut');
      expect(existsSync(recordOf('cut'))).toBe(false);
      const rest = await loupe(...argsOf('cut'));
      expect(rest.code, rest.err).toBe(0);
      const numbers = (place: string) => {
        const { seconds, throughput, commit, ...record } = JSON.parse(
          readFileSync(recordOf(place), 'utf8'),
        );
        return record;
      };
      expect(numbers('cut')).toEqual(numbers('whole'));
      rmSync(recordOf('cut'));
    },
    PATIENCE,
  );
});

/** Starts a session and kills it, without a word of warning, once it has written a checkpoint. */
async function killAtCheckpoint(place: string): Promise<void> {
  const checkpoint = join(folder, place, 'cache/runs/tiny/small.rectangles.seed-1/checkpoint.json');
  const program = spawn(
    process.execPath,
    ['--import', 'tsx', 'training/loupe.ts', ...argsOf(place)],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => program.on('close', resolve));
  while (!existsSync(checkpoint) && program.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  program.kill('SIGKILL');
  await ended;
}
