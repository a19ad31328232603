/**
 * `--workers`: several engines side by side give the same files, byte for byte, as one; a bad photo is told
 * as ever, and Ctrl-C leaves no file half written.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/core/models/manifest.ts';
import { inOrder } from '../../training/inOrder.ts';
import { workersFor } from '../../training/workers/pool.ts';
import { TINY_CHANNELS, tinyDetectorFiles } from '../support/tinyDetector.ts';
import { tinyClassifierFiles, tinyRedNetFiles } from '../support/tinySecondModels.ts';
import { makeTinyTraining, removeTinyTraining } from '../support/tinyTraining.ts';
import { loupe, startLoupe } from './run.ts';

/** Programs of their own that compute, on a machine that may be busy. */
const PATIENCE = 180_000;

test('inOrder gives results in order, begins no more than it may, and drops nothing', async () => {
  let [underWay, most] = [0, 0];
  const work = async (item: number) => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 10 * (4 - item)));
    underWay--;
    if (item === 2) throw new Error('two');
    return item;
  };
  const ended: unknown[] = [];
  for await (const one of inOrder([0, 1, 2, 3], 3, work)) {
    ended.push('value' in one ? one.value : (one.error as Error).message);
  }
  expect(ended).toEqual([0, 1, 'two', 3]);
  expect(most).toBe(3);
  for await (const _ of inOrder([0, 1, 2, 3], 2, work)) break;
  expect(underWay).toBe(0);
  expect(await inOrder([], 2, work).next()).toMatchObject({ done: true });
});

test('as many workers as were asked for, but none too many, and none but for wasm', () => {
  const wasm = { name: 'wasm', description: 'WebAssembly' } as const;
  expect(workersFor(3, wasm, 10)).toBe(3);
  expect(workersFor(3, wasm, 2)).toBe(2);
  expect(workersFor(undefined, wasm, 1)).toBe(1);
  expect(workersFor(undefined, wasm, 1000)).toBeGreaterThanOrEqual(1);
  expect(workersFor(undefined, { name: 'tensorflow', description: 'TensorFlow' }, 10)).toBe(1);
});

describe('loupe detect --workers', () => {
  const root = mkdtempSync(join(tmpdir(), 'loupe-workers-'));
  const at = (...parts: string[]) => join(root, ...parts);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function write(name: string, content: Uint8Array | string): void {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
  }
  beforeAll(async () => {
    const detector = tinyDetectorFiles();
    const json = new TextDecoder().decode(detector.get('manifest.json'));
    const manifest = parseManifest(JSON.parse(json));
    const folders = {
      model: detector,
      'red-net': tinyRedNetFiles(),
      classifier: tinyClassifierFiles(manifest, TINY_CHANNELS),
    };
    for (const [folder, files] of Object.entries(folders)) {
      for (const [name, bytes] of files) write(join(folder, name), bytes);
    }
    const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
    // The first is the largest, and so the last to be done.
    for (const [index, width] of [640, 96, 64, 80].entries()) {
      const create = { width, height: 64, channels: 3, background: '#888', noise } as const;
      write(`photos/${index}.png`, await sharp({ create }).png().toBuffer());
    }
    write('photos/1b.png', 'These are words.');
  });

  const detect = (workers: string, out: string) =>
    loupe(
      ...['detect', at('photos'), '--model', at('model'), '--engine', 'wasm', '--score', '0'],
      ...['--upscaling', 'super-resolution', '--classifier', at('classifier')],
      ...['--red-net', at('red-net'), '--workers', workers],
      ...['--out', at(out, 'd.json'), '--proposals-out', at(out, 'p.json')],
    );

  test(
    'finds the same in the same order, second look included, and names the photo that is none',
    async () => {
      const [one, two] = [await detect('1', 'one'), await detect('2', 'two')];
      for (const { code, err } of [one, two]) {
        expect(code).toBe(1);
        expect(err).toMatch(/^.*1b\.png: This file is not a picture/m);
        expect(err).toContain('in 4 photos');
        expect(err).not.toMatch(/^\s+at /m);
      }
      expect(one.err).not.toContain(' workers.');
      expect(two.err).toContain(', 2 workers.');
      for (const name of ['d.json', 'p.json']) {
        expect(readFileSync(at('two', name), 'utf8')).toBe(readFileSync(at('one', name), 'utf8'));
      }
    },
    PATIENCE,
  );

  test('refuses what is no number of workers in one sentence', async () => {
    const runs = await Promise.all(['0', '1.5', 'all'].map((workers) => detect(workers, 'none')));
    for (const run of runs) {
      expect(run).toMatchObject({ code: 1, out: '' });
      expect(run.err).toContain('It must be a whole number above 0.');
      expect(run.err).not.toMatch(/^\s+at /m);
    }
  });
});

describe('loupe train detector --features-only --workers', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await makeTinyTraining(6);
  });
  afterAll(() => removeTinyTraining(folder));

  const args = (workers: string, cache: string) => [
    ...['train', 'detector', '--config', join(folder, 'config.json'), '--engine', 'wasm'],
    ...['--features-only', '--cache', join(folder, cache), '--workers', workers],
  ];
  const filesOf = (cache: string): Map<string, Buffer> => {
    const root = join(folder, cache);
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    return new Map(paths.map((path) => [path.slice(root.length), readFileSync(path)]));
  };

  test(
    'keeps the same features bit for bit; Ctrl-C leaves some of them, whole',
    async () => {
      expect(await loupe(...args('1', 'one'))).toMatchObject({ code: 0 });
      expect(await loupe(...args('2', 'two'))).toMatchObject({ code: 0 });
      const one = filesOf('one');
      expect(one.size).toBe(12); // conv4_3 and conv5_3 of each photo
      expect(filesOf('two')).toEqual(one);

      const stopped = await startLoupe(args('2', 'stopped'), (text, program) => {
        if (text.includes('Features 1/6')) program.kill('SIGINT');
      }).ended;
      expect(stopped).toMatchObject({ code: 0 });
      expect(stopped.err).toContain('Stopping');
      const left = filesOf('stopped');
      expect(left.size).toBeGreaterThanOrEqual(2);
      for (const [name, bytes] of left)
        expect(bytes.equals(one.get(name) as Buffer), name).toBe(true);
    },
    PATIENCE,
  );
});
