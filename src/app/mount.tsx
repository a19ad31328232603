/**
 * Puts the app on a page: makes the stores, connects the backend's choice with `?backend=`, starts
 * the engine, so that the badge can tell the truth from the first second, and renders.
 */
import '@fontsource-variable/instrument-sans/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AnchorLabClient } from '../worker/anchorLab/client.ts';
import type { BackendChoice } from '../worker/protocol.ts';
import { App } from './App.tsx';
import { askedFor } from './address.ts';
import { createLabStore } from './lab/labStore.ts';
import { createPhotoStore } from './lab/photo/photoStore.ts';
import { loadServedModels } from './models.ts';
import { createSharpenStore } from './sharpen/sharpenStore.ts';
import { StoresProvider } from './store/context.tsx';
import { type Connect, createLoupeStore } from './store/loupeStore.ts';
import { createPages } from './store/pages.ts';
import { createPreferences } from './store/preferences.ts';
import { browserGlide, createViewStore } from './store/viewStore.ts';

function writeBackendToAddress(backend: BackendChoice): void {
  const url = new URL(location.href);
  if (backend === 'auto') url.searchParams.delete('backend');
  else url.searchParams.set('backend', backend);
  history.replaceState(null, '', url);
}

/**
 * @param root the element to fill
 * @param connect starts a worker client for a backend and a model
 */
export function mountApp(root: HTMLElement, connect: Connect): void {
  const preferences = createPreferences();
  const { backend, complaint } = askedFor(location.search);
  const loupe = createLoupeStore(connect, {
    backend,
    quality: () => preferences.getState().quality,
    servedModels: loadServedModels,
  });
  const pages = createPages();
  const { report, dismissProblem } = loupe.getState();
  const lab = createLabStore(new AnchorLabClient(), pages, report, (message) => {
    if (loupe.getState().problem?.message === message) dismissProblem();
  });
  const photoLab = createPhotoStore(lab, loupe);
  const sharpen = createSharpenStore(loupe, preferences);
  const view = createViewStore(browserGlide);
  const stores = { loupe, view, preferences, pages, lab, photoLab, sharpen };
  preferences.subscribe((state, before) => {
    if (state.quality !== before.quality) loupe.getState().detectAgain();
  });
  loupe.subscribe((state, before) => {
    if (state.backend !== before.backend) writeBackendToAddress(state.backend);
    // A photo may be dropped or pasted on any page; two of them show it.
    const isOpening = state.opening !== null && before.opening === null;
    if (isOpening && pages.getState().page !== 'anchors') pages.getState().show('detect');
  });
  // A page's first canvas waits for the GPU's process, and that for what the engine has given it to do:
  // before the engine starts it answers at once, later it may hold the page up for half a second.
  document.createElement('canvas').getContext('2d')?.fillRect(0, 0, 1, 1);
  loupe.getState().start();
  if (complaint) report(complaint);
  loupe.getState().listModels();
  createRoot(root).render(
    <StrictMode>
      <StoresProvider stores={stores}>
        <App />
      </StoresProvider>
    </StrictMode>,
  );
}
