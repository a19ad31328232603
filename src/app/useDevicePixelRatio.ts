/** The screen's pixels per CSS pixel, kept up to date when a window moves or the page is zoomed. */
import { useSyncExternalStore } from 'react';

function subscribe(changed: () => void): () => void {
  let query: MediaQueryList;
  // A resolution query only says "no longer this one": ask anew after each change.
  const watch = () => {
    query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener('change', onChange, { once: true });
  };
  const onChange = () => {
    changed();
    watch();
  };
  watch();
  return () => query.removeEventListener('change', onChange);
}

export const useDevicePixelRatio = (): number =>
  useSyncExternalStore(subscribe, () => devicePixelRatio);
