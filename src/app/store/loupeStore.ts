/**
 * The state of the app and everything that may happen to it, apart from React and the DOM: which
 * photo is open, how its run goes, what was found, what is selected. Three promises are kept here
 * and nowhere else. A newer photo always wins: each photo gets a ticket, and what arrives with an
 * old ticket is dropped. A photo that cannot be opened changes nothing on screen but the alert.
 * And the threshold only re-filters: detections are kept sorted by score, so what is shown is
 * always the first `shown` of them.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Detection } from '../../core/detection/types.ts';
import type { LoupeClient } from '../../worker/client.ts';
import type {
  BackendChoice,
  DetectionRun,
  EngineInfo,
  ModelSummary,
  OpenedPhoto,
  Progress,
} from '../../worker/protocol.ts';
import { describeProgress, describeResult } from './announce.ts';

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

export type LoupeStore = StoreApi<LoupeState>;

export const DEFAULT_THRESHOLD = 0.3;

/** How many of `detections` (highest score first) reach `threshold`. */
export function countShown(detections: readonly Detection[], threshold: number): number {
  const first = detections.findIndex((detection) => detection.score < threshold);
  return first < 0 ? detections.length : first;
}

const nothingFound = {
  detections: [] as readonly Detection[],
  result: null,
  selected: null,
  hovered: null,
};

/**
 * The app's one store.
 *
 * @param connect starts a client for a backend; called again whenever the backend is changed
 * @param backend the backend to start with, from the address bar
 */
