/**
 * What outlives a visit: the theme, if the visitor chose one, and how closely to look at photos.
 * Without a chosen theme the page follows the system. index.html applies the kept theme before the
 * first paint; this store changes it.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Quality } from '../../worker/protocol.ts';

export type Theme = 'light' | 'dark';

export interface PreferencesState {
  readonly theme: Theme;
  toggleTheme(): void;
  readonly quality: Quality;
  setQuality(quality: Quality): void;
}

const THEME_KEY = 'loupe-theme';
const QUALITY_KEY = 'loupe-quality';

/** Private windows may refuse to keep anything; a choice then lasts for this visit. */
function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {}
}

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

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
      keep(THEME_KEY, theme);
      set({ theme });
    },
    // Small objects are what people come for, and Fine finds more of them.
    quality: kept(QUALITY_KEY) === 'fast' ? 'fast' : 'fine',
    setQuality(quality) {
      keep(QUALITY_KEY, quality);
      set({ quality });
    },
  }));
  system.addEventListener('change', () => store.setState({ theme: current() }));
  return store;
}
