/**
 * The viewer's part of the store: a region of the photo enlarged two ways, what the classifier says of
 * either, and the way a detection went. Each is asked for when the viewer is opened or its scale is
 * changed; closing it, or opening it elsewhere, drops whatever has not arrived.
 */
import type { StoreApi } from 'zustand/vanilla';
import { type Box, boxAt, enlargeBoxes, packBoxes } from '../../core/boxes/box.ts';
import type { Tile } from '../../core/detection/slices.ts';
import { regionOf, type Scale, scalesFor } from '../../core/superResolution/region.ts';
import type { DetectionPath, HeadKind, Pixels, Progress, Verdict } from '../../worker/protocol.ts';
import type { LoupeStore } from '../store/loupeStore.ts';
import { isAbort } from '../store/modelActions.ts';
import type { PreferencesState } from '../store/preferences.ts';
import { whyNot } from './whyNot.ts';

export type Panel = 'compare' | 'inside';

/** What lies under the viewer. */
export interface Held {
  readonly box: Box;
  /** the whole pixels that are shown: the box and, around a detection, a little more */
  readonly region: Tile;
  /** of which detection; null for a region that was marked by hand */
  readonly detection: { readonly proposal: number; readonly label: number } | null;
  /** factors that the region is small enough for */
  readonly scales: readonly Scale[];
}

export interface ViewerState {
  readonly held: Held | null;
  readonly panel: Panel;
  readonly scale: Scale;
  readonly bicubic: Pixels | null;
  readonly sharpened: Pixels | null;
  readonly enlarging: Progress | null;
  /** why there is no super-resolved side */
  readonly enlargeProblem: string | null;
  readonly verdicts: Partial<Record<HeadKind, Verdict>>;
  readonly verdictProblem: string | null;
  readonly path: DetectionPath | null;
  readonly pathProblem: string | null;

  /** Holds the detection at this index of the app's list under the viewer. */
  viewDetection(index: number, panel?: Panel): void;
  viewRegion(box: Box): void;
  setPanel(panel: Panel): void;
  setScale(scale: Scale): void;
  closeViewer(): void;
}

/** Around a detection as much again is shown, half of it on either side. */
const CONTEXT = 2;
const KINDS: readonly HeadKind[] = ['bicubic', 'super-resolution'];

const NOTHING_SEEN = {
  bicubic: null,
  sharpened: null,
  enlarging: null,
  enlargeProblem: null,
};
const NOTHING_HELD = {
  ...NOTHING_SEEN,
  held: null,
  verdicts: {},
  verdictProblem: null,
  path: null,
  pathProblem: null,
};

export function viewerActions(
  set: (changes: Partial<ViewerState>) => void,
  get: () => ViewerState,
  loupe: LoupeStore,
  preferences: Pick<StoreApi<PreferencesState>, 'getState'>,
): ViewerState {
  let holding = new AbortController();
  let enlarging = new AbortController();
  const { withPhoto } = loupe.getState();

  const enlarge = async () => {
    const { held, scale } = get();
    enlarging.abort();
    enlarging = new AbortController();
    const signal = AbortSignal.any([enlarging.signal, holding.signal]);
    set(NOTHING_SEEN);
    if (!held?.scales.includes(scale)) return;
    const onProgress = (progress: Progress) => {
      if (!signal.aborted) set({ enlarging: progress });
    };
    const ask = (method: 'bicubic' | 'redNet') =>
      withPhoto((client, photo) =>
        client.enlarge(photo, { region: held.region, scale, method }, { signal, onProgress }),
      );
    try {
      const bicubic = await ask('bicubic');
      if (signal.aborted) return;
      set({ bicubic });
      const sharpened = await ask('redNet');
      if (!signal.aborted) set({ sharpened, enlarging: null });
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      set({ enlarging: null, enlargeProblem: whyNot(error, 'super-resolution') });
    }
  };

  const judge = async (box: Box, signal: AbortSignal) => {
    // Of the size of the second look's crops, or the scores would be of another look.
    const { cropFactor } = preferences.getState().secondLook;
    for (const upscaling of KINDS) {
      try {
        const verdict = await withPhoto((client, photo) =>
          client.classify(photo, { box, upscaling, cropFactor }, { signal }),
        );
        if (signal.aborted) return;
        set({ verdicts: { ...get().verdicts, [upscaling]: verdict } });
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        set({ verdictProblem: whyNot(error, 'second look') });
        return;
      }
    }
  };

  const follow = async (index: number, signal: AbortSignal) => {
    const detection = loupe.getState().detections[index];
    if (!detection) return;
    try {
      const path = await withPhoto((client, photo) => client.explain(photo, detection, { signal }));
      if (!signal.aborted) set({ path });
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      set({ pathProblem: error instanceof Error ? error.message : String(error) });
    }
  };

  const hold = (held: Held, panel: Panel) => {
    holding.abort();
    holding = new AbortController();
    const scale = held.scales.includes(get().scale) ? get().scale : (held.scales.at(-1) ?? 2);
    set({ ...NOTHING_HELD, held, panel, scale });
    return holding.signal;
  };

  return {
    ...NOTHING_HELD,
    panel: 'compare',
    scale: 4,

    viewDetection(index, panel = 'compare') {
      const { detections, photo, result } = loupe.getState();
      const detection = detections[index];
      const proposal = result?.proposals[detection?.proposal ?? -1];
      if (!detection || !photo) return;
      const around = boxAt(enlargeBoxes(packBoxes([detection.box]), CONTEXT), 0);
      const region = regionOf(around, photo);
      const { proposal: place, label } = detection;
      const held: Held = {
        box: detection.box,
        region,
        detection: { proposal: place, label },
        scales: scalesFor(region),
      };
      const signal = hold(held, panel);
      void follow(index, signal);
      void enlarge();
      // The classifier looks at proposals, as they are before the last refinement.
      void judge(proposal?.box ?? detection.box, signal);
    },
    viewRegion(box) {
      const { photo } = loupe.getState();
      if (!photo) return;
      const region = regionOf(box, photo);
      const { left, top, width, height } = region;
      const whole: Box = [left, top, left + width, top + height];
      const signal = hold(
        { box: whole, region, detection: null, scales: scalesFor(region) },
        'compare',
      );
      void enlarge();
      void judge(whole, signal);
    },
    setPanel(panel) {
      set({ panel });
    },
    setScale(scale) {
      if (scale === get().scale) return;
      set({ scale });
      void enlarge();
    },
    closeViewer() {
      holding.abort();
      set(NOTHING_HELD);
    },
  };
}
