/**
 * How a machine's cores are shared out on WebAssembly: to the threads of one engine, and to several engines
 * side by side where there is memory for them. tfjs's threads divide single products and wait for each
 * other after each, so for batches that are independent more engines with fewer threads may be faster: on
 * two idle cores they are not (docs/performance.md), on more the visitor's machine tells (src/worker/pace.ts).
 */

/** Up to this many cores the detector gets them all; of more, half (they often are hyper-threads). */
const ALL_CORES_UP_TO = 4;

/** What a machine has that says nothing, and the least that our kernels and helpers want. */
export const LEAST_GIGABYTES = 4;

/** An engine with the networks and what is made of their filters takes less than half of that. */
const GIGABYTES_OF_A_HELPER = 2;

/** On two it was measured that helpers gain nothing, on three they would have two of them. */
const LEAST_THREADS = 4;

/** How many engines beside the first, and the threads of each. */
export interface HelperPlan {
  readonly count: number;
  readonly threads: number;
}

/** Threads for the detector. */
export function threadsFor(cores: number): number {
  return Math.max(Math.floor(cores / 2), Math.min(cores, ALL_CORES_UP_TO));
}

/**
 * Engines that may work while the first one waits.
 *
 * @param threads of the first, all of which they may have
 * @returns undefined where they would gain nothing or have no room
 */
export function helpersFor(threads: number, gigabytes: number): HelperPlan | undefined {
  const room = gigabytes < LEAST_GIGABYTES ? 0 : Math.floor(gigabytes / GIGABYTES_OF_A_HELPER);
  const count = Math.min(threads, room);
  return count < 2 || threads < LEAST_THREADS
    ? undefined
    : { count, threads: Math.floor(threads / count) };
}

/** The machine's memory as far as the browser tells; most do not, and Node has no such thing. */
export function gigabytesHere(): number {
  const { deviceMemory = LEAST_GIGABYTES } = (globalThis.navigator ?? {}) as {
    readonly deviceMemory?: number;
  };
  return deviceMemory;
}
