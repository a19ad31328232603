/** `loupe convert`: the same weights give the same folder, whatever file they come in; bad files are told apart. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { File, type Group, ready } from 'h5wasm/node';
import { beforeAll, describe, expect, test } from 'vitest';
import '@tensorflow/tfjs-backend-cpu';
import { fromFloat16, toFloat16 } from '../../src/core/models/float16.ts';
import { sha256Hex } from '../../src/core/models/integrity.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import type { WeightData } from '../../src/core/models/modelFiles.ts';
import { convert } from '../../training/commands/convert.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { writeSafetensors } from '../../training/readers/safetensors.ts';
import { NARROW_TRUNK, narrowWeights, temporaryFolder } from './support.ts';

beforeAll(async () => {
  await ready;
  await tf.setBackend('cpu');
});

const layers = NARROW_TRUNK;

/** The narrow weights as a .safetensors file, changed first if asked. */
function safetensorsFile(change?: (weights: Map<string, WeightData>) => void): string {
  const weights = narrowWeights();
  change?.(weights);
  const file = join(temporaryFolder(), 'narrow.safetensors');
  writeSafetensors(file, weights);
  return file;
}

/** The narrow weights as Keras writes them; `nameOf` makes a dataset's path inside its layer's group. */
function kerasFile(nameOf: (layer: string, part: 'kernel' | 'bias') => string, root = ''): string {
  const path = join(temporaryFolder(), 'narrow.h5');
  const file = new File(path, 'w');
  const top = root ? (file.create_group(root) as Group) : file;
  for (const [name, { shape, data }] of narrowWeights()) {
    const [layer, part] = name.replace(/^conv(\d)_(\d)/, 'block$1_conv$2').split('/');
    const parts = [layer, ...nameOf(layer as string, part as 'kernel').split('/')] as string[];
    let group = top as Group;
    for (const step of parts.slice(0, -1)) {
      group = (group.get(step) ?? group.create_group(step)) as Group;
    }
    group.create_dataset({ name: parts.at(-1) as string, data, shape: [...shape], dtype: '<f4' });
  }
  file.create_group('predictions'); // a layer without weights
  file.close();
  return path;
}

const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, sha256Hex(readFileSync(join(folder, name)))]),
  );

const shardsOf = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.bin'));

test('what is converted loads as the same weights, rounded to float16', async () => {
  const out = join(temporaryFolder(), 'narrow');
  const manifest = await convert(safetensorsFile(), { out, layers });
  const model = await loadModel(createFileSource(out));
  for (const [name, { shape, data }] of narrowWeights()) {
    expect(model.weights.get(name)?.shape).toEqual(shape);
    expect(await model.weights.get(name)?.data()).toEqual(fromFloat16(toFloat16(data)));
  }
  model.dispose();
  expect(model.manifest).toEqual(manifest);
  expect(manifest).toMatchObject({ name: 'narrow', kind: 'trunk', licence: 'CC-BY-4.0' });
  expect(manifest.attribution).toContain('Simonyan');
  expect(manifest.preprocessing.mean).toEqual([103.939, 116.779, 123.68]);
});

test.each([
  [
    'the first Keras files',
    (layer: string, part: string) => `${layer}_${part === 'kernel' ? 'W' : 'b'}_1:0`,
    '',
  ],
  ['later Keras files', (layer: string, part: string) => `${layer}/${part}:0`, ''],
  ['whole Keras models', (layer: string, part: string) => `${layer}/${part}:0`, 'model_weights'],
])('%s give the same shards as .safetensors', async (_, nameOf, root) => {
  const [fromH5, fromSafetensors] = [temporaryFolder(), temporaryFolder()];
  await convert(kerasFile(nameOf, root), { out: fromH5, layers });
  await convert(safetensorsFile(), { out: fromSafetensors, layers });
  expect(shardsOf(fromH5)).toHaveLength(2);
  expect(shardsOf(fromH5)).toEqual(shardsOf(fromSafetensors));
});

test('the same file gives the same bytes', async () => {
  const [one, two] = [join(temporaryFolder(), 'a'), join(temporaryFolder(), 'a')];
  const file = safetensorsFile();
  await convert(file, { out: one, layers });
  await convert(file, { out: two, layers });
  expect(contents(one)).toEqual(contents(two));
});

test('shards of an earlier model are removed, and nothing else is', async () => {
  const out = temporaryFolder();
  for (const name of ['CARD.md', 'notes.bin', 'group1-shard1of1.bin']) {
    writeFileSync(join(out, name), 'mine');
  }
  await convert(
    safetensorsFile((weights) => (weights.get('conv5_3/bias') as WeightData).data.fill(2)),
    { out, layers },
  );
  const earlier = shardsOf(out);
  await convert(safetensorsFile(), { out, layers });
  const removed = earlier.filter((name) => !shardsOf(out).includes(name));
  expect(removed).toEqual([expect.stringMatching(/^conv5\.0-[0-9a-f]{10}\.bin$/)]);
  expect(shardsOf(out)).toHaveLength(4);
  expect(readFileSync(join(out, 'CARD.md'), 'utf8')).toBe('mine');
});

describe('a file that will not do is refused in one sentence', () => {
  const bad = (name: string, content: string | Uint8Array) => () => {
    const file = join(temporaryFolder(), name);
    writeFileSync(file, content);
    return file;
  };
  const cutH5 = () => {
    const whole = readFileSync(kerasFile((layer, part) => `${layer}/${part}:0`));
    return bad('cut.h5', whole.subarray(0, whole.length / 2))();
  };

  test.each([
    ['no file', () => '/nowhere/x.safetensors', 'There is no file /nowhere/x.safetensors.'],
    ['a folder', () => temporaryFolder(), 'cannot be read'],
    ['another kind', bad('weights.pth', 'x'), 'neither a .safetensors nor a Keras .h5 file'],
    ['a page as .safetensors', bad('x.safetensors', '<!doctype html>'), 'not a safetensors file'],
    ['a page as .h5', bad('x.h5', '<!doctype html>'), 'x.h5 is not an HDF5 file'],
    ['an empty .h5', bad('x.h5', ''), 'x.h5 is not an HDF5 file'],
    ['a cut .h5', cutH5, 'cut.h5 cannot be read as HDF5 to its end'],
    [
      'a missing tensor',
      () => safetensorsFile((weights) => weights.delete('conv4_2/kernel')),
      'The weights lack a tensor named "conv4_2/kernel".',
    ],
    [
      'a wrong shape',
      () =>
        safetensorsFile((w) => w.set('conv2_1/bias', { shape: [3], data: new Float32Array(3) })),
      'The tensor "conv2_1/bias" has the shape [3]; this network needs [4].',
    ],
    [
      'infinite values',
      () => safetensorsFile((w) => (w.get('conv1_1/bias') as WeightData).data.fill(1e9)),
      '"conv1_1/bias" holds values that are not finite, or too large for float16',
    ],
  ])('%s', async (_, file, sentence) => {
    const out = join(temporaryFolder(), 'out');
    await expect(convert(file(), { out, layers })).rejects.toThrow(sentence);
    expect(() => readdirSync(out)).toThrow(); // nothing was written
  });

  test('on the command line: the sentence on stderr, exit code 1, no stack', () => {
    const file = bad('x.safetensors', '<!doctype html>')();
    const run = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'training/loupe.ts', 'convert', file, '--out', temporaryFolder()],
      { encoding: 'utf8' },
    );
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('x.safetensors is not a safetensors file'),
    ]);
  });
});
