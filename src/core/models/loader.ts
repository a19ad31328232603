/**
 * Loads a model folder into tensors; the browser and Node share it and differ only in the source they read from. Shards
 * come side by side, are checked before use and kept in a cache by their hash, and each weight is widened to float32 as
 * soon as its bytes are there and it is its turn, so that no second copy of the model is ever whole in memory. One shard's failure does not
 * stop the others: what arrived is kept, and the next attempt fetches only what is missing.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { CancelToken } from '../detection/types.ts';
import { GroupBuilder } from './groupBuilder.ts';
import { checkShard, htmlInstead, looksLikeHtml } from './integrity.ts';
import {
  type Manifest,
  type ManifestGroup,
  type ManifestShard,
  modelBytes,
  parseManifest,
} from './manifest.ts';
import { ModelError } from './modelError.ts';
import type { WeightMap } from './weights.ts';

/** A file as it arrived. */
export interface ShardResponse {
  readonly bytes: Uint8Array;
  /** The Content-Type, where there is one. */
  readonly contentType?: string | null;
}

export interface ReadOptions {
  readonly signal?: CancelToken;
  /** Go around every cache on the way: what came the last time was bad. */
  readonly fresh?: boolean;
}

/** Where a model folder is read from. */
export interface ModelSource {
  /**
   * Reads a file of the folder, or of a sibling folder ("../vgg16/x.bin").
   * @param onBytes called with the number of bytes each time some arrive
   * @throws ModelError with fault 'missing' or 'network'
   */
  read(
    path: string,
    onBytes?: (count: number) => void,
    options?: ReadOptions,
  ): Promise<ShardResponse>;
  /** Waits before a second try; without it there is no wait. */
  delay?(milliseconds: number): Promise<void>;
}

/** Keeps good shards between visits, by their SHA-256. Any call may fail: loading goes on without it. */
export interface ShardCache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface LoadOptions {
  /** Called with bytes: `done` never decreases and ends at `total`. */
  onProgress?(done: number, total: number): void;
  readonly cache?: ShardCache;
  readonly signal?: CancelToken;
  /** Told what the model is before its shards arrive. */
  onManifest?(manifest: Manifest): void;
  /** Makes tensors when nothing else is computed; at once when left out. */
  inTurn?<T>(work: () => Promise<T>): Promise<T>;
}

export interface LoadedModel {
  readonly manifest: Manifest;
  readonly weights: WeightMap;
  /** Releases every tensor of `weights`; a second call does nothing. */
  dispose(): void;
}

const SHARDS_AT_ONCE = 6; // what a browser opens to one host
const RETRY_AFTER_MS = 400;

/**
 * Loads a model: its manifest, then all its shards.
 * @throws ModelError naming the file that is missing, cut, altered, replaced by a page, or out of reach; whatever
 *   `signal.throwIfAborted` throws. Nothing stays allocated then.
 */
export async function loadModel(
  source: ModelSource,
  { onProgress, cache, signal, onManifest, inTurn = (work) => work() }: LoadOptions = {},
): Promise<LoadedModel> {
  const manifest = await readManifest(source, signal);
  onManifest?.(manifest);
  const jobs = manifest.groups.flatMap((group) => shardJobs(group));
  const progress = new ByteProgress(jobs.length, modelBytes(manifest), onProgress);
  const weights = new Map<string, tf.Tensor>();
  const dispose = () => {
    tf.dispose([...weights.values()]);
    weights.clear();
  };
  const faults: ModelError[] = [];
  let failure: { readonly error: unknown } | undefined;
  const noteFault = (error: unknown) => {
    if (error instanceof ModelError) faults.push(error);
    else failure ??= { error };
  };
  // While others have their turn (shaders are compiled), the next shards come already.
  const building: Promise<void>[] = [];
  const build = async ({ builder, offset }: ShardJob, bytes: Uint8Array) => {
    try {
      const complete = await inTurn(async () => builder.add(bytes, offset));
      for (const [name, tensor] of complete) weights.set(name, tensor);
    } catch (error) {
      noteFault(error);
    }
  };
  await inParallel(jobs, SHARDS_AT_ONCE, async (job, index) => {
    const { shard } = job;
    try {
      const bytes = await readShard(shard, source, cache, signal, (n) => progress.set(index, n));
      progress.set(index, shard.bytes);
      building.push(build(job, bytes));
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      noteFault(error);
    }
  }).catch(noteFault);
  // Whatever happened: what has begun ends first, so that all of it can be let go.
  await Promise.all(building);
  try {
    signal?.throwIfAborted();
    if (failure) throw failure.error;
    if (faults.length > 0) throw summary(faults);
  } catch (error) {
    dispose();
    throw error;
  }
  return { manifest, weights, dispose };
}