export function createLoupeStore(
  connect: (backend: BackendChoice) => Client,
  backend: BackendChoice = 'auto',
): LoupeStore {
  let client: Client | null = null;
  let ticket = 0;
  let abort = new AbortController();

  return createStore<LoupeState>()((set, get) => {
    /** Makes everything under way old news, and says so to the worker. */
    const supersede = () => {
      abort.abort();
      abort = new AbortController();
      return ++ticket;
    };

    const worker = () => {
      client ??= connect(get().backend);
      return client;
    };

    const fail = (error: unknown, retry: Problem['retry']) =>
      set({ problem: { message: sentence(error), retry }, progress: null });

    /** Lets a bitmap go once nothing that is painted this turn can still want it. */
    const release = (bitmap: ImageBitmap | undefined) => setTimeout(() => bitmap?.close(), 0);

    const showProgress = (mine: number) => (progress: Progress) => {
      if (mine !== ticket) return;
      const before = get().progress;
      // The worker promises a monotone bar for each call; between calls we see to it ourselves.
      const fraction = Math.max(before?.fraction ?? 0, Math.min(1, progress.fraction));
      const announcement = describeProgress(before, { ...progress, fraction });
      set({ progress: { ...progress, fraction }, ...(announcement && { announcement }) });
    };

    const startEngine = async (mine: Client) => {
      set({ engineStatus: 'starting', engine: null });
      try {
        const engine = await mine.start();
        if (mine === client) set({ engine, engineStatus: 'ready' });
      } catch (error) {
        if (mine !== client) return;
        set({ engineStatus: 'failed' });
        fail(error, () => get().start());
      }
    };

    const readModel = async (mine: Client) => {
      const model = await mine.model();
      if (mine === client) set({ model });
    };

    /** Runs the detector on a photo the worker has open, as long as `mine` is the newest ticket. */
    const detect = async (opened: OpenedPhoto, mine: number) => {
      const from = worker();
      set({
        ...nothingFound,
        run: 'running',
        progress: { stage: 'start', fraction: 0, message: 'Starting' },
      });
      try {
        const result = await from.detect(opened, {
          signal: abort.signal,
          onProgress: showProgress(mine),
        });
        if (mine !== ticket) return;
        const detections = [...result.detections].sort((a, b) => b.score - a.score);
        set({
          result,
          detections,
          run: 'done',
          progress: null,
          engine: result.engine,
          engineStatus: 'ready',
          notes: unique([...opened.notes, ...result.notes]),
          announcement: describeResult(detections, get().threshold),
        });
        // What the model knows is an extra: a result stands without it.
        void readModel(from).catch(() => undefined);
      } catch (error) {
        if (mine !== ticket) return;
        set({ run: 'failed' });
        fail(error, () => get().detectAgain());
      }
    };

    /** Opens what is shown once more (the worker may be a new one) and runs the detector on it. */
    const runAgain = async () => {
      const { photo } = get();
      if (!photo) return;
      const mine = supersede();
      set({ run: 'running' });
      try {
        const opened = await worker().open(photo.file, abort.signal);
        if (mine !== ticket) return opened.bitmap.close();
        // The bitmap on screen shows the same pixels: keep it, and let the copy go.
        opened.bitmap.close();
        await detect(opened, mine);
      } catch (error) {
        if (mine !== ticket) return;
        set({ run: 'failed' });
        fail(error, () => get().detectAgain());
      }
    };

    const open = async (source: PhotoSource, name: string, credit: Credit | null) => {
      const interrupted = get().run === 'running';
      const mine = supersede();
      set({ opening: name, problem: null, progress: null, announcement: `Opening ${name}.` });
      try {
        const file = typeof source === 'function' ? await source() : source;
        if (mine !== ticket) return;
        const opened = await worker().open(file, abort.signal);
        if (mine !== ticket) return opened.bitmap.close();
        const { width, height, bitmap, notes } = opened;
        release(get().photo?.bitmap);
        set({ opening: null, photo: { name, file, width, height, bitmap, credit }, notes });
        await detect(opened, mine);
      } catch (error) {
        if (mine !== ticket) return;
        set({ opening: null });
        fail(error, isAboutTheFile(error) ? null : () => get().openPhoto(source, name, credit));
        // The photo on screen did nothing wrong: what the bad one interrupted goes on.
        if (interrupted) void runAgain();
      }
    };

    return {
      backend,
      engine: null,
      engineStatus: 'starting',
      model: null,
      opening: null,
      photo: null,
      run: 'none',
      progress: null,
      ...nothingFound,
      notes: [],
      threshold: DEFAULT_THRESHOLD,
      problem: null,
      announcement: '',

      start() {
        set({ problem: null });
        void startEngine(worker());
      },
      openPhoto(source, name, credit = null) {
        void open(source, name, credit);
      },
      closePhoto() {
        supersede();
        release(get().photo?.bitmap);
        set({
          ...nothingFound,
          photo: null,
          opening: null,
          run: 'none',
          progress: null,
          notes: [],
          problem: null,
          announcement: 'The photo is closed.',
        });
      },
      detectAgain() {
        set({ problem: null });
        void runAgain();
      },
      cancel() {
        const { run, opening } = get();
        if (run !== 'running' && opening === null) return;
        supersede();
        set({
          opening: null,
          progress: null,
          run: run === 'running' ? 'cancelled' : run,
          announcement: 'Cancelled.',
        });
      },
      setBackend(choice) {
        supersede();
        client?.dispose();
        client = null;
        set({ backend: choice, opening: null, problem: null, progress: null });
        if (get().photo) void runAgain();
        void startEngine(worker());
      },
      setThreshold(threshold) {
        const { detections, selected, hovered } = get();
        const shown = countShown(detections, threshold);
        const keep = (index: number | null) => (index !== null && index < shown ? index : null);
        set({
          threshold,
          selected: keep(selected),
          hovered: keep(hovered),
          announcement: get().run === 'done' ? describeResult(detections, threshold) : '',
        });
      },
      select(index) {
        set({ selected: index });
      },
      hover(index) {
        if (get().hovered !== index) set({ hovered: index });
      },
      report(message) {
        set({ problem: { message, retry: null } });
      },
      dismissProblem() {
        set({ problem: null });
      },
    };
  });
}

/** A file that is no picture stays none, however often it is tried. */
const isAboutTheFile = (error: unknown) => error instanceof Error && error.name === 'PhotoError';

const unique = (notes: readonly string[]) => [...new Set(notes)];

function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message || 'Something went wrong that left no message. Try again.';
}
