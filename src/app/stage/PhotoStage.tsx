/**
 * The stage: the photo and what was found in it, on a Konva canvas of two layers. Both layers are one
 * shape each and take no events; hovering and tapping go through `hitTest` and an index of the boxes by
 * place, so that thousands of them cost one path to draw and next to nothing to find. All that is drawn is also in the list of the strip.
 */
import Konva from 'konva/lib/Core';
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { Layer, Shape, Stage } from 'react-konva/lib/ReactKonvaCore';
import type { Detection } from '../../core/detection/types.ts';
import { plural } from '../format.ts';
import { useLoupe, useSharpen, useShown, useStores, useView } from '../store/context.tsx';
import { useDevicePixelRatio } from '../useDevicePixelRatio.ts';
import { BoxIndex } from './boxIndex.ts';
import { hitTest } from './hitTest.ts';
import styles from './PhotoStage.module.css';
import { forgetTextWidths, paintDetections } from './painter.ts';
import { paintPhoto } from './paintPhoto.ts';
import { RegionTool } from './RegionTool.tsx';
import { StageToolbar } from './StageToolbar.tsx';
import { useGestures } from './useGestures.ts';
import { useStageSize } from './useStageSize.ts';
import { viewKeys } from './viewKeys.ts';

export function PhotoStage() {
  const { loupe, view: viewStore } = useStores();
  const marking = useSharpen((state) => state.tool === 'region');
  const photo = useLoupe((state) => state.photo);
  const shown = useShown();
  const frame = useRef<HTMLDivElement>(null);
  const density = useDevicePixelRatio();
  const fitted = useView((state) => state.fitted);
  const overBox = useLoupe((state) => state.hovered !== null);
  // A task of its own, once the place is known: to make it takes as long as all the rest of the bench.
  const hasCanvas = useDeferredValue(
    useView((state) => state.stage.width > 1),
    false,
  );

  // Once a photo: when the page is shown again, effects run again, and the view must stay.
  const fittedTo = useRef<typeof photo>(null);
  useEffect(() => {
    if (!photo || photo === fittedTo.current) return;
    fittedTo.current = photo;
    viewStore.getState().setPicture({ width: photo.width, height: photo.height });
  }, [photo, viewStore]);

  useStageSize(frame, viewStore);

  // The button that opened the first photo is gone: go on from the photo, not from the page's top.
  useEffect(() => {
    if (document.activeElement === document.body) frame.current?.focus({ preventScroll: true });
  }, []);

  useRegionKey(photo !== null);

  const index = useMemo(() => new BoxIndex(shown.map(({ box }) => box)), [shown]);
  const indexAt = (at: { x: number; y: number }) => hitTest(index, viewStore.getState().view, at);

  useGestures(frame, viewStore, {
    onHover: (at) => loupe.getState().hover(at && indexAt(at)),
    onTap: (at) => loupe.getState().select(indexAt(at)),
    onDoubleTap: (at) => {
      const looking = viewStore.getState();
      const hit = shown[indexAt(at) ?? -1];
      if (hit) looking.zoomToBox(hit.box);
      else if (looking.fitted) looking.zoomBy(2.5, at);
      else looking.fit();
    },
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { selected, detections, select } = loupe.getState();
    const keys: Record<string, () => void> = {
      ...viewKeys(viewStore, density),
      Enter: () => {
        const detection = detections[selected ?? -1];
        if (detection) viewStore.getState().zoomToBox(detection.box);
      },
      Escape: () => select(null),
    };
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };

  if (!photo) return null;
  return (
    <section className={styles.stage} aria-label="Photo">
      <div className={styles.ground}>
        {/* A surface of its own: arrows, plus and minus move the photo here, and nothing else. */}
        {/* biome-ignore lint/a11y/useSemanticElements: no element means "zoomable picture" */}
        <div
          ref={frame}
          className={styles.frame}
          role="group"
          aria-roledescription="zoomable photo"
          aria-label={`${photo.name}, ${plural(shown.length, 'object')} marked. Arrow keys move, plus and minus zoom, 0 fits, 1 shows actual pixels, R marks a region to sharpen.`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
          tabIndex={0}
          data-fitted={fitted || undefined}
          data-over={overBox || undefined}
          onKeyDown={onKeyDown}
        >
          {hasCanvas && <Canvas density={density} shown={shown} index={index} />}
        </div>
        {marking && <RegionTool />}
        <StageToolbar density={density} />
      </div>
      {photo.credit && (
        <p className={styles.credit}>
          <a href={photo.credit.licenceUrl} target="_blank" rel="noreferrer">
            {photo.credit.line}
          </a>
        </p>
      )}
    </section>
  );
}

/** Where a letter means itself, or belongs to what is open. */
const LETTERS_ARE_TAKEN = 'input:not([type=range]), textarea, select, [role=menu], [role=dialog]';

/** R takes up the marking of a region, or leaves it, wherever the focus is on this page, as its button says. */
function useRegionKey(hasPhoto: boolean): void {
  const { sharpen } = useStores();
  useEffect(() => {
    if (!hasPhoto) return;
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'r' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.defaultPrevented || (event.target as Element).closest(LETTERS_ARE_TAKEN)) return;
      event.preventDefault();
      const { tool, setTool } = sharpen.getState();
      setTool(tool === 'region' ? 'move' : 'region');
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [hasPhoto, sharpen]);
}

/** The canvas itself, apart from the frame, so that moving the view re-renders nothing else. */
function Canvas({
  density,
  shown,
  index,
}: {
  density: number;
  shown: readonly Detection[];
  index: BoxIndex;
}) {
  const photo = useLoupe((state) => state.photo);
  const hovered = useLoupe((state) => state.hovered);
  const selected = useLoupe((state) => state.selected);
  const stage = useView((state) => state.stage);
  const view = useView((state) => state.view);
  const [, setFontsReady] = useState(false);

  useEffect(() => {
    void Promise.all([
      document.fonts.load("600 12px 'Instrument Sans Variable'"),
      document.fonts.load("500 12px 'Instrument Sans Variable'"),
    ]).then(() => {
      forgetTextWidths();
      setFontsReady(true);
    });
  }, []);

  if (!photo) return null;
  Konva.pixelRatio = density;
  return (
    // Konva takes the density when a canvas is made: another screen gets other canvases.
    <Stage key={density} width={stage.width} height={stage.height} listening={false} aria-hidden>
      <Layer listening={false}>
        <Shape
          perfectDrawEnabled={false}
          sceneFunc={(context) => paintPhoto(context._context, photo.bitmap, view, stage, density)}
        />
      </Layer>
      <Layer listening={false}>
        <Shape
          perfectDrawEnabled={false}
          sceneFunc={(context) => {
            paintDetections(context._context, {
              detections: shown,
              index,
              view,
              stage,
              hovered,
              selected,
            });
          }}
        />
      </Layer>
    </Stage>
  );
}
