/**
 * How long the device itself is at work, by its timestamps: without recording, waits and gaps. Dawn rounds
 * timestamps to some 0.1 ms unless it is told not to (disable-dawn-features=timestamp_quantization).
 */
import type * as tf from '@tensorflow/tfjs-core';
import { override } from '../../src/engine/override.ts';
import { backendHere } from './setup.ts';

/** Of a program's key, in characters. */
const KEY = 60;

export interface DeviceTime {
  readonly milliseconds: number;
  /** in the order of the dispatches, by the beginning of their programs' keys */
  readonly programs: readonly { readonly name: string; readonly milliseconds: number }[];
}

/** What of tfjs's backend is used here: `recordAndSubmit` is private to it. */
interface Timed {
  readonly supportTimestampQuery: boolean;
  recordAndSubmit(program: { readonly shaderKey: string }, ...rest: unknown[]): void;
  time(work: () => void): Promise<tf.BackendTimingInfo>;
}

/**
 * Runs work each program of which is a pass of its own.
 * @returns undefined where the device gives no timestamps
 */
export async function timeOnDevice(work: () => void): Promise<DeviceTime | undefined> {
  const backend = backendHere() as unknown as Timed;
  if (!backend.supportTimestampQuery) return undefined;
  const names: string[] = [];
  const end = override(backend, 'recordAndSubmit', (record) => (program, ...rest) => {
    names.push(program.shaderKey.slice(0, KEY));
    record(program, ...rest);
  });
  try {
    const { kernelMs, getExtraProfileInfo } = await backend.time(work);
    // tfjs tells "Name: 0.1, Name: 0.2".
    const each = getExtraProfileInfo?.().split(', ') ?? [];
    return {
      milliseconds: kernelMs as number,
      programs: names.map((name, i) => ({
        name,
        milliseconds: Number(each[i]?.split(': ').at(-1)),
      })),
    };
  } finally {
    end();
  }
}
