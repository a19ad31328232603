/**
 * One running worker as the client sees it: calls with a signal and progress, results and errors with
 * their classes restored, and the engine's start and the model's download each done once however many
 * wait for them. When the worker dies every call that waits is told; the client then makes another.
 */
import * as Comlink from 'comlink';
import {
  CLASSIFIER,
  type DetectionPath,
  type DetectionRun,
  EngineError,
  type EngineInfo,
  type ModelPlace,
  type ModelSummary,
  type Pixels,
  RED_NET,
  type ReclassifiedBatch,
  type Reproposed,
  type Verdict,
} from './protocol.ts';
import { abortable, SharedTask } from './sharedTask.ts';
import {
  type ClassifiedCuts,
  type ClassifyCall,
  type CutsRequest,
  type DecodedReply,
  type DetectRequest,
  type EnlargeCall,
  type ExplainCall,
  fromWire,
  type ProposeRequest,
  type ReclassifyCall,
  type Reply,
  type Report,
  type SecondModels,
  type StartOptions,
  type WorkerApi,
} from './wire.ts';

/** How a worker is made; tests put their own in place of the real one. */
export type SpawnWorker = () => Worker;

const IGNORE: Report = () => {};

/** A model that the worker has, or is asked for as soon as somebody joins `loaded`. */
export interface ModelInWorker {
  readonly id: number;
  readonly loaded: SharedTask<ModelSummary>;
}

export class Connection {
  readonly started: SharedTask<EngineInfo>;
  /** The model that detects. */
  model: ModelInWorker;
  /** Set when the worker is gone; the connection is of no more use then. */
  ended: Error | undefined;
  /** The photo whose pixels the worker has. */
  photo: number | undefined;
  private readonly secondModels: SecondModels;
  private readonly worker: Worker;
  private readonly remote: Comlink.Remote<WorkerApi>;
  private readonly waiting = new Set<(error: Error) => void>();
  private lastCall = 0;
  private lastModel = 0;