/**
 * Reads and checks a model folder's manifest.
 * @throws ModelError when it is missing, a page, not JSON, or not a manifest
 */
export async function readManifest(source: ModelSource, signal?: CancelToken): Promise<Manifest> {
  const path = 'manifest.json';
  const { bytes, contentType } = await withRetry(source, signal, (fresh) =>
    source.read(path, undefined, { signal, fresh }),
  );
  if (looksLikeHtml(bytes, contentType)) throw htmlInstead(path);
  let value: unknown;
  try {
    value = JSON.parse(tf.util.decodeString(bytes));
  } catch {
    throw new ModelError(
      'invalid',
      `The model's ${path} is not JSON; it may be cut. Copy the model folder anew and try again.`,
      path,
    );
  }
  return parseManifest(value, path);
}

/** A shard from the cache when it is there and good, else from the source, checked and then kept. */
async function readShard(
  shard: ManifestShard,
  source: ModelSource,
  cache: ShardCache | undefined,
  signal: CancelToken | undefined,
  onProgress: (bytes: number) => void,
): Promise<Uint8Array> {
  const kept = await quietly(() => cache?.get(shard.sha256));
  if (kept) {
    try {
      checkShard(shard, kept);
      return kept;
    } catch {
      await quietly(() => cache?.delete(shard.sha256));
    }
  }
  const bytes = await withRetry(source, signal, async (fresh) => {
    let arrived = 0;
    const response = await source.read(
      shard.path,
      (count) => {
        arrived += count;
        onProgress(Math.min(arrived, shard.bytes));
      },
      { signal, fresh },
    );
    checkShard(shard, response.bytes, response.contentType);
    return response.bytes;
  });
  await quietly(() => cache?.put(shard.sha256, bytes));
  return bytes;
}

/** One more try, after a moment, when what went wrong can pass; a file that is not there stays so. */
async function withRetry<T>(
  source: ModelSource,
  signal: CancelToken | undefined,
  attempt: (fresh: boolean) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await attempt(false);
  } catch (error) {
    signal?.throwIfAborted();
    const passes =
      error instanceof ModelError && ['network', 'cut', 'altered'].includes(error.fault);
    if (!passes) throw error;
    await source.delay?.(RETRY_AFTER_MS);
    signal?.throwIfAborted();
    return attempt(true);
  }
}

/** A storage that is full, forbidden or broken only costs a download. */
async function quietly<T>(action: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await action();
  } catch {
    return undefined;
  }
}

function summary(faults: readonly ModelError[]): ModelError {
  const [first, ...others] = faults as [ModelError, ...ModelError[]];
  if (others.length === 0) return first;
  const more = others.length === 1 ? 'one more shard' : `${others.length} more shards`;
  return new ModelError(first.fault, `${first.message} (And ${more} failed too.)`, first.path);
}

/** Adds up the bytes of shards that arrive in any order; never goes back, even when a shard starts again. */
class ByteProgress {
  private readonly bytes: number[];
  private shown = -1;

  constructor(
    shards: number,
    private readonly total: number,
    private readonly report?: (done: number, total: number) => void,
  ) {
    this.bytes = new Array(shards).fill(0);
  }

  set(shard: number, bytes: number): void {
    this.bytes[shard] = bytes;
    const done = this.bytes.reduce((sum, value) => sum + value, 0);
    if (done <= this.shown) return;
    this.shown = done;
    this.report?.(done, this.total);
  }
}

interface ShardJob {
  readonly shard: ManifestShard;
  readonly builder: GroupBuilder;
  /** Where the shard begins in its group's bytes. */
  readonly offset: number;
}

function shardJobs(group: ManifestGroup): ShardJob[] {
  const builder = new GroupBuilder(group);
  let offset = 0;
  return group.shards.map((shard) => {
    const job = { shard, builder, offset };
    offset += shard.bytes;
    return job;
  });
}

/** Runs the tasks, at most `limit` at a time. The first throw stops new ones; it is rethrown once the others end. */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failure: { error: unknown } | undefined;
  const lane = async () => {
    while (next < items.length && !failure) {
      const index = next++;
      try {
        await task(items[index] as T, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  if (failure) throw failure.error;
}
