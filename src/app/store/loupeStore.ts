/**
 * The state of the app and everything that may happen to it, apart from React and the DOM: which
 * photo is open, how its run goes, what was found, what is selected. Three promises are kept here
 * and nowhere else. A newer photo always wins: what arrives for a signal that was aborted is old news
 * and dropped. A photo that cannot be opened changes nothing on screen but the alert.
 * And the threshold only re-filters: detections are kept sorted by score, so what is shown is
 * always the first `shown` of them.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Detection } from '../../core/detection/types.ts';
import {
  type BackendChoice,
  DEFAULT_MODEL,
  type ModelPlace,
  type OpenedPhoto,
  type Progress,
  type Quality,
} from '../../worker/protocol.ts';
import { describeError, describeProgress, describeResult } from './announce.ts';
import { isAbort, modelActions, type ServedModels } from './modelActions.ts';
import type { Client, Credit, LoupeState, PhotoSource, Problem } from './state.ts';

export type LoupeStore = StoreApi<LoupeState>;

/** Where a model does not say from which score on its detections are best shown. */
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

export interface StoreOptions {
  /** The backend to start with, from the address bar. */
  readonly backend?: BackendChoice;
  /** How closely the next run is to look: asked at its start. */
  readonly quality?: () => Quality;
  readonly servedModels?: ServedModels;
}

/** Starts a client for a backend; `model` is the place of the model in use, where one was chosen. */
export type Connect = (backend: BackendChoice, model?: ModelPlace) => Client;

/**
 * The app's one store.
 *
 * @param connect called again whenever the backend is changed
 */
export function createLoupeStore(
  connect: Connect,
  { backend = 'auto', quality = () => 'fast', servedModels = async () => [] }: StoreOptions = {},
): LoupeStore {
  let client: Client | null = null;
  /** The photo on screen as the present client knows it. */
  let opened: OpenedPhoto | null = null;
  let opening = new AbortController();
  let running = new AbortController();
  /** Whether the threshold is the visitor's, not the model's. */
  let thresholdMoved = false;

  return createStore<LoupeState>()((set, get) => {
    /** What is being opened becomes old news; what is on screen is not touched. */
    const supersedeOpening = () => {
      opening.abort();
      opening = new AbortController();
      return opening.signal;
    };

    const supersedeRun = () => {
      running.abort();
      running = new AbortController();
      return running.signal;
    };

    const worker = () => {
      const { backend, models, chosen } = get();
      client ??= connect(backend, models.find(({ id }) => id === chosen)?.place);
      return client;
    };

    const fail = (error: unknown, retry: Problem['retry']) =>
      set({ problem: { message: describeError(error), retry } });

    /** Lets a bitmap go once nothing that is painted this turn can still want it. */
    const release = (bitmap: ImageBitmap | undefined) => {
      setTimeout(() => bitmap?.close(), 0);
    };

    const showProgress = (progress: Progress, signal: AbortSignal) => {
      if (signal.aborted) return;
      const before = get().progress;
      // The worker promises a bar that never goes back; a restart of the worker must not break it.
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

    /**
     * Runs the detector on the photo on screen; whatever ran before is superseded. What was found in
     * this photo before stays until the new result is there, and for good where none comes.
     */
    const run = async () => {
      const { photo } = get();
      if (!photo) return;
      const signal = supersedeRun();
      const from = worker();
      set({ run: 'running', progress: { stage: 'start', fraction: 0, message: 'Starting' } });
      try {
        if (!opened) {
          // A new client does not know the photo yet. The bitmap on screen shows the same pixels.
          const again = await from.open(photo.file, signal);
          release(again.bitmap);
          if (signal.aborted) return;
          opened = again;
        }
        const onProgress = (progress: Progress) => showProgress(progress, signal);
        const result = await from.detect(opened, { quality: quality(), signal, onProgress });
        if (signal.aborted) return;
        const detections = [...result.detections].sort((a, b) => b.score - a.score);
        const { scoreThreshold: best = DEFAULT_THRESHOLD } = result.model;
        const threshold = thresholdMoved ? get().threshold : best;
        set({
          ...nothingFound,
          threshold,
          result,
          detections,
          model: result.model,
          run: 'done',
          progress: null,
          engine: result.engine,
          engineStatus: 'ready',
          notes: result.notes,
          announcement: describeResult(detections, threshold),
        });
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        set({ run: get().result ? 'done' : 'failed', progress: null });
        fail(error, () => get().detectAgain());
      }
    };

    /** Opens a photo beside the one on screen, which gives way only once the new one is decoded. */
    const open = async (source: PhotoSource, name: string, credit: Credit | null) => {
      const signal = supersedeOpening();
      set({ opening: name, problem: null, announcement: `Opening ${name}.` });
      try {
        const file = typeof source === 'function' ? await source() : source;
        if (signal.aborted) return;
        const next = await worker().open(file, signal);
        if (signal.aborted) return release(next.bitmap);
        release(get().photo?.bitmap);
        opened = next;
        const { width, height, bitmap, notes } = next;
        const photo = { name, file, width, height, bitmap, credit };
        set({ ...nothingFound, opening: null, photo, notes, run: 'running' });
        await run();
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        set({ opening: null });
        fail(error, isAboutTheFile(error) ? null : () => get().openPhoto(source, name, credit));
      }
    };

    const models = modelActions(set, get, {
      worker,
      servedModels,
      fail,
      taken: () => void run(),
    });

    return {
      backend,
      engine: null,
      engineStatus: 'starting',
      models: [],
      chosen: DEFAULT_MODEL,
      model: null,
      choosing: null,
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
        supersedeOpening();
        supersedeRun();
        opened = null;
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
        void run();
      },
      propose: async (options) => (opened ? worker().propose(opened, options) : null),
      cancel() {
        if (get().opening !== null) {
          supersedeOpening();
          set({ opening: null, announcement: 'Cancelled.' });
        } else if (get().run === 'running') {
          supersedeRun();
          const run = get().result ? 'done' : 'cancelled';
          set({ run, progress: null, announcement: 'Cancelled.' });
        }
      },
      setBackend(choice) {
        supersedeOpening();
        supersedeRun();
        models.cancelChoosing();
        client?.dispose();
        client = null;
        opened = null;
        set({ backend: choice, opening: null, problem: null, progress: null });
        void startEngine(worker());
        void run();
      },
      ...models,
      setThreshold(threshold) {
        thresholdMoved = true;
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
      async withPhoto(work) {
        if (!opened) throw new Error('The photo is not ready; find the objects again.');
        return work(worker(), opened);
      },
      showDetections(found) {
        const { detections: before, selected } = get();
        const detections = [...found].sort((a, b) => b.score - a.score);
        const same = (one: Detection, other: Detection | undefined) =>
          one.proposal === other?.proposal && one.label === other.label;
        const place = detections.findIndex((one) => same(one, before[selected ?? -1]));
        set({ detections, hovered: null, selected: place < 0 ? null : place });
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
