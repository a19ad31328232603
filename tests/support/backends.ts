/**
 * Runs a suite once on every tfjs backend there is, so that a number that is right on one and wrong
 * on another does not stay hidden. Use it for everything that computes with tensors.
 */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';
import { type BackendName, backendsHere } from './backendsHere.ts';

export type { BackendName };

const here = await backendsHere();

/** The backends of this machine. */
export const backends: readonly BackendName[] = here.flatMap((b) => ('found' in b ? b.name : []));

/**
 * `describe` on every backend there is; each is set before its tests begin.
 *
 * @param name the suite's name; the backend is appended, e.g. "RoIAlign [wasm]"
 * @param suite declares the tests; gets the backend's name, for tolerances
 * @param options.except backends to leave out, each with the reason, which the report shows
 */
export function describeOnBackends(
  name: string,
  suite: (backend: BackendName) => void,
  options: { except?: Partial<Record<BackendName, string>> } = {},
): void {
  for (const backend of backends) {
    const reason = options.except?.[backend];
    if (reason) {
      describe.skip(`${name} [${backend}: ${reason}]`, () => suite(backend));
      continue;
    }
    describe(`${name} [${backend}]`, () => {
      beforeAll(async () => {
        await tf.setBackend(backend);
        await tf.ready();
      });
      suite(backend);
    });
  }
}
