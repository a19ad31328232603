/** The safetensors reader and writer: what goes in comes out, and bad files are told apart. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
} from '../../training/readers/safetensors.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file with one tensor whose bytes are given. */
function fileWith(dtype: string, shape: number[], bytes: Uint8Array): Uint8Array {
  const header = JSON.stringify({ t: { dtype, shape, data_offsets: [0, bytes.length] } });
  const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
  return Buffer.concat([length, Buffer.from(header), bytes]);
}

const bytesOf = (values: ArrayBufferView) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

test('tensors and metadata come back as they were written', () => {
  const path = join(folder, 'a.safetensors');
  const entries = [
    ['rpn_conv/kernel', { shape: [2, 1, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 1e30) }],
    ['step', { shape: [], data: Float32Array.of(7) }],
    ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ] as const;
  writeSafetensors(path, entries, { recipe: 'a' });
  const read = readSafetensors(path);
  expect([...read.keys()].sort()).toEqual(['empty', 'rpn_conv/kernel', 'step']);
  for (const [name, tensor] of entries) expect(read.get(name)).toEqual({ dtype: 'F32', ...tensor });
  expect(readSafetensorsMetadata(path)).toEqual({ recipe: 'a' });
});

test('writing leaves no temporary file and replaces the old one', () => {
  const path = join(folder, 'b.safetensors');
  for (const value of [1, 2]) {
    writeSafetensors(path, [['x', { shape: [1], data: Float32Array.of(value) }]]);
  }
  expect(readSafetensors(readFileSync(path)).get('x')?.data[0]).toBe(2);
  expect(readdirSync(folder).filter((name) => name.startsWith('b'))).toEqual(['b.safetensors']);
});

test('a length that is not the product of the shape is refused', () => {
  const write = () =>
    writeSafetensors(join(folder, 'c'), [['x', { shape: [3], data: new Float32Array(2) }]]);
  expect(write).toThrow('tensor "x" has 2 values, not 3');
});

test.each([
  ['F16', Uint16Array.of(0x3c00, 0xc000)],
  ['BF16', Uint16Array.of(0x3f80, 0xc000)],
  ['F32', Float32Array.of(1, -2)],
  ['F64', Float64Array.of(1, -2)],
])('%s is read as float32, from any address', (dtype, values) => {
  const file = fileWith(dtype, [2], bytesOf(values));
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  expect(readSafetensors(shifted.subarray(1)).get('t')?.data).toEqual(Float32Array.of(1, -2));
});

test.each([
  ['an empty file', new Uint8Array(0), 'not a safetensors file: it has only 0 bytes'],
  ['text', Buffer.from('<!doctype html><html>'), 'not a safetensors file'],
  [
    'a cut header',
    fileWith('F32', [2], new Uint8Array(8)).subarray(0, 30),
    'cut inside its header',
  ],
  ['cut numbers', fileWith('F32', [2], new Uint8Array(8)).slice(0, -3), 'tensor "t" ends 3 bytes'],
  ['an integer tensor', fileWith('I64', [1], new Uint8Array(8)), 'tensor "t" has dtype I64'],
  ['a wrong byte range', fileWith('F32', [3], new Uint8Array(8)), 'tensor "t" [3] takes 12 bytes'],
])('%s is refused in one sentence', (_, bytes, sentence) => {
  const path = join(folder, 'bad.safetensors');
  writeFileSync(path, bytes);
  expect(() => readSafetensors(path)).toThrow(sentence);
});
