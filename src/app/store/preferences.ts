/**
 * What outlives a visit: the theme, if the visitor chose one, how closely to look at photos, and how
 * to look again at what was found.
 * Without a chosen theme the page follows the system. index.html applies the kept theme before the
 * first paint; this store changes it.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Quality, Upscaling } from '../../worker/protocol.ts';

export type Theme = 'light' | 'dark';

/** How the best proposals are looked at a second time. */
export interface SecondLookChoice {
  readonly upscaling: Upscaling;
  /** at most so many proposals */
  readonly proposals: number;
  /** crops of so many times the side that the classifier was trained with */
  readonly cropFactor: 1 | 2;
}

export const PROPOSAL_CHOICES = [8, 16, 32, 64, 128] as const;

export interface PreferencesState {
  readonly theme: Theme;
  toggleTheme(): void;
  readonly quality: Quality;
  setQuality(quality: Quality): void;
  readonly secondLook: SecondLookChoice;
  setSecondLook(changes: Partial<SecondLookChoice>): void;
}

const THEME_KEY = 'loupe-theme';
const QUALITY_KEY = 'loupe-quality';
const SECOND_LOOK_KEY = 'loupe-second-look';

const UPSCALINGS: readonly Upscaling[] = ['none', 'bicubic', 'super-resolution'];
const DEFAULT_SECOND_LOOK: SecondLookChoice = {
  upscaling: 'super-resolution',
  proposals: 16,
  cropFactor: 1,
};

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

/** What was kept, as far as it makes sense. */
function keptSecondLook(): SecondLookChoice {
  try {
    const all = JSON.parse(kept(SECOND_LOOK_KEY) ?? '{}') as Partial<SecondLookChoice>;
    const { upscaling, proposals, cropFactor } = { ...DEFAULT_SECOND_LOOK, ...all };
    return {
      upscaling: UPSCALINGS.find((one) => one === upscaling) ?? DEFAULT_SECOND_LOOK.upscaling,
      proposals: PROPOSAL_CHOICES.find((one) => one === proposals) ?? DEFAULT_SECOND_LOOK.proposals,
      cropFactor: cropFactor === 2 ? 2 : 1,
    };
  } catch {
    return DEFAULT_SECOND_LOOK;
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
    secondLook: keptSecondLook(),
    setSecondLook(changes) {
      const secondLook = { ...get().secondLook, ...changes };
      keep(SECOND_LOOK_KEY, JSON.stringify(secondLook));
      set({ secondLook });
    },
  }));
  system.addEventListener('change', () => store.setState({ theme: current() }));
  return store;
}
