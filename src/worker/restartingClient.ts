/**
 * What keeps a client of the inference worker going: it starts a worker when one is first needed, and
 * another when it or the device under its backend is lost, after a device loss without that backend.
 * What was asked for meanwhile is asked of the new one.
 */
import { Connection, type SpawnWorker } from './connection.ts';
import type { ProgressMeter } from './progress.ts';
import {
  type BackendChoice,
  type BackendName,
  DEFAULT_MODEL,
  EngineError,
  type EngineInfo,
  type KernelsChoice,
  type ModelPlace,
  type OpenedPhoto,
  PhotoError,
  servedModel,
} from './protocol.ts';
import { BackendLost } from './wire.ts';

export interface LoupeClientOptions {
  backend?: BackendChoice;
  /** Whose kernels compute on WebGPU; `auto` unless told. */
  kernels?: KernelsChoice;
  /** The model to begin with; `models/household` beside the page unless told. */
  model?: ModelPlace;
  /** Tests put their own worker in place of the real one. */
  spawn?: SpawnWorker;
}

const spawnWorker: SpawnWorker = () =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'loupe' });

/** Losing one backend after another ends with plain JavaScript, which cannot be lost. */
const MAX_RESTARTS = 4;
const KNOWN_ERRORS = 'PhotoError ModelError EngineError NotFiniteError AbortError TimeoutError';

export class RestartingClient {
  /** The photos that can be given to another worker. */
  protected readonly files = new WeakMap<OpenedPhoto, Blob>();
  protected engine: EngineInfo | undefined;
  /** The model that detects. */
  protected place: ModelPlace | undefined;
  private connection: Connection | undefined;
  private readonly lostBackends: Partial<Record<BackendName, string>> = {};
  private disposed = false;

  constructor(readonly options: LoupeClientOptions = {}) {}

  /** Stops the worker; what is under way rejects with an AbortError. */
  dispose(): void {
    this.disposed = true;
    this.connection?.end(new DOMException('The client was closed.', 'AbortError'));
    this.connection = undefined;
  }

  protected connect(): Connection {
    if (this.disposed) throw new EngineError('This client was closed; make another.');
    if (!this.connection || this.connection.ended) {
      const { backend = 'auto', kernels = 'auto', model, spawn = spawnWorker } = this.options;
      this.place ??= model ?? servedModel(DEFAULT_MODEL);
      const start = { backend, kernels, exclude: this.lostBackends };
      this.connection = new Connection(spawn, start, this.place);
    }
    return this.connection;
  }

  /** Runs `work`; when the device is lost meanwhile, again, in a new worker on the next backend. */
  protected async withRestarts<T>(
    meter: ProgressMeter,
    work: (connection: Connection) => Promise<T>,
    losses: string[] = [],
  ): Promise<T> {
    try {
      for (;;) {
        const connection = this.connect();
        try {
          return await work(connection);
        } catch (error) {
          if (!(error instanceof BackendLost)) throw this.explained(error, connection);
          this.forgetBackend(connection, error);
          losses.push(error.message);
          if (!this.engine || losses.length > MAX_RESTARTS) throw new EngineError(error.message);
        }
      }
    } finally {
      meter.close();
    }
  }

  /** The backend's device is gone, and all tensors with it: another worker, without that backend. */
  private forgetBackend(connection: Connection, loss: BackendLost): void {
    connection.end(loss);
    if (this.engine) this.lostBackends[this.engine.backend] = loss.message;
  }

  /** Known errors as they are. After any other the worker's state is unknown: it is replaced. */
  private explained(error: unknown, connection: Connection): unknown {
    if (!(error instanceof Error || error instanceof DOMException)) return error;
    if (KNOWN_ERRORS.includes(error.name) || connection.ended) return error;
    const fault = new EngineError(
      `The detector failed (${error.message}); try again, it has been restarted.`,
    );
    connection.end(fault);
    return fault;
  }

  /** Gives a photo that was decoded by an earlier worker, or not last, to this one. */
  protected async reopen(connection: Connection, photo: OpenedPhoto, signal: AbortSignal) {
    if (connection.photo === photo.id) return;
    const file = this.files.get(photo);
    if (!file) throw new PhotoError('This photo is no longer open; open it again.');
    (await connection.open(photo.id, file, signal)).bitmap.close();
  }
}
