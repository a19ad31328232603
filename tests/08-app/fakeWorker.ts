/**
 * A worker client whose every answer waits for the test: calls pile up, and the test resolves or
 * rejects them in the order it wants to prove something about.
 */
import type { Client } from '../../src/app/store/state.ts';
import type { Detection } from '../../src/core/detection/types.ts';
import { ModelError } from '../../src/core/models/modelError.ts';
import type {
  DetectionPath,
  DetectionRun,
  DetectOptions,
  EngineInfo,
  ModelPlace,
  ModelSummary,
  OpenedPhoto,
  Pixels,
  ReclassifyOptions,
  ReclassifyRequest,
  Verdict,
} from '../../src/worker/protocol.ts';
import { NO_COST } from '../support/madeUpCost.ts';
import { madeUpSummary } from '../support/summary.ts';

export const ENGINE: EngineInfo = {
  backend: 'wasm',
  adapter: 'CPU',
  software: false,
  threads: 2,
  kernels: [],
  reason: 'Asked for.',
  tried: [],
};

export function detection(className: string, score: number, at = 0): Detection {
  return { className, score, label: 1, box: [at, at, at + 10, at + 10], proposal: 0 };
}

interface Pending<T, A> {
  readonly about: A;
  readonly signal: AbortSignal | undefined;
  resolve(value: T): void;
  reject(error: Error): void;
}

export class FakeWorker implements Client {
  readonly opens: Pending<OpenedPhoto, Blob>[] = [];
  readonly detects: (Pending<DetectionRun, OpenedPhoto> & { options: DetectOptions })[] = [];
  readonly choices: Pending<ModelSummary, ModelPlace>[] = [];
  readonly enlargements: Pending<Pixels, null>[] = [];
  readonly rechecks: (Pending<void, ReclassifyRequest> & { options: ReclassifyOptions })[] = [];
  disposed = false;
  /** Bitmaps handed out and not closed yet. */
  bitmaps = 0;

  start = async () => ENGINE;
  describe = async (place: ModelPlace) =>
    madeUpSummary({ name: 'url' in place ? (place.url.split('/').at(-2) as string) : 'own' });

  useModel(about: ModelPlace, _: unknown, signal?: AbortSignal): Promise<ModelSummary> {
    return new Promise((resolve, reject) => this.choices.push({ about, signal, resolve, reject }));
  }

  /** the model in use */
  summary = madeUpSummary();

  open(about: Blob, signal?: AbortSignal): Promise<OpenedPhoto> {
    return new Promise((resolve, reject) => this.opens.push({ about, signal, resolve, reject }));
  }

  detect(about: OpenedPhoto, options: DetectOptions = {}): Promise<DetectionRun> {
    const { signal } = options;
    return new Promise((resolve, reject) =>
      this.detects.push({ about, signal, options, resolve, reject }),
    );
  }

  propose: Client['propose'] = async () => null;

  enlarge(): Promise<Pixels> {
    return new Promise((resolve, reject) =>
      this.enlargements.push({ about: null, signal: undefined, resolve, reject }),
    );
  }

  classify = async (): Promise<Verdict> => {
    throw new ModelError('missing', 'There is no classifier.');
  };

  explain = async (): Promise<DetectionPath> => {
    throw new Error('There is nothing to explain.');
  };

  reclassify(_: OpenedPhoto, about: ReclassifyRequest, options: ReclassifyOptions): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) =>
      this.rechecks.push({ about, signal, options, resolve, reject }),
    );
  }

  dispose(): void {
    this.disposed = true;
  }

  photo(id: number): OpenedPhoto {
    this.bitmaps++;
    const close = () => void this.bitmaps--;
    const bitmap = { width: 100, height: 80, close } as ImageBitmap;
    return { id, width: 100, height: 80, bitmap, notes: [] };
  }

  run(detections: Detection[]): DetectionRun {
    const rest = { proposals: [], notes: [], stages: [], ...NO_COST, engine: ENGINE, tiles: 0 };
    const model = this.summary;
    const look = { quality: 'fast', look: model.looks.fast } as const;
    return { detections, width: 100, height: 80, ...rest, ...look, model };
  }

  /** Answers the open numbered `index` (the newest unless told). */
  async opened(index = this.opens.length - 1): Promise<void> {
    this.opens[index]?.resolve(this.photo(index + 1));
    await settled();
  }

  async detected(detections: Detection[], index = this.detects.length - 1): Promise<void> {
    this.detects[index]?.resolve(this.run(detections));
    await settled();
  }
}

/** Lets everything that has been answered arrive. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
