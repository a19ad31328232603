/**
 * Puts the weights of a group together from its shards. Each shard is widened to float32 straight into its place as soon
 * as it is there and can then be dropped: the stored model is never whole in memory beside the widened one.
 */
import * as tf from '@tensorflow/tfjs-core';
import { fromFloat16 } from './float16.ts';
import {
  BYTES_PER_VALUE,
  type ManifestGroup,
  type ManifestWeight,
  storedBytes,
  valueCount,
} from './manifest.ts';

/** A weight under construction: its place in the group's bytes, and how many of them are still to come. */
interface PendingWeight {
  readonly weight: ManifestWeight;
  readonly begin: number;
  readonly end: number;
  data: Float32Array | undefined;
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
      return { weight, begin: begin - bytes, end: begin, data: undefined, missing: bytes };
    });
  }

  /** Widens one shard's bytes, which begin at `offset` of the group; returns the weights this completes. */
  add(shard: Uint8Array, offset: number): [string, tf.Tensor][] {
    const complete: [string, tf.Tensor][] = [];
    for (const part of this.pending) {
      const from = Math.max(part.begin, offset);
      const to = Math.min(part.end, offset + shard.length);
      if (from >= to) continue;
      part.data ??= new Float32Array(valueCount(part.weight.shape));
      copyWidened(shard.subarray(from - offset, to - offset), part, from - part.begin);
      part.missing -= to - from;
      if (part.missing > 0) continue;
      complete.push([part.weight.name, tf.tensor(part.data, part.weight.shape, 'float32')]);
      part.data = undefined;
    }
    return complete;
  }
}

/** Writes stored bytes as float32 values into a weight, `at` bytes of it in. */
function copyWidened(bytes: Uint8Array, { weight, data }: PendingWeight, at: number): void {
  if (!data) return;
  // Shards are cut at whole values, but a view needs an address that is a multiple of its size.
  const size = BYTES_PER_VALUE[weight.dtype];
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const values = data.subarray(at / size, (at + bytes.length) / size);
  if (weight.dtype === 'float32') new Uint8Array(values.buffer, values.byteOffset).set(aligned);
  else fromFloat16(new Uint16Array(aligned.buffer, aligned.byteOffset, values.length), values);
}
