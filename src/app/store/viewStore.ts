/**
 * Where the stage is looking: size of the stage, size of the picture, scale and offset. It is a
 * store of its own because the buttons, the keys, the pointer and the list all move the same view,
 * and because it changes sixty times a second where the rest of the app changes now and then.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Box } from '../../core/boxes/box.ts';
import {
  between,
  boxToScreen,
  clampView,
  fitView,
  type Insets,
  type Point,
  panBy,
  type Size,
  scaleLimits,
  type View,
  viewOfBox,
  zoomAt,
} from '../stage/geometry.ts';

export interface ViewState {
  readonly stage: Size;
  readonly picture: Size;
  readonly view: View;
  /** While fitted, the picture follows the size of the stage; after any other move it does not. */
  readonly fitted: boolean;

  setStage(stage: Size): void;
  setPicture(picture: Size): void;
  zoomBy(factor: number, at?: Point): void;
  pan(dx: number, dy: number): void;
  fit(): void;
  /** One picture pixel on one pixel of the screen. */
  oneToOne(devicePixelRatio: number): void;
  zoomToBox(box: Box): void;
  /** Brings a box into sight without changing the scale; does nothing where it is seen already. */
  reveal(box: Box): void;
}

export type ViewStore = StoreApi<ViewState>;

/** Runs `step` with 0..1 over a short while; a later glide ends an earlier one. */
export type Glide = (step: (t: number) => void) => void;

/** Below lie the zoom buttons and the credit. A narrow stage (a phone) gives the photo its width. */
const photoInsets = (stage: Size): Insets =>
  stage.width < 560 ? { side: 0, top: 0, bottom: 56 } : { side: 20, top: 20, bottom: 60 };

/**
 * @param glide how moves that explain where something is are animated; jumps unless told
 * @param insetsOf what a picture leaves free of a stage
 */
export function createViewStore(
  glide: Glide = (step) => step(1),
  insetsOf: (stage: Size) => Insets = photoInsets,
): ViewStore {
  return createStore<ViewState>()((set, get) => {
    const move = (view: View, fitted = false) => {
      const { picture, stage } = get();
      set({ view: clampView(view, picture, stage, insetsOf(stage)), fitted });
    };
    const glideTo = (target: View, fitted = false) => {
      const { view: from, picture, stage } = get();
      const to = clampView(target, picture, stage, insetsOf(stage));
      glide((t) => set({ view: t >= 1 ? to : between(from, to, t), fitted: fitted && t >= 1 }));
    };
    const fitted = () => fitView(get().picture, get().stage, insetsOf(get().stage));
    const middle = (): Point => ({ x: get().stage.width / 2, y: get().stage.height / 2 });

    return {
      stage: { width: 1, height: 1 },
      picture: { width: 1, height: 1 },
      view: { scale: 1, x: 0, y: 0 },
      fitted: true,

      setStage(stage) {
        const { stage: before, view } = get();
        if (stage.width === before.width && stage.height === before.height) return;
        set({ stage });
        if (get().fitted) return move(fitted(), true);
        // Keep what was in the middle in the middle.
        move(panBy(view, (stage.width - before.width) / 2, (stage.height - before.height) / 2));
      },
      setPicture(picture) {
        set({ picture });
        move(fitted(), true);
      },
      zoomBy(factor, at = middle()) {
        const { view, picture, stage } = get();
        move(zoomAt(view, at, factor, scaleLimits(picture, stage)));
      },
      pan(dx, dy) {
        move(panBy(get().view, dx, dy));
      },
      fit() {
        glideTo(fitted(), true);
      },
      oneToOne(devicePixelRatio) {
        const { view, picture, stage } = get();
        const factor = 1 / devicePixelRatio / view.scale;
        glideTo(zoomAt(view, middle(), factor, scaleLimits(picture, stage)));
      },
      zoomToBox(box) {
        const { picture, stage } = get();
        glideTo(viewOfBox(box, picture, stage));
      },
      reveal(box) {
        const { view, stage } = get();
        const [x1, y1, x2, y2] = boxToScreen(view, box);
        if (x1 >= 0 && y1 >= 0 && x2 <= stage.width && y2 <= stage.height) return;
        glideTo(panBy(view, stage.width / 2 - (x1 + x2) / 2, stage.height / 2 - (y1 + y2) / 2));
      },
    };
  });
}

let gliding = 0;

/** The browser's glide: 220 ms, or at once for people who asked for less motion. */
export const browserGlide: Glide = (step) => {
  cancelAnimationFrame(gliding);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return step(1);
  const began = performance.now();
  const frame = (now: number) => {
    const t = Math.min(1, (now - began) / 220);
    step(1 - (1 - t) ** 3);
    if (t < 1) gliding = requestAnimationFrame(frame);
  };
  gliding = requestAnimationFrame(frame);
};
