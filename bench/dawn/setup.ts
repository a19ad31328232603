/**
 * What all parts of the bench in Node share: tfjs on the adapter that Dawn finds, the shipped detector, and
 * the kernels chosen for that adapter.
 */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CANDIDATE_OPTIONS } from '../../src/core/classification/merge.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import type { DetectOptions } from '../../src/core/detection/options.ts';
import { SIZE_MULTIPLE } from '../../src/core/detection/transform.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import { describeAdapter, looksLikeSoftware } from '../../src/engine/adapter.ts';
import { finished } from '../../src/engine/device.ts';
import {
  type AdapterKind,
  everywhere,
  type KernelChoices,
} from '../../src/engine/kernels/candidates.ts';
import { type InstallOptions, installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { startDawn } from '../../tests/support/dawn.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { time } from '../timing.ts';

export interface Options {
  readonly models: string;
  readonly photo: string;
  readonly rounds: number;
  /** of every size, in 0..1 */
  readonly share: number;
  /** of a detection; left out, as many as in the app */
  readonly proposals?: number;
  readonly crops: number;
}

export interface Bench extends Options {
  readonly kind: Required<AdapterKind>;
  /** filled in by the part that chooses */
  choices: KernelChoices;
  readonly model: LoadedModel;
  readonly detector: FasterRcnn;
  /** Whether the part at work may begin another round. */
  more(): boolean;
}

/** What there is to know of the adapter. */
export interface AdapterReport {
  readonly adapter: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly software: boolean;
  readonly shaderF16: boolean;
  readonly timestampQuery: boolean;
  readonly features: readonly string[];
  /** of the device that tfjs asked for */
  readonly limits: Readonly<Record<string, number>>;
}

const INFO = ['vendor', 'architecture', 'device', 'description', 'subgroupMinSize'] as const;
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
] as const;

/**
 * Makes WebGPU by Dawn tfjs's backend.
 *
 * @param dawn options of Dawn
 * @throws Error where there is no adapter, or a software adapter that is not allowed
 */
export async function startAdapter(
  dawn: readonly string[],
  softwareAllowed: boolean,
): Promise<AdapterReport> {
  const { info, features } = await startDawn(dawn);
  const adapter = describeAdapter(info);
  const software = looksLikeSoftware(info);
  if (software && !softwareAllowed) {
    throw new Error(`There is only ${adapter}, a software adapter; --software allows it.`);
  }
  if (!(await tf.setBackend('webgpu'))) throw new Error(`tfjs does not start on ${adapter}.`);
  await tf.ready();
  const { device } = backendHere();
  return {
    ...{ adapter, software },
    info: Object.fromEntries(INFO.map((key) => [key, info[key]])),
    shaderF16: features.has('shader-f16'),
    timestampQuery: features.has('timestamp-query'),
    features: [...features].sort(),
    limits: Object.fromEntries(LIMITS.map((key) => [key, device.limits[key]])),
  };
}

export function backendHere(): WebGPUBackend {
  return tf.backend() as unknown as WebGPUBackend;
}

/** The detector, widened by our kernels as in the app; with the milliseconds that takes. */
export async function loadDetector(models: string) {
  const kernels = installKernels(backendHere(), everywhere('stock'));
  try {
    const start = performance.now();
    const model = await loadModel(createFileSource(path.join(models, 'household')));
    await finished(backendHere());
    return { model, detector: detectorFromModel(model), milliseconds: performance.now() - start };
  } finally {
    kernels.remove();
  }
}

/** Computes with these kernels installed; with none of ours where there are no choices. */
export async function withKernels<T>(
  choices: KernelChoices | null,
  options: InstallOptions,
  work: () => Promise<T>,
): Promise<T> {
  const kernels = choices && installKernels(backendHere(), choices, options);
  try {
    return await work();
  } finally {
    kernels?.remove();
  }
}

/** What is asked of a detection: what the app asks. */
export function detectOptions({ proposals }: Options): DetectOptions {
  return {
    ...CANDIDATE_OPTIONS,
    ...(proposals !== undefined && { proposals: { postNmsTopN: proposals } }),
  };
}

/** A size as the options want it, in multiples that the network takes. */
export function sized(pixels: number, share: number): number {
  return Math.max(SIZE_MULTIPLE, SIZE_MULTIPLE * Math.round((pixels * share) / SIZE_MULTIPLE));
}

/** Keeps the GPU at work for a while: idle, its clocks are low. */
export async function warmUp(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds;
  const x = waves([1, 64, 64, 64], 1, 1) as tf.Tensor4D;
  const filter = waves([3, 3, 64, 64], 2, 0.05) as tf.Tensor4D;
  do {
    for (let run = 0; run < 8; run++) tf.conv2d(x, filter, 1, 'same').dispose();
    await finished(backendHere());
  } while (performance.now() < end);
  tf.dispose([x, filter]);
}

/** What the way to the device costs: a wait for nothing, and readbacks of 8 kB and of a MB, in ms. */
export async function timeRoundTrips(rounds: number) {
  const few = tf.ones([2 ** 11]); // fewer tfjs would add here
  const many = tf.ones([2 ** 18]);
  const read = (x: tf.Tensor) =>
    time(async () => {
      const sum = tf.add(x, 1);
      await sum.data();
      sum.dispose();
    });
  const times = { wait: [] as number[], kilobytes: [] as number[], megabyte: [] as number[] };
  for (let round = 0; round < rounds + 2; round++) {
    times.wait.push(await time(() => finished(backendHere())));
    times.kilobytes.push(await read(few));
    times.megabyte.push(await read(many));
  }
  tf.dispose([few, many]);
  return times;
}
