/**
 * Reads and writes safetensors files: eight bytes of header length, a JSON header with each tensor's dtype, shape and
 * byte range, then the raw numbers. The converter reads the ImageNet weights through it and the trainer keeps its
 * checkpoints in it. Everything comes out as float32, whatever the file's precision.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { fromFloat16 } from '../../src/core/models/float16.ts';
import { ModelError } from '../../src/core/models/modelError.ts';

/** A tensor as read: the file's dtype (F16, BF16, F32, F64), the shape, and the numbers as float32, row-major. */
export interface NamedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What is written: numbers with a shape; the product of the shape is the length. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const BYTES_PER_VALUE: Record<string, number> = { F16: 2, BF16: 2, F32: 4, F64: 8 };
const LARGEST_HEADER = 100_000_000; // the limit of the reference implementation

/**
 * Reads all tensors of a safetensors file.
 * @param source the file's bytes, or its path
 * @returns name to tensor, in the order of their bytes in the file
 * @throws ModelError when it is not a safetensors file, is cut, or holds a dtype other than F16, BF16, F32, F64
 */
export function readSafetensors(source: Uint8Array | string): Map<string, NamedTensor> {
  const { bytes, label, header, dataStart } = open(source);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => [name, checkEntry(name, entry, label)] as const)
    .sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [begin, end] = data_offsets;
    if (dataStart + end > bytes.length) {
      const missing = dataStart + end - bytes.length;
      throw new ModelError(
        'cut',
        `${label} is cut: tensor "${name}" ends ${missing} bytes past the end of the file; get the file again.`,
        label,
      );
    }
    // A copy, because the numbers may start at an odd address, and so the file's bytes can be released.
    const raw = bytes.slice(dataStart + begin, dataStart + end).buffer;
    tensors.set(name, { dtype, shape, data: widen(raw, dtype) });
  }
  return tensors;
}

/**
 * Reads the free text a safetensors file carries beside its tensors.
 * @returns key to value, empty when there is none
 * @throws ModelError as readSafetensors
 */
export function readSafetensorsMetadata(source: Uint8Array | string): Record<string, string> {
  return (open(source).header.__metadata__ ?? {}) as Record<string, string>;
}

/**
 * Writes float32 tensors as a safetensors file. A reader never sees half of it: it is written beside its place, flushed
 * to the disk and renamed.
 * @param entries name and tensor pairs, written in this order
 * @param metadata free text kept in the header, such as the training step
 * @throws RangeError when a tensor's length is not the product of its shape
 */
export function writeSafetensors(
  path: string,
  entries: Iterable<readonly [string, TensorData]>,
  metadata?: Readonly<Record<string, string>>,
): void {
  const tensors = [...entries];
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    if (shape.reduce((product, side) => product * side, 1) !== data.length) {
      throw new RangeError(`tensor "${name}" has ${data.length} values, not ${shape.join(' x ')}`);
    }
    header[name] = {
      dtype: 'F32',
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (8 - (json.length % 8)) % 8; // so that the numbers start at a multiple of eight bytes
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length + padding));

  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeAll(file, length);
      writeAll(file, json);
      writeAll(file, Buffer.alloc(padding, ' '));
      for (const [, { data }] of tensors) {
        writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

function open(source: Uint8Array | string) {
  const label = typeof source === 'string' ? basename(source) : 'the file';
  const read = typeof source === 'string' ? readFileSync(source) : source;
  // A plain view: a Node Buffer's slice() would share memory instead of copying.
  const bytes = new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
  const notSafetensors = (why: string) =>
    new ModelError('invalid', `${label} is not a safetensors file: ${why}.`, label);
  if (bytes.length < 8) throw notSafetensors(`it has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength < 2 || headerLength > LARGEST_HEADER) {
    throw notSafetensors('it does not begin with a plausible header length');
  }
  if (bytes[8] !== 0x7b)
    throw notSafetensors('there is no JSON header after its first eight bytes');
  if (8 + headerLength > bytes.length) {
    throw new ModelError('cut', `${label} is cut inside its header; get the file again.`, label);
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    throw notSafetensors('its header is not JSON');
  }
  return { bytes, label, header, dataStart: 8 + headerLength };
}

function checkEntry(name: string, value: unknown, label: string): HeaderEntry {
  const entry = value as Partial<HeaderEntry> | null;
  const { dtype, shape, data_offsets: range } = entry ?? {};
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !whole(shape) || !whole(range) || range.length !== 2) {
    throw new ModelError('invalid', `${label}: the header entry of "${name}" is malformed.`, label);
  }
  const size = BYTES_PER_VALUE[dtype];
  if (size === undefined) {
    throw new ModelError(
      'unsupported',
      `${label}: tensor "${name}" has dtype ${dtype}; only F16, BF16, F32 and F64 are read.`,
      label,
    );
  }
  const bytes = shape.reduce((product, side) => product * side, size);
  if (range[1] - range[0] !== bytes) {
    throw new ModelError(
      'invalid',
      `${label}: tensor "${name}" [${shape.join(', ')}] takes ${bytes} bytes, but its header gives it ${range[1] - range[0]}.`,
      label,
    );
  }
  return { dtype, shape, data_offsets: [range[0], range[1]] as [number, number] };
}

/** The numbers of one tensor, in a buffer of their own, as float32. */
function widen(raw: ArrayBufferLike, dtype: string): Float32Array {
  switch (dtype) {
    case 'F16':
      return fromFloat16(new Uint16Array(raw));
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(raw), (bits) => bits << 16).buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(raw));
    default:
      return new Float32Array(raw);
  }
}
