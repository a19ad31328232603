/**
 * Sharpen, then decide, as the page sees it: how the second look at the run's best proposals goes, and
 * what of the photo is held under the viewer. It follows the app's store: a new result is looked at
 * again, another photo closes the viewer. What arrives for an aborted signal is old news and dropped.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Box } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import type { ClassScore, Progress, StageCost } from '../../worker/protocol.ts';
import { describeResult } from '../store/announce.ts';
import type { LoupeStore } from '../store/loupeStore.ts';
import { isAbort } from '../store/modelActions.ts';
import type { PreferencesState } from '../store/preferences.ts';
import { type ViewerState, viewerActions } from './viewerActions.ts';
import { whyNot } from './whyNot.ts';

/** The second look at a run. */
export interface Recheck {
  readonly status: 'none' | 'running' | 'done' | 'stopped' | 'failed';
  readonly done: number;
  readonly total: number;
  readonly progress: Progress | null;
  /** what each batch cost */
  readonly costs: readonly StageCost[];
  /** one plain sentence where it could not be had */
  readonly problem: string | null;
}

/** What a drag on the stage does: moves the photo, or marks a region to sharpen. */
export type Tool = 'move' | 'region';

export interface SharpenState extends ViewerState {
  readonly tool: Tool;
  /** The region that is being marked, in pixels of the photo. */
  readonly draft: Box | null;
  readonly recheck: Recheck;
  /** The classifier's decision about each proposal that was looked at again. */
  readonly decisions: ReadonlyMap<number, ClassScore>;

  setTool(tool: Tool): void;
  setDraft(draft: Box | null): void;
  /** Looks again at what was found, as the preferences say. */
  lookAgain(): void;
  stopLooking(): void;
}

export type SharpenStore = StoreApi<SharpenState>;

const NOT_LOOKED: Recheck = {
  ...{ status: 'none', done: 0, total: 0 },
  ...{ progress: null, costs: [], problem: null },
};

/** By how much a second look changed a detection's score; undefined where it was not looked at. */
export function changeOf({
  secondLook,
  score,
}: Detection): { readonly from: number; readonly to: number } | undefined {
  return secondLook && { from: secondLook.detector, to: score };
}

export function createSharpenStore(
  loupe: LoupeStore,
  preferences: StoreApi<PreferencesState>,
): SharpenStore {
  let looking = new AbortController();

  const store = createStore<SharpenState>()((set, get) => {
    const supersede = () => {
      looking.abort();
      looking = new AbortController();
      return looking.signal;
    };

    const lookAgain = async () => {
      const signal = supersede();
      const { result } = loupe.getState();
      const { upscaling, ...look } = preferences.getState().secondLook;
      set({ decisions: new Map(), recheck: NOT_LOOKED });
      if (!result || upscaling === 'none') return;
      set({ recheck: { ...NOT_LOOKED, status: 'running' } });
      const tell = (changes: Partial<Recheck>) => {
        if (!signal.aborted) set({ recheck: { ...get().recheck, ...changes } });
      };
      try {
        await loupe.getState().withPhoto((client, photo) =>
          client.reclassify(
            photo,
            { upscaling, ...look },
            {
              signal,
              onProgress: (progress) => tell({ progress }),
              onBatch({ detections, decided, done, total, cost }) {
                if (signal.aborted) return;
                const decisions = new Map(get().decisions);
                for (const { proposal, decision } of decided) decisions.set(proposal, decision);
                set({ decisions });
                tell({ done, total, costs: [...get().recheck.costs, cost] });
                loupe.getState().showDetections(detections);
              },
            },
          ),
        );
        if (signal.aborted) return;
        tell({ status: 'done', progress: null });
        const { detections, threshold } = loupe.getState();
        loupe.setState({
          announcement: `Looked again. ${describeResult(detections, threshold)}`,
        });
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        tell({ status: 'failed', progress: null, problem: whyNot(error, 'second look') });
      }
    };

    return {
      tool: 'move',
      draft: null,
      recheck: NOT_LOOKED,
      decisions: new Map(),
      ...viewerActions(set, get, loupe, preferences),

      setTool(tool) {
        set({ tool, draft: null });
      },
      setDraft(draft) {
        set({ draft });
      },
      lookAgain() {
        const { result } = loupe.getState();
        if (result) loupe.getState().showDetections(result.detections);
        void lookAgain();
      },
      stopLooking() {
        if (get().recheck.status !== 'running') return;
        supersede();
        set({ recheck: { ...get().recheck, status: 'stopped', progress: null } });
        loupe.setState({ announcement: 'Stopped looking again.' });
      },
    };
  });

  loupe.subscribe((state, before) => {
    if (state.photo !== before.photo) {
      store.getState().closeViewer();
      store.setState({ tool: 'move', draft: null });
    }
    if (state.result !== before.result) store.getState().lookAgain();
    // A new run computes on its own: what the last one found is about to be replaced.
    else if (state.run === 'running' && before.run !== 'running') store.getState().stopLooking();
  });
  preferences.subscribe((state, before) => {
    if (state.secondLook !== before.secondLook) store.getState().lookAgain();
  });
  return store;
}
