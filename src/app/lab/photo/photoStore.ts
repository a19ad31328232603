/**
 * The open photo on the Anchors page: its objects (those that were drawn on it, else those that were
 * found in it) and what a trained head proposes there with the tuned anchors. It listens to the two
 * stores that the page lives on: a move of a slider, another head or another run is another question to
 * the worker, of which only the newest is put.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Box } from '../../../core/boxes/box.ts';
import { Latest } from '../../../worker/anchorLab/latest.ts';
import { type ModelPlace, type Reproposed, servedModel } from '../../../worker/protocol.ts';
import type { Point } from '../../stage/geometry.ts';
import { countShown, type LoupeStore } from '../../store/loupeStore.ts';
import { photoKeyOf, withDrawn } from '../drawn.ts';
import type { LabStore } from '../labStore.ts';
import { type HeadName, MODEL_HEAD, type Tuning } from '../tuning.ts';
import { boxSetOf } from './figures.ts';

/** The objects of the photo. */
export interface Objects {
  readonly boxes: readonly Box[];
  /** by hand; else they are what was found */
  readonly areDrawn: boolean;
}

export interface PhotoState {
  readonly objects: Objects;
  /** What the photo is known by once its bytes have been read; null until then. */
  readonly key: string | null;
  /** What the head says that was asked last; null until it has answered. */
  readonly seen: Reproposed | null;
  /** The head that `seen` is of. */
  readonly seenBy: HeadName;
  /** A head on its way here, 0..1. */
  readonly fetching: number | null;
  /** Why there is no answer: one plain sentence. */
  readonly problem: string | null;
  /** Proposals that count and are drawn. */
  readonly limit: number;
  /** The point of the photo whose anchors are drawn. */
  readonly cursor: Point | null;

  /** Follows the other stores from then on. */
  start(): void;
  askAgain(): void;
  setLimit(limit: number): void;
  point(at: Point | null): void;
  /** Other objects, by hand. Changes of the same gesture are one step back. */
  draw(boxes: readonly Box[], gesture?: string): void;
}

export type PhotoStore = StoreApi<PhotoState>;

const NO_OBJECTS: Objects = { boxes: [], areDrawn: false };
/** Enough to see, few enough to see the photo behind them. */
const FIRST_LIMIT = 100;
const GONE =
  'What the network saw of this photo is no longer there; look at the photo again to go on.';

export function createPhotoStore(lab: LabStore, loupe: LoupeStore): PhotoStore {
  return createStore<PhotoState>()((set, get) => {
    let isStarted = false;

    const tuning = () => lab.getState().history.present;

    const ask = async (head: HeadName) => {
      const { sizes, ratios } = tuning();
      const seen = await loupe.getState().propose({
        head: placeOf(head),
        set: { sizes, aspectRatios: ratios },
        onProgress: ({ fraction }) => set({ fetching: fraction }),
      });
      return { head, seen };
    };
    const latest = new Latest(ask);

    /** Asks unless nothing has been looked at yet; while a run goes on, its end asks. */
    const follow = () => {
      const { photo, result, run } = loupe.getState();
      if (!photo || !result) return set({ seen: null, problem: null });
      if (run === 'running') return;
      const { head } = tuning();
      if (head !== get().seenBy) set({ seen: null });
      latest.put(head).then(
        (answer) => {
          if (!answer || loupe.getState().photo !== photo) return;
          const { seen } = answer;
          set({ seen, seenBy: answer.head, fetching: null, problem: seen ? null : GONE });
        },
        (error: unknown) => {
          const problem = error instanceof Error ? error.message : String(error);
          set({ seen: null, fetching: null, problem });
        },
      );
    };

    const gatherObjects = () => {
      const { photo, detections, threshold } = loupe.getState();
      const { key, objects: before } = get();
      const next = objectsOf(key === null ? undefined : tuning().drawn?.[key], () =>
        detections.slice(0, countShown(detections, threshold)).map(({ box }) => box),
      );
      if (isSame(before, next)) return;
      set({ objects: next });
      lab.getState().setPhoto(photo && boxSetOf(next.boxes, photo));
    };

    /** Finds out which photo it is; what was drawn on it before is there again then. */
    const identify = async () => {
      const { photo } = loupe.getState();
      const show = (key: string | null) => {
        set({ key });
        lab.getState().showPhoto(key);
      };
      show(null);
      if (!photo) return;
      const key = await photoKeyOf(photo.file, photo.name);
      if (loupe.getState().photo !== photo) return;
      show(key);
      gatherObjects();
    };

    return {
      objects: NO_OBJECTS,
      key: null,
      seen: null,
      seenBy: MODEL_HEAD,
      fetching: null,
      problem: null,
      limit: FIRST_LIMIT,
      cursor: null,

      start() {
        if (isStarted) return;
        isStarted = true;
        loupe.subscribe((state, before) => {
          if (state.photo !== before.photo) {
            set({ cursor: null, seen: null });
            void identify();
          }
          gatherObjects();
          if (state.result !== before.result || state.run !== before.run) follow();
        });
        lab.subscribe(({ history }, before) => {
          if (history.present === before.history.present) return;
          gatherObjects();
          if (asksElse(history.present, before.history.present)) follow();
        });
        void identify();
        gatherObjects();
        follow();
      },
      askAgain: follow,
      setLimit(limit) {
        set({ limit });
      },
      point(cursor) {
        set({ cursor });
      },
      draw(boxes, gesture) {
        const { key } = get();
        if (key !== null) lab.getState().change(withDrawn(tuning(), key, boxes), gesture, key);
      },
    };
  });
}

/** Where a head is fetched from; the model's own is there already. */
const placeOf = (head: HeadName): ModelPlace | null =>
  head === MODEL_HEAD ? null : servedModel(`rpn-${head}`);

const asksElse = (a: Tuning, b: Tuning) =>
  a.sizes !== b.sizes || a.ratios !== b.ratios || a.head !== b.head;

/** What was drawn, where anything was; an empty list is nothing, too. */
function objectsOf(drawn: readonly Box[] | undefined, found: () => readonly Box[]): Objects {
  if (drawn && drawn.length > 0) return { boxes: drawn, areDrawn: true };
  return { boxes: found(), areDrawn: false };
}

const isSame = (a: Objects, b: Objects) =>
  a.areDrawn === b.areDrawn &&
  a.boxes.length === b.boxes.length &&
  a.boxes.every((box, index) => box === b.boxes[index]);
