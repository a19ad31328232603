/**
 * The instrument: what each stage of a run costs on the backend in use. It stands where everything must
 * pass: tfjs's engine (which kernel, on what shapes: the arithmetic), the backend's reads, and on WebGPU
 * the one method that records a dispatch. All of it is in place only while a run is measured; at other
 * times nothing is different from plain tfjs.
 *
 * On WebGPU a stage is over here long before it is over on the device. So at each mark what is recorded
 * is sent off, and the device is asked to tell when it has come that far; nobody waits for it meanwhile.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type RunCost, type StageCost, sumCosts } from './costs.ts';
import { finished } from './device.ts';
import { override } from './override.ts';
import { watchReadbacks } from './readbacks.ts';

/** What of tfjs's WebGPU backend is looked at; `recordAndSubmit` is private to it. */
type Recorder = Parameters<typeof finished>[0] & {
  recordAndSubmit(program: { readonly shaderKey: string }, ...rest: unknown[]): void;
};

/** What was counted since the last mark. */
interface Counts {
  flop: number;
  dispatches: number;
  readbacks: number;
  bytes: number;
  pipelines: Set<string>;
}

/** A stage, or a part of it, that has ended. */
interface Part extends Counts {
  readonly name: string;
  /** when the device, too, was done with it; undefined before */
  ended: number | undefined;
}

/**
 * Runs `work` and measures its stages on the current backend. Not to be nested, nor run twice at a time,
 * nor together with `countReadbacks`.
 *
 * @param work tells the name of each stage, or of a part of it, when that has ended; what is after the last
 *   belongs to nobody
 * @param onChange told the stages so far whenever the device has ended one
 */
export async function measureStages<T>(
  work: (mark: (name: string) => void) => Promise<T>,
  onChange: (stages: readonly StageCost[]) => void = () => {},
): Promise<{ value: T; cost: RunCost }> {
  const onWebgpu = tf.getBackend() === 'webgpu';
  const start = tf.util.now();
  const tensors = tf.memory().numTensors;
  const parts: Part[] = [];
  const waiting: Promise<void>[] = [];
  let counts = noCounts();
  let over = false;
  const end = watch(() => counts, onWebgpu);

  const mark = (name: string) => {
    const part: Part = { ...counts, name, ended: undefined };
    counts = noCounts();
    parts.push(part);
    const close = () => {
      part.ended = tf.util.now();
      if (!over) onChange(stagesOf(parts, start, onWebgpu));
    };
    if (onWebgpu) waiting.push(finished(tf.backend() as unknown as Recorder).then(close, close));
    else close();
  };
  try {
    const value = await work(mark);
    await Promise.all(waiting);
    const used = new Set(parts.flatMap(({ pipelines }) => [...pipelines]));
    const cost: RunCost = {
      stages: stagesOf(parts, start, onWebgpu),
      pipelines: onWebgpu ? used.size : null,
      tensors: tf.memory().numTensors - tensors,
    };
    return { value, cost };
  } finally {
    over = true;
    end();
  }
}

const noCounts = (): Counts => ({
  flop: 0,
  dispatches: 0,
  readbacks: 0,
  bytes: 0,
  pipelines: new Set(),
});

/** @returns ends it */
function watch(now: () => Counts, onWebgpu: boolean): () => void {
  const ends = [
    watchReadbacks(
      () => now().readbacks++,
      (bytes) => {
        now().bytes += bytes;
      },
    ),
    override(tf.engine() as unknown as Engine, 'runKernel', (runKernel) => (...call) => {
      const output = runKernel(...call);
      now().flop += flopOf(call, output);
      return output;
    }),
  ];
  if (onWebgpu) {
    const backend = tf.backend() as unknown as Recorder;
    const count =
      (record: Recorder['recordAndSubmit']): Recorder['recordAndSubmit'] =>
      (program, ...rest) => {
        now().dispatches++;
        now().pipelines.add(program.shaderKey);
        record(program, ...rest);
      };
    ends.push(override(backend, 'recordAndSubmit', count));
  }
  return () => {
    for (const end of ends) end();
  };
}

type KernelCall = [
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  attributes?: { readonly transposeA?: boolean },
];

interface Engine {
  runKernel(...call: KernelCall): tf.TensorInfo;
}

/** A multiplication and an addition are two. Anything but convolutions and matrix products counts as nothing. */
function flopOf([name, { x, filter, a }, attributes]: KernelCall, output: tf.TensorInfo): number {
  if ((name === 'Conv2D' || name === 'FusedConv2D') && filter) {
    return 2 * sizeOf(output.shape) * sizeOf(filter.shape.slice(0, 3));
  }
  if (name === 'LoupeConvPool' && x && filter) {
    return 2 * sizeOf(x.shape.slice(0, 3)) * sizeOf(filter.shape);
  }
  if ((name === 'BatchMatMul' || name === '_FusedMatMul') && a) {
    return 2 * sizeOf(output.shape) * (a.shape.at(attributes?.transposeA ? -2 : -1) as number);
  }
  return 0;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, side) => size * side, 1);

/** The parts that are over, by stage. The device works through them one after another. */
function stagesOf(parts: readonly Part[], start: number, onWebgpu: boolean): StageCost[] {
  const stages = new Map<string, { costs: StageCost[]; pipelines: Set<string> }>();
  let before = start;
  for (const { name, ended, flop, dispatches, pipelines, readbacks, bytes } of parts) {
    if (ended === undefined) break;
    const stage = stages.get(name) ?? { costs: [], pipelines: new Set() };
    stages.set(name, stage);
    for (const key of pipelines) stage.pipelines.add(key);
    const milliseconds = Math.max(0, ended - before);
    before = Math.max(before, ended);
    stage.costs.push({
      ...{ name, milliseconds, readbacks, bytes },
      gigaflop: flop / 1e9,
      dispatches: onWebgpu ? dispatches : null,
      pipelines: onWebgpu ? pipelines.size : null,
    });
  }
  return Array.from(stages, ([name, { costs, pipelines }]) => ({
    ...sumCosts(name, costs),
    ...(onWebgpu && { pipelines: pipelines.size }),
  }));
}
