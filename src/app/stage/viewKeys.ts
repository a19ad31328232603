/** The keys that move a view, the same wherever there is one: arrows, plus and minus, 0 and 1. */
import type { ViewStore } from '../store/viewStore.ts';

const ZOOM_STEP = 1.3;
const PAN_STEP = 64;

/** What each key does, by its name in keyboard events. */
export function viewKeys(view: ViewStore, density: number): Record<string, () => void> {
  const { zoomBy, pan, fit, oneToOne } = view.getState();
  return {
    '+': () => zoomBy(ZOOM_STEP),
    '=': () => zoomBy(ZOOM_STEP),
    '-': () => zoomBy(1 / ZOOM_STEP),
    0: fit,
    1: () => oneToOne(density),
    ArrowLeft: () => pan(PAN_STEP, 0),
    ArrowRight: () => pan(-PAN_STEP, 0),
    ArrowUp: () => pan(0, PAN_STEP),
    ArrowDown: () => pan(0, -PAN_STEP),
  };
}
