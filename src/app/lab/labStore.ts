/**
 * The state of the Anchors page: the tuning with its history, the data there are, and what the worker
 * says of both. Every change asks the worker anew; answers that come for an older question are not
 * shown. The address follows once a gesture has settled.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ComparedSet } from '../../core/anchors/comparison.ts';
import { FIT_METHODS, type FitMethod } from '../../core/anchors/fitting.ts';
import type { BoxSet } from '../../core/annotations/boxSet.ts';
import { percent } from '../../core/results/percent.ts';
import type { AnchorLabClient } from '../../worker/anchorLab/client.ts';
import {
  type DataFacts,
  type Fitted,
  type Ground,
  type Measured,
  type OpenProgress,
  OWN,
  PHOTO,
} from '../../worker/anchorLab/protocol.ts';
import type { OwnFile } from '../../worker/protocol.ts';
import type { PagesStore, RawPicks } from '../store/pages.ts';
import { ANCHORS, partsInSight } from './drawn.ts';
import { changed, givenUp, type History, historyOf, redone, settled, undone } from './history.ts';
import { groundOf, INITIAL, readTuning, refusedWords, type Tuning, writeTuning } from './tuning.ts';

export interface LabState {
  readonly history: History<Tuning>;
  /** The built-in data sets; empty until the worker has told them. */
  readonly builtIn: readonly DataFacts[];
  readonly own: DataFacts | null;
  /** The objects of the open photo; null where there are none. */
  readonly photo: DataFacts | null;
  /** The key of the photo that is open: what was drawn on others is not undone. */
  readonly openPhoto: string | null;
  readonly opening: OpenProgress | null;
  readonly measured: Measured | null;
  /** The named sets on the same ground. */
  readonly compared: readonly ComparedSet[];
  /** Those that have been made for the ground there is. */
  readonly fits: Readonly<Partial<Record<FitMethod, Fitted>>>;
  readonly announcement: string;

  /** Gets the first figures, and follows the address from then on. */
  start(): void;
  /** @param part what is changed: the anchors, or what was drawn on the photo with this key */
  change(tuning: Tuning, gesture?: string, part?: string): void;
  settle(): void;
  /** A gesture that goes on is taken back, as if it had never begun. */
  giveUp(gesture: string): void;
  undo(): void;
  redo(): void;
  openFiles(files: readonly OwnFile[]): void;
  showPhoto(key: string | null): void;
  /** Other objects of the open photo, or none. */
  setPhoto(set: BoxSet | null): void;
  say(announcement: string): void;
}

export type LabStore = StoreApi<LabState>;
export type LabClient = Pick<
  AnchorLabClient,
  'builtIn' | 'open' | 'setPhoto' | 'measure' | 'compare' | 'fit'
>;

/** Fits take seconds: they begin once nothing has moved for a while. */
const FIT_AFTER_MS = 350;
/** Browsers refuse an address that changes too often. */
const ADDRESS_AFTER_MS = 200;

/**
 * @param pages whose address the tuning is written to and read from
 * @param report shows one sentence to the visitor
 * @param withdraw takes a sentence back where it is still shown
 */
