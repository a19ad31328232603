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
  ModelPlace,
  ModelSummary,
  OpenedPhoto,
  Progress,
  ProposeOptions,
  Reproposed,
} from '../../worker/protocol.ts';

/** The part of the worker's client that the app uses; tests hand in their own. */
export type Client = Pick<
  LoupeClient,
  | ('start' | 'describe' | 'useModel' | 'open' | 'detect' | 'propose' | 'dispose')
  | ('enlarge' | 'classify' | 'reclassify' | 'explain')
>;

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

/** A model that can be chosen. */
export interface ModelChoice {
  /** the name of its folder; a visitor's own may be called like a served one */
  readonly id: string;
  readonly place: ModelPlace;
  /** whether it is the visitor's own: it lasts for this visit only */
  readonly own: boolean;
  readonly summary: ModelSummary;
}

export interface LoupeState {
  readonly backend: BackendChoice;
  readonly engine: EngineInfo | null;
  readonly engineStatus: 'starting' | 'ready' | 'failed';
  /** What can be chosen, the served ones first; empty until they have been listed. */
  readonly models: readonly ModelChoice[];
  /** The `id` of the model in use. */
  readonly chosen: string;
  /** The model in use, where its manifest has been read. */
  readonly model: ModelSummary | null;
  /** A model that is being loaded while the one before is still in use; `fraction` is 0..1. */
  readonly choosing: { readonly name: string; readonly fraction: number } | null;
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
  /** What a head proposes on the open photo, see `LoupeClient.propose`; null also where none is open. */
  propose(options: ProposeOptions): Promise<Reproposed | null>;
  cancel(): void;
  setBackend(backend: BackendChoice): void;
  /** Reads the manifests of the models that the app serves. */
  listModels(): void;
  chooseModel(id: string): void;
  /** Takes a visitor's own model into use, once it has been read and checked. */
  openModel(place: ModelPlace, name: string): void;
  cancelChoosing(): void;
  setThreshold(threshold: number): void;
  /** Has something done with the photo on screen, whose run is over. */
  withPhoto<T>(work: (client: Client, photo: OpenedPhoto) => Promise<T>): Promise<T>;
  /** Shows these in place of the run's own; what is selected stays so where it is still there. */
  showDetections(detections: readonly Detection[]): void;
  select(index: number | null): void;
  hover(index: number | null): void;
  report(message: string): void;
  dismissProblem(): void;
}
