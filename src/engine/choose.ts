/**
 * Chooses the backend at start-up: WebGPU, then WebGL, then WebAssembly, and plain JavaScript when
 * nothing else is left. A backend is taken when it passes the self-test. One that runs on a software
 * adapter is passed over, known by its name or, where the name hides it, by its speed: WebAssembly
 * does the same work on the same processor many times faster. What the visitor asks for by name is
 * tried first and taken if its numbers are right, fast or not.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type BackendDriver, BackendUnavailable, DRIVERS, use } from './backends.ts';
import {
  BACKEND_TITLES,
  type BackendChoice,
  type BackendName,
  type BackendTrial,
  type EngineInfo,
} from './info.ts';
import { errorOf, runTinyNet, type Speed, TOLERANCE, timeConvolutions } from './selfTest.ts';

/** A GPU slower than this is suspected of being a program; any real one is far above. */
const SUSPICIOUS_GIGAFLOPS = 10;

export interface ChosenBackend {
  readonly info: EngineInfo;
  /** Resolves, with a reason, when the device under the backend is gone; else never. */
  readonly lost: Promise<string>;
}

export interface ChooseOptions {
  readonly drivers?: readonly BackendDriver[];
  /** Backends not to try again, each with the reason, e.g. after a device loss. */
  readonly exclude?: Partial<Record<BackendName, string>>;
  /** Of the processor, for a backend that computes there; else what suits the machine. */
  readonly threads?: number | undefined;
  /** Called before each trial, for the progress line. */
  readonly onTry?: (backend: BackendName) => void;
  /** Tests put their own in place of the self-test. */
  readonly measure?: () => Promise<Measurement>;
}

export interface Measurement {
  /** Largest difference to the stored outputs, as a part of the largest of them. */
  readonly error: number;
  readonly speed: Speed;
}

/** A backend that passed the self-test and can be taken. */
interface Runner {
  readonly backend: BackendName;
  readonly adapter: string;
  readonly software: boolean;
  readonly threads: number;
  readonly lost: Promise<string>;
  readonly speed: Speed;
}

/**
 * Makes the best backend of this machine tfjs's current one.
 *
 * @throws BackendUnavailable when not even plain JavaScript passes the self-test
 */
export async function chooseBackend(
  choice: BackendChoice,
  options: ChooseOptions = {},
): Promise<ChosenBackend> {
  const { drivers = DRIVERS, exclude = {}, onTry, measure = selfTest, threads: wanted } = options;
  const asked = drivers.filter(({ name }) => name === choice);
  const order = [...asked, ...drivers.filter(({ name }) => name !== choice)];
  const tried: BackendTrial[] = [];
  const slow: Runner[] = [];
  for (const driver of order) {
    const { name } = driver;
    const reject = (why: string, milliseconds: number | null = null) => {
      tried.push({ backend: name, ok: false, milliseconds, why });
    };
    const excluded = exclude[name];
    if (excluded) {
      reject(excluded);
      continue;
    }
    onTry?.(name);
    try {
      const { adapter, software } = await driver.probe();
      if (software && name !== choice) {
        reject(`${adapter} is a software adapter, which WebAssembly outruns.`);
        continue;
      }
      const { threads, lost } = await driver.start(wanted);
      const { error, speed } = await measure();
      if (!(error <= TOLERANCE)) {
        tf.removeBackend(name);
        reject(`${BACKEND_TITLES[name]} computes wrong numbers on ${adapter}.`, speed.milliseconds);
        continue;
      }
      const runner: Runner = { backend: name, adapter, software, threads, lost, speed };
      if (name !== choice && isGpu(name) && speed.gigaflops < SUSPICIOUS_GIGAFLOPS) {
        slow.push(runner);
        continue;
      }
      return await take(fastest([runner, ...slow]), choice, tried, [runner, ...slow]);
    } catch (error) {
      reject(sentenceOf(error, name));
    }
  }
  if (slow.length > 0) return take(fastest(slow), choice, tried, slow);
  throw new BackendUnavailable(
    'This browser cannot compute detections: no WebGPU, WebGL or WebAssembly passed the self-test.',
  );
}

function sentenceOf(error: unknown, name: BackendName): string {
  if (error instanceof BackendUnavailable) return error.message;
  const detail = error instanceof Error ? error.message : String(error);
  return `${BACKEND_TITLES[name]} failed to start (${detail}).`;
}

async function selfTest(): Promise<Measurement> {
  const error = errorOf(await runTinyNet());
  // Plain JavaScript would take a minute over this, and nothing is left to compare it with.
  const speed =
    tf.getBackend() === 'cpu'
      ? { milliseconds: Number.POSITIVE_INFINITY, gigaflops: 0 }
      : await timeConvolutions();
  return { error, speed };
}

function isGpu(name: BackendName): boolean {
  return name === 'webgpu' || name === 'webgl';
}

function fastest(runners: readonly Runner[]): Runner {
  return runners.reduce((best, runner) =>
    runner.speed.milliseconds < best.speed.milliseconds ? runner : best,
  );
}

async function take(
  winner: Runner,
  choice: BackendChoice,
  rejected: readonly BackendTrial[],
  passed: readonly Runner[],
): Promise<ChosenBackend> {
  const { backend, adapter, software, threads, lost } = winner;
  for (const runner of passed) if (runner !== winner) tf.removeBackend(runner.backend);
  if (tf.getBackend() !== backend) await use(backend);
  const reason = reasonFor(backend, choice, rejected);
  const finite = (ms: number) => (Number.isFinite(ms) ? ms : null);
  const tried = [
    ...rejected,
    ...passed.map((runner) => ({
      backend: runner.backend,
      ok: runner === winner,
      milliseconds: finite(runner.speed.milliseconds),
      why: runner === winner ? reason : `${BACKEND_TITLES[backend]} is faster here.`,
    })),
  ];
  return { info: { backend, adapter, software, threads, kernels: [], reason, tried }, lost };
}

function reasonFor(
  backend: BackendName,
  choice: BackendChoice,
  rejected: readonly BackendTrial[],
): string {
  if (backend === choice) return `${BACKEND_TITLES[backend]} was asked for.`;
  const asked = rejected.find((trial) => trial.backend === choice);
  if (asked) return `${asked.why} ${BACKEND_TITLES[backend]} runs instead.`;
  return rejected.length === 0
    ? `${BACKEND_TITLES[backend]} is the fastest there is and passed the self-test.`
    : `${BACKEND_TITLES[backend]} is the first that passed the self-test. ${rejected.map((trial) => trial.why).join(' ')}`;
}
