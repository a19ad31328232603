/**
 * Puts our kernels into use for a visitor: what was chosen for this adapter on an earlier visit is taken
 * from the browser's store, what is missing is measured now, and the outcome is kept there.
 */
import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { ShardCache } from '../../core/models/loader.ts';
import { hasHalves } from '../adapter.ts';
import { type AdapterKind, KERNELS_VERSION, OWN_KERNELS, SHAPE_CLASSES } from './candidates.ts';
import { choicesFrom, type Measured, measureKernels } from './choosing.ts';
import { type InstalledKernels, installKernels } from './install.ts';
import type { WebGPUBackend } from './program.ts';

/** Which adapter in which browser: another driver may compute otherwise. */
export interface AdapterIdentity extends AdapterKind {
  readonly adapter: string;
  readonly browser: string;
}

export interface StartOptions {
  /** Where choices are kept; they are made anew on each visit without one. */
  readonly store?: Pick<ShardCache, 'get' | 'put'> | undefined;
  /** Tests put their own in place of the timing. */
  readonly measure?: typeof measureKernels;
}

const measuredSchema = z.partialRecord(z.enum(SHAPE_CLASSES), z.enum(['stock', ...OWN_KERNELS]));

/**
 * Chooses and installs kernels for the current backend, which must be WebGPU. Nothing else may compute
 * meanwhile.
 */
export async function startKernels(
  identity: AdapterIdentity,
  { store, measure = measureKernels }: StartOptions = {},
): Promise<InstalledKernels> {
  const { software, halves = await hasHalves() } = identity;
  const key = keyOf(identity);
  const known = await read(store, key);
  const measured = await measure({ software, halves, known });
  if (Object.keys(measured).length > Object.keys(known).length) {
    const bytes = new TextEncoder().encode(JSON.stringify(measured));
    await store?.put(key, bytes).catch(() => {}); // a full disk: measured again next time
  }
  const backend = tf.backend() as unknown as WebGPUBackend;
  // Where the processor plays the GPU there is no way from one to the other to be saved: what is read need
  // not travel, and choosing from it here takes a few milliseconds, by a GPU's programs some thirty times that.
  return installKernels(backend, choicesFrom(measured), { proposals: !software });
}

function keyOf({ adapter, browser }: AdapterIdentity): string {
  return encodeURIComponent(`kernels ${KERNELS_VERSION}, ${adapter}, ${browser}`);
}

/** What is stored, or nothing when that is missing or damaged. */
async function read(store: StartOptions['store'], key: string): Promise<Measured> {
  try {
    const bytes = await store?.get(key);
    return bytes ? measuredSchema.parse(JSON.parse(new TextDecoder().decode(bytes))) : {};
  } catch {
    return {};
  }
}
