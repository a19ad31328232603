/**
 * Which page is shown, and what is picked on it: what the address says behind its "#", as in
 * `#/results?set=nyu_small&measure=recall`. A link therefore opens the same view, Back and Forward
 * go between pages, and the server never sees any of it. Picks are kept while another page is shown.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';

export const PAGES = ['detect', 'anchors', 'results'] as const;
export type Page = (typeof PAGES)[number];

export const PAGE_TITLES: Readonly<Record<Page, string>> = {
  detect: 'Detect',
  anchors: 'Anchors',
  results: 'Results',
};

/** By name; what a name or value means is for the page to say, and to doubt. */
export type RawPicks = Readonly<Record<string, string>>;

export interface PagesState {
  readonly page: Page;
  /** Each page's own. */
  readonly picks: Readonly<Partial<Record<Page, RawPicks>>>;
  /** Whether the Performance panel lies over it; the address says nothing of that. */
  readonly performance: boolean;
  showPerformance(shown: boolean): void;
  show(page: Page): void;
  /**
   * Changes some picks, of the page that is shown unless told; where it is shown the address follows,
   * without a new entry in the history.
   */
  pick(changes: RawPicks, of?: Page): void;
}

export type PagesStore = StoreApi<PagesState>;

/** The part of an address from "#" on. */
export function addressOf(page: Page, picks: RawPicks): string {
  if (page === 'detect') return '#/';
  const query = new URLSearchParams(picks).toString();
  return query ? `#/${page}?${query}` : `#/${page}`;
}

/** Anything that names no page is the first one. */
export function readAddress(hash: string): { page: Page; picks: RawPicks } {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const page = PAGES.find((name) => name === path) ?? 'detect';
  return { page, picks: Object.fromEntries(new URLSearchParams(query)) };
}

/** The store of a document whose address is `window.location`. */
export function createPages(): PagesStore {
  const first = readAddress(location.hash);
  const store = createStore<PagesState>()((set, get) => ({
    page: first.page,
    picks: { [first.page]: first.picks },
    performance: false,
    showPerformance: (performance) => set({ performance }),
    show(page) {
      if (page !== get().page) location.hash = addressOf(page, get().picks[page] ?? {});
    },
    pick(changes, of = get().page) {
      const picks = { ...get().picks[of], ...changes };
      set({ picks: { ...get().picks, [of]: picks } });
      if (of !== get().page) return;
      const url = new URL(location.href);
      url.hash = addressOf(of, picks);
      history.replaceState(null, '', url);
    },
  }));
  addEventListener('hashchange', () => {
    const { page, picks } = readAddress(location.hash);
    store.setState({ page, picks: { ...store.getState().picks, [page]: picks } });
  });
  return store;
}
