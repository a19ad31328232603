/**
 * What outlives a visit: the theme, if the visitor chose one. Without a choice the page follows the
 * system. index.html applies the kept choice before the first paint; this store changes it.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';

export type Theme = 'light' | 'dark';

export interface PreferencesState {
  readonly theme: Theme;
  toggleTheme(): void;
}

const KEY = 'loupe-theme';

/** Reads and writes the theme of `document`; storage that is closed to us only means forgetting. */
export function createPreferences(): StoreApi<PreferencesState> {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => root.dataset.theme as Theme | undefined;
  const current = (): Theme => chosen() ?? (system.matches ? 'dark' : 'light');

  const store = createStore<PreferencesState>()((set, get) => ({
    theme: current(),
    toggleTheme() {
      const theme: Theme = get().theme === 'dark' ? 'light' : 'dark';
      root.dataset.theme = theme;
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // Private windows may refuse; the choice then lasts for this visit.
      }
      set({ theme });
    },
  }));
  system.addEventListener('change', () => store.setState({ theme: current() }));
  return store;
}