  constructor(spawn: SpawnWorker, start: StartOptions, place: ModelPlace) {
    this.secondModels = besides(place);
    this.worker = spawn();
    this.remote = Comlink.wrap<WorkerApi>(this.worker);
    this.worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.end(crashed(event.message));
    });
    this.worker.addEventListener('messageerror', () => this.end(crashed('unreadable message')));
    this.started = new SharedTask((report, signal) =>
      this.call((id) => this.remote.start(id, start, Comlink.proxy(report)), signal),
    );
    this.model = this.candidate(place);
  }

  /** A model to be loaded beside the one that detects; `adopt` it once that has succeeded. */
  candidate(place: ModelPlace): ModelInWorker {
    const id = ++this.lastModel;
    const discard = () => void this.remote.release(id);
    const loaded = new SharedTask<ModelSummary>(async (report, signal) => {
      await this.started.join(IGNORE, signal);
      const send = (call: number) => this.remote.model(call, id, place, Comlink.proxy(report));
      return this.call<ModelSummary>(send, signal, discard);
    });
    return { id, loaded };
  }

  /** From now on this model detects; the one before is let go. */
  adopt(model: ModelInWorker): void {
    const before = this.model;
    this.model = model;
    if (before.loaded.done) void this.remote.release(before.id);
  }

  describe(place: ModelPlace, signal: AbortSignal): Promise<ModelSummary> {
    return this.call((call) => this.remote.describe(call, place), signal);
  }

  /** Has the worker decode a photo and keep its pixels in place of those of any other. */
  async open(photo: number, file: Blob, signal: AbortSignal): Promise<DecodedReply> {
    const send = (id: number) => this.remote.open(id, photo, file);
    const reply = await this.call<DecodedReply>(send, signal, ({ bitmap }) => bitmap.close());
    this.photo = photo;
    return reply;
  }

  /** Detects with the model in use, which must have been loaded. */
  detect(
    about: Omit<DetectRequest, 'model'>,
    report: Report,
    signal: AbortSignal,
  ): Promise<DetectionRun> {
    const request: DetectRequest = { ...about, model: this.model.id };
    return this.call((id) => this.remote.detect(id, request, Comlink.proxy(report)), signal);
  }

  /** What a head proposes with other anchors; null where the model in use has not looked at the photo. */
  propose(
    about: Omit<ProposeRequest, 'model'>,
    report: Report,
    signal: AbortSignal,
  ): Promise<Reproposed | null> {
    const request: ProposeRequest = { ...about, model: this.model.id };
    return this.call((id) => this.remote.propose(id, request, Comlink.proxy(report)), signal);
  }

  enlarge(
    about: Omit<EnlargeCall, keyof SecondModels>,
    report: Report,
    signal: AbortSignal,
  ): Promise<Pixels> {
    const request = { ...about, ...this.secondModels };
    return this.call((id) => this.remote.enlarge(id, request, Comlink.proxy(report)), signal);
  }

  classify(
    about: Omit<ClassifyCall, keyof SecondModels | 'model'>,
    report: Report,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const request = { ...about, ...this.secondModels, model: this.model.id };
    return this.call((id) => this.remote.classify(id, request, Comlink.proxy(report)), signal);
  }

  /** Batches that arrive after an abort are dropped. */
  async reclassify(
    about: Omit<ReclassifyCall, keyof SecondModels | 'model'>,
    report: Report,
    onBatch: (batch: ReclassifiedBatch) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const request = { ...about, ...this.secondModels, model: this.model.id };
    const heard = (batch: ReclassifiedBatch) => {
      if (!signal.aborted) onBatch(batch);
    };
    await this.call<number>(
      (id) => this.remote.reclassify(id, request, Comlink.proxy(report), Comlink.proxy(heard)),
      signal,
    );
  }

  /** Has a batch of proposals classified by the model of this connection. */
  classifyCuts(about: CutsRequest, report: Report, signal: AbortSignal): Promise<ClassifiedCuts> {
    const request = { ...about, ...this.secondModels, model: this.model.id };
    return this.call((id) => this.remote.classifyCuts(id, request, Comlink.proxy(report)), signal);
  }

  explain(request: ExplainCall, signal: AbortSignal): Promise<DetectionPath> {
    return this.call((id) => this.remote.explain(id, request), signal);
  }

  /** Stops the worker at once; every call that waits for it rejects with `reason`. */
  end(reason: Error): void {
    if (this.ended) return;
    this.ended = reason;
    this.worker.terminate();
    for (const reject of this.waiting) reject(reason);
    this.waiting.clear();
  }

  /**
   * Makes one call. An abort rejects it at once and tells the worker, whose late result is dropped.
   * @param discard releases a result that comes too late
   */
  private async call<T>(
    send: (id: number) => Promise<unknown>,
    signal: AbortSignal,
    discard?: (value: T) => void,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.ended) throw this.ended;
    const id = ++this.lastCall;
    let settled = false;
    const answer = new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      (send(id) as Promise<Reply<T>>)
        .then((reply) => {
          if (!reply.ok) reject(fromWire(reply.error));
          else if (settled) discard?.(reply.value);
          else resolve(reply.value);
        }, reject)
        .finally(() => this.waiting.delete(reject));
    });
    try {
      return await abortable(answer, signal);
    } finally {
      settled = true;
      if (signal.aborted && !this.ended) void this.remote.cancel(id);
    }
  }
}

/** The served models of the second look lie beside the detector's folder, or beside what it shares. */
function besides(place: ModelPlace): SecondModels {
  const base = 'url' in place ? place.url : place.served;
  const folder = (name: string) => ({ url: new URL(`../${name}/manifest.json`, base).href });
  return { redNet: folder(RED_NET), classifier: folder(CLASSIFIER) };
}

function crashed(detail: string | undefined): EngineError {
  const why = detail ? ` (${detail})` : '';
  return new EngineError(
    `The detector stopped unexpectedly${why}; open the photo again to restart it.`,
  );
}
