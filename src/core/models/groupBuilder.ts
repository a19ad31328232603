/**
 * Puts the weights of a group together from its shards. A weight's stored bytes are kept until all of them are there, then
 * widened to float32 and dropped: the stored model is never whole in memory beside the widened one. A backend with a
 * kernel of ours for it widens them itself.
 */
import * as tf from '@tensorflow/tfjs-core';
import { runOnBackend } from '../kernels/backendKernel.ts';
import { fromFloat16 } from './float16.ts';
import { fromInt8 } from './int8.ts';
import { channelsOf, type ManifestGroup, type ManifestWeight, storedBytes } from './manifest.ts';

/** A weight under construction: its place in the group's bytes, and how many of them are still to come. */
interface PendingWeight {
  readonly weight: ManifestWeight;
  readonly begin: number;
  readonly end: number;
  bytes: Uint8Array | undefined;
  missing: number;
}

/** Puts a group's weights together from its shards, in whatever order these come. */
export class GroupBuilder {
  private readonly pending: PendingWeight[];

  constructor(group: ManifestGroup) {
    let begin = 0;
    this.pending = group.weights.map((weight) => {
      const bytes = storedBytes(weight);
      begin += bytes;
      return { weight, begin: begin - bytes, end: begin, bytes: undefined, missing: bytes };
    });
  }

  /** Takes one shard's bytes, which begin at `offset` of the group; returns the weights this completes. */
  add(shard: Uint8Array, offset: number): [string, tf.Tensor][] {
    const complete: [string, tf.Tensor][] = [];
    for (const part of this.pending) {
      const from = Math.max(part.begin, offset);
      const to = Math.min(part.end, offset + shard.length);
      if (from >= to) continue;
      part.bytes ??= bytesInWords(part.end - part.begin);
      part.bytes.set(shard.subarray(from - offset, to - offset), from - part.begin);
      part.missing -= to - from;
      if (part.missing > 0) continue;
      complete.push([part.weight.name, tensorOf(part.bytes, part.weight)]);
      part.bytes = undefined;
    }
    return complete;
  }
}

/** So many bytes at the beginning of a buffer of whole words. */
function bytesInWords(count: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(4 * Math.ceil(count / 4)), 0, count);
}

function tensorOf(bytes: Uint8Array, weight: ManifestWeight): tf.Tensor {
  const { dtype, shape } = weight;
  const words = () => ({ words: tf.tensor1d(new Int32Array(bytes.buffer), 'int32') });
  const onBackend =
    dtype === 'float32' ? undefined : runOnBackend('LoupeWiden', words, { dtype, shape });
  return onBackend ?? tf.tensor(widen(bytes, weight), shape, 'float32');
}

/** Stored bytes, as `bytesInWords` made them, as float32 values. */
function widen(bytes: Uint8Array, { dtype, shape }: ManifestWeight): Float32Array {
  switch (dtype) {
    case 'int8':
      return fromInt8(bytes, channelsOf(shape));
    case 'float16':
      return fromFloat16(new Uint16Array(bytes.buffer, 0, bytes.length / 2));
    case 'float32':
      return new Float32Array(bytes.buffer);
  }
}