export function createLabStore(
  client: LabClient,
  pages: PagesStore,
  report: (message: string) => void,
  withdraw: (message: string) => void = () => {},
): LabStore {
  const store = createStore<LabState>()((set, get) => {
    let asked = '';
    let fitKey = '';
    let fitTimer: ReturnType<typeof setTimeout> | undefined;
    let addressTimer: ReturnType<typeof setTimeout> | undefined;
    let opened = 0;
    let photos = 0;
    let isStarted = false;

    const fail = (error: unknown) => report(error instanceof Error ? error.message : String(error));
    const ground = () => {
      const { history } = get();
      return groundOf(history.present, dataNames(get()));
    };

    const measure = async () => {
      const { sizes, ratios } = get().history.present;
      const on = ground();
      const measured = await client.measure(on, { sizes, aspectRatios: ratios });
      if (measured) set({ measured, announcement: describe(measured) });
    };

    const compare = async (on: Ground) => {
      const compared = await client.compare(on);
      if (compared) set({ compared });
    };

    const fitAll = async (on: Ground, key: string) => {
      const { sizes, ratios } = get().history.present;
      const request = { ground: on, count: sizes.length, aspectRatios: ratios };
      for (const method of FIT_METHODS) {
        const fitted = await client.fit({ ...request, method });
        if (!fitted || key !== fitKey) return;
        set({ fits: { ...get().fits, [method]: fitted } });
      }
    };

    /** Asks for whatever the present tuning makes different. */
    const ask = () => {
      const { sizes, ratios } = get().history.present;
      const on = ground();
      measure().catch(fail);
      const groundKey = JSON.stringify([on, get().own?.name, opened, on.data === PHOTO && photos]);
      if (groundKey !== asked) {
        asked = groundKey;
        compare(on).catch(fail);
      }
      const key = JSON.stringify([groundKey, ratios, sizes.length]);
      if (key === fitKey) return;
      fitKey = key;
      set({ fits: {} });
      clearTimeout(fitTimer);
      fitTimer = setTimeout(() => void fitAll(on, key).catch(fail), FIT_AFTER_MS);
    };

    const writeAddress = () => {
      clearTimeout(addressTimer);
      addressTimer = setTimeout(() => {
        pages.getState().pick(writeTuning(get().history.present), 'anchors');
      }, ADDRESS_AFTER_MS);
    };

    const move = (history: History<Tuning>) => {
      if (history === get().history) return;
      const isNew = history.present !== get().history.present;
      set({ history });
      if (!isNew) return;
      ask();
      writeAddress();
    };

    /** Of one link at a time: the next one takes back what was said of the last. */
    let saidOfLink: string | null = null;
    const tellRefused = (raw: RawPicks) => {
      if (saidOfLink) withdraw(saidOfLink);
      saidOfLink = refusedWords(raw);
      if (saidOfLink) report(saidOfLink);
    };

    const followAddress = () =>
      pages.subscribe(({ picks }, before) => {
        const raw = picks.anchors;
        if (!raw || raw === before.picks.anchors) return;
        const tuning = readTuning(raw);
        tellRefused(raw);
        // Our own writing comes back, too.
        const { drawn } = get().history.present;
        if (isSame({ ...tuning, drawn }, get().history.present)) return;
        move(changed(get().history, { ...tuning, drawn }, null, ANCHORS));
      });

    return {
      history: historyOf(INITIAL),
      builtIn: [],
      own: null,
      photo: null,
      openPhoto: null,
      opening: null,
      measured: null,
      compared: [],
      fits: {},
      announcement: '',

      start() {
        if (isStarted) return;
        isStarted = true;
        const raw = pages.getState().picks.anchors ?? {};
        set({ history: historyOf(readTuning(raw)) });
        tellRefused(raw);
        followAddress();
        client.builtIn().then((builtIn) => {
          set({ builtIn });
          ask();
        }, fail);
      },
      change(tuning, gesture, part = ANCHORS) {
        // Browsers tell the end of a drag as one more change, to what there is already.
        if (isSame(tuning, get().history.present)) return;
        move(changed(get().history, tuning, gesture ?? null, part));
      },
      settle() {
        set({ history: settled(get().history) });
      },
      giveUp(gesture) {
        move(givenUp(get().history, gesture));
      },
      undo() {
        move(undone(get().history, partsInSight(get().openPhoto)));
      },
      redo() {
        move(redone(get().history, partsInSight(get().openPhoto)));
      },
      openFiles(files) {
        const mine = ++opened;
        const name = files.length === 1 ? (files[0]?.path ?? '') : `${files.length} files`;
        set({
          opening: { fraction: 0, message: `Reading ${name}` },
          announcement: `Reading ${name}.`,
        });
        const onProgress = (opening: OpenProgress) => {
          if (mine === opened && get().opening) set({ opening });
        };
        client.open(files, onProgress).then(
          ({ facts, keep }) => {
            if (mine !== opened) return;
            keep();
            set({ opening: null, own: facts });
            get().change({ ...get().history.present, data: OWN });
            ask();
          },
          (error) => {
            if (mine !== opened) return;
            set({ opening: null });
            fail(error);
          },
        );
      },
      showPhoto(openPhoto) {
        set({ openPhoto });
      },
      setPhoto(objects) {
        photos++;
        if (objects) client.setPhoto(objects);
        const facts = { name: PHOTO, pictures: 1, skipped: '' };
        set({ photo: objects && { ...facts, objects: objects.count } });
        if (isStarted && get().history.present.data === PHOTO) ask();
      },
      say(announcement) {
        set({ announcement });
      },
    };
  });
  return store;
}

const isSame = (a: Tuning, b: Tuning) =>
  a.drawn === b.drawn && JSON.stringify(writeTuning(a)) === JSON.stringify(writeTuning(b));

/** The data that there are now. */
export const dataNames = ({
  builtIn,
  own,
  photo,
}: Pick<LabState, 'builtIn' | 'own' | 'photo'>): string[] => [
  ...builtIn.map(({ name }) => name),
  ...(own ? [OWN] : []),
  ...(photo ? [PHOTO] : []),
];

/** What a change has come to, for those who do not see the figures. */
function describe({ row }: Measured): string {
  const shapes = row.set.sizes.length * row.set.aspectRatios.length;
  return `Best possible recall ${percent(row.bestPossibleRecall)} %, mean IoU ${percent(row.meanBestIoU)} %, ${row.unused} of ${shapes} anchors unused.`;
}
