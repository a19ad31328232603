/**
 * How components reach the stores: `useLoupe`, `useView`, `usePreferences`, `usePages`, `useLab`,
 * `usePhotoLab`, `useSharpen` with a selector each. The stores come in through a provider, so that a test page can mount the whole app
 * on a fake worker.
 */
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { type StoreApi, useStore } from 'zustand';
import type { Detection } from '../../core/detection/types.ts';
import type { LabState, LabStore } from '../lab/labStore.ts';
import type { PhotoState, PhotoStore } from '../lab/photo/photoStore.ts';
import type { SharpenState, SharpenStore } from '../sharpen/sharpenStore.ts';
import type { Held } from '../sharpen/viewerActions.ts';
import { countShown, type LoupeStore } from './loupeStore.ts';
import type { PagesState, PagesStore } from './pages.ts';
import type { PreferencesState } from './preferences.ts';
import type { LoupeState } from './state.ts';
import type { ViewState, ViewStore } from './viewStore.ts';

export interface Stores {
  readonly loupe: LoupeStore;
  readonly view: ViewStore;
  readonly preferences: StoreApi<PreferencesState>;
  readonly pages: PagesStore;
  readonly lab: LabStore;
  readonly photoLab: PhotoStore;
  readonly sharpen: SharpenStore;
}

const StoresContext = createContext<Stores | null>(null);

export function StoresProvider({ stores, children }: { stores: Stores; children: ReactNode }) {
  return <StoresContext value={stores}>{children}</StoresContext>;
}

/** The stores themselves, for handlers that read state when something happens. */
export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error('Components of Loupe need a StoresProvider around them.');
  return stores;
}

export const useLoupe = <T,>(selector: (state: LoupeState) => T): T =>
  useStore(useStores().loupe, selector);

export const useView = <T,>(selector: (state: ViewState) => T): T =>
  useStore(useStores().view, selector);

export const usePreferences = <T,>(selector: (state: PreferencesState) => T): T =>
  useStore(useStores().preferences, selector);

export const usePages = <T,>(selector: (state: PagesState) => T): T =>
  useStore(useStores().pages, selector);

export const useLab = <T,>(selector: (state: LabState) => T): T =>
  useStore(useStores().lab, selector);

export const usePhotoLab = <T,>(selector: (state: PhotoState) => T): T =>
  useStore(useStores().photoLab, selector);

export const useSharpen = <T,>(selector: (state: SharpenState) => T): T =>
  useStore(useStores().sharpen, selector);

/** The detections at or above the threshold, highest score first; stable between renders. */
export function useShown(): readonly Detection[] {
  const detections = useLoupe((state) => state.detections);
  const threshold = useLoupe((state) => state.threshold);
  const count = countShown(detections, threshold);
  return useMemo(() => detections.slice(0, count), [detections, count]);
}

/** The detection that the viewer holds, as it stands now; undefined for a region. */
export const useHeldDetection = ({ detection: held }: Held): Detection | undefined =>
  useLoupe(({ detections }) =>
    detections.find(({ proposal, label }) => proposal === held?.proposal && label === held.label),
  );
