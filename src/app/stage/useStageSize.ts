/** Tells a view how large its stage is, for as long as the stage is there. */
import { type RefObject, useEffect } from 'react';
import type { ViewStore } from '../store/viewStore.ts';

export function useStageSize(target: RefObject<HTMLElement | null>, view: ViewStore): void {
  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width > 0 && height > 0) view.getState().setStage({ width, height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [target, view]);
}
