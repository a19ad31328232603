/**
 * The inference worker's helpers on WebAssembly: more workers of the same script, each with an engine of
 * its own on a part of the cores, which classify batches of proposals side by side. tfjs's threads share
 * out one matrix product at a time and wait for each other at its end; batches need not wait for anything.
 * Helpers start when the pace of the one engine has been measured, read the models from the same places (the
 * browser's cache has their shards), and are let go when they have had nothing to do for a while, or for good
 * when together they turn out to be no faster than the one (pace.ts).
 */
import type { HelperPlan } from '../engine/cores.ts';
import { Connection, type SpawnWorker } from './connection.ts';
import { Pace } from './pace.ts';
import { EngineError, type KernelsChoice, type ModelPlace } from './protocol.ts';
import type { ClassifiedCuts, CutsRequest, Report } from './wire.ts';

/** Classifies one batch. */
export type Help = (
  request: CutsRequest,
  report: Report,
  signal: AbortSignal,
) => Promise<ClassifiedCuts>;

const IDLE_MILLISECONDS = 60_000;
const NO_SIGNAL = new AbortController().signal;

/** The script that runs here, once more; it is in the HTTP cache. */
const spawnHelper: SpawnWorker = () =>
  new Worker(self.location.href, { type: 'module', name: 'loupe-helper' });

export class Helpers {
  readonly pace: Pace;
  private place: ModelPlace | undefined;
  private connections: Connection[] = [];
  private ready: Promise<Help>[] = [];
  private idle: ReturnType<typeof setTimeout> | undefined;

  /** @param plan how many, and on how many threads each */
  constructor(
    private readonly plan: HelperPlan,
    private readonly kernels: KernelsChoice,
    private readonly spawn: SpawnWorker = spawnHelper,
  ) {
    this.pace = new Pace(plan.count);
  }

  /**
   * The helpers for a detector's second look, started where they are not yet, as soon as `pace` knows what
   * they have to beat.
   *
   * @param place the detector's, the same object every time
   * @returns one promise each, which rejects when that helper cannot be had; none where they do not pay
   */
  take(place: ModelPlace): readonly Promise<Help>[] {
    clearTimeout(this.idle);
    if (this.pace.helpersPay === false) return [];
    if (this.place !== place) this.letGo();
    if (this.ready.length === 0) {
      this.place = place;
      this.ready = Array.from({ length: this.plan.count }, () => this.start(place));
    }
    return this.ready;
  }

  /** They have nothing to do for now; what they have is kept for a minute, if it pays. */
  rest(): void {
    clearTimeout(this.idle);
    if (this.pace.helpersPay === false) this.letGo();
    else this.idle = setTimeout(() => this.letGo(), IDLE_MILLISECONDS);
  }

  /** Ends them, with all that they hold; where a place is given, only if that is what they have. */
  letGo(place = this.place): void {
    if (place !== this.place) return;
    clearTimeout(this.idle);
    for (const connection of this.connections) connection.end(new EngineError('It was let go.'));
    this.place = undefined;
    this.connections = [];
    this.ready = [];
  }

  private start(place: ModelPlace): Promise<Help> {
    const { kernels, pace, plan, spawn } = this;
    const start = { backend: 'wasm', kernels, exclude: {}, threads: plan.threads } as const;
    const begin = async () => {
      await pace.known;
      if (!this.ready.includes(ready)) throw new EngineError('It was let go.');
      const connection = new Connection(spawn, start, place);
      this.connections.push(connection);
      try {
        await prepare(connection);
      } catch (error) {
        connection.end(error as Error);
        throw error;
      }
      return helpOf(connection, pace);
    };
    const ready = begin();
    ready.catch(() => {}); // heard by those who wait; there may be none
    return ready;
  }
}

async function prepare(connection: Connection): Promise<void> {
  const { backend } = await connection.started.join(() => {}, NO_SIGNAL);
  if (backend !== 'wasm') throw new EngineError('It has no WebAssembly.');
  await connection.model.loaded.join(() => {}, NO_SIGNAL);
}

function helpOf(connection: Connection, pace: Pace): Help {
  return async (request, report, signal) => {
    if (pace.helpersPay === false) throw new EngineError('One engine alone is faster.');
    const kind = kindOf(request);
    try {
      return await pace.ofHelper(kind, request.cuts.length, () =>
        connection.classifyCuts(request, report, signal),
      );
    } catch (error) {
      // Whatever it was: a helper that failed is not trusted again.
      if (!signal.aborted) connection.end(error as Error);
      throw error;
    }
  };
}

/** What decides the cost of a box. */
export const kindOf = ({ upscaling, cropFactor }: Pick<CutsRequest, 'upscaling' | 'cropFactor'>) =>
  `${upscaling} ${cropFactor}`;
