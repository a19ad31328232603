/**
 * The words of the app's state: what is kept about a photo, its run and the engine, and what may
 * happen to them. `loupeStore.ts` makes it all true.
 */
import type { Detection } from '../../core/detection/types.ts';
import type { LoupeClient } from '../../worker/client.ts';
import type {
  BackendChoice,
  DetectionRun,
  EngineInfo,
  ModelSummary,
  Progress,
} from '../../worker/protocol.ts';

/** The part of the worker's client that the app uses; tests hand in their own. */
export type Client = Pick<LoupeClient, 'start' | 'model' | 'open' | 'detect' | 'dispose'>;

/** Who made a photo and under which licence: shown wherever the photo is. */
export interface Credit {
  readonly title: string;
  readonly author: string;
  readonly licence: string;
  readonly licenceUrl: string;
  /** The whole line, as the licence wants it. */
  readonly line: string;
}

export interface Photo {
  readonly name: string;
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
  readonly bitmap: ImageBitmap;
  readonly credit: Credit | null;
}

export type PhotoSource = Blob | (() => Promise<Blob>);

export type RunStatus = 'none' | 'running' | 'done' | 'cancelled' | 'failed';

/** One plain sentence, and what pressing Retry does; null where trying again cannot help. */
export interface Problem {
  readonly message: string;
  readonly retry: (() => void) | null;
}

export interface LoupeState {
  readonly backend: BackendChoice;
  readonly engine: EngineInfo | null;
  readonly engineStatus: 'starting' | 'ready' | 'failed';
  readonly model: ModelSummary | null;
  /** The name of a photo that is being fetched or decoded while the one before is still shown. */
  readonly opening: string | null;
  readonly photo: Photo | null;
  readonly run: RunStatus;
  readonly progress: Progress | null;
  /** Everything the model kept, highest score first. */
  readonly detections: readonly Detection[];
  readonly result: DetectionRun | null;
  readonly notes: readonly string[];
  readonly threshold: number;
  /** Indices into `detections`. */
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly problem: Problem | null;
  /** What a screen reader is told next. */
  readonly announcement: string;

  start(): void;
  /** A photo's bytes, or how to get them: fetched anew with each try. */
  openPhoto(source: PhotoSource, name: string, credit?: Credit | null): void;
  closePhoto(): void;
  detectAgain(): void;
  cancel(): void;
  setBackend(backend: BackendChoice): void;
  setThreshold(threshold: number): void;
  select(index: number | null): void;
  hover(index: number | null): void;
  report(message: string): void;
  dismissProblem(): void;
}
