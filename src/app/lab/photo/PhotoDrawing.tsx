/**
 * The photo itself: what is proposed on it, the anchors of the grid point under the pointer, and its
 * objects as boxes to draw, move, pull and remove. All of it goes by keys, too: arrows move the grid
 * point, Enter draws a box there, and every box is a stop of the Tab key.
 */
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { Point, Size, View } from '../../stage/geometry.ts';
import { useLab, usePhotoLab, useStores } from '../../store/context.tsx';
import type { Photo } from '../../store/state.ts';
import { useWidth } from '../../useWidth.ts';
import { arrowOf, boxAround, boxBetween } from './boxEdits.ts';
import { bestOverlap, gridPointAt } from './figures.ts';
import { ObjectBoxes } from './ObjectBoxes.tsx';
import { GridPoint, PhotoGround, Proposals } from './PhotoLayers.tsx';
import styles from './PhotoPanel.module.css';
import type { PhotoStore } from './photoStore.ts';

/** CSS pixels: nothing is higher, so that sliders and photo are seen together. */
const HIGHEST = 620;
/** A press becomes a box after this many CSS pixels. */
const SLACK = 4;

export function PhotoDrawing({ photo }: { photo: Photo }) {
  const { photoLab } = useStores();
  const [frame, width] = useWidth();
  const scale = Math.min(width / photo.width, HIGHEST / photo.height);
  const view = useMemo<View>(() => ({ scale, x: 0, y: 0 }), [scale]);
  const size = { width: photo.width * scale, height: photo.height * scale };
  const handlers = useDrawing(photo, view);
  const sizes = useLab((state) => state.history.present.sizes);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const { cursor, seen, point } = photoLab.getState();
    const at = cursor ?? { x: photo.width / 2, y: photo.height / 2 };
    const cell = seen ? seen.stride / seen.scale : 16;
    const by = arrowOf(event.key, event.altKey ? 5 * cell : cell);
    if (by) point(within({ x: at.x + by.x, y: at.y + by.y }, photo));
    else if (event.key === 'Enter') addBox(photoLab, photo, sizes);
    else if (event.key === 'Escape') point(null);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div ref={frame} className={styles.ground}>
        {width > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: no element means "photo to draw on"
          <div
            className={styles.photo}
            style={size}
            role="group"
            aria-roledescription="photo to draw on"
            aria-label={`${photo.name} with anchors and proposals. Arrow keys move the grid point, Enter draws a box there, Tab goes to the boxes.`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
            tabIndex={0}
            onKeyDown={onKeyDown}
            {...handlers}
          >
            <PhotoGround photo={photo} view={view} size={size} />
            <Proposals view={view} size={size} />
            <GridPoint view={view} size={size} />
            <ObjectBoxes photo={photo} view={view} />
          </div>
        )}
      </div>
      {photo.credit && (
        <p className={styles.credit}>
          <a href={photo.credit.licenceUrl} target="_blank" rel="noreferrer">
            {photo.credit.line}
          </a>
        </p>
      )}
      <PointWords />
    </>
  );
}

/**
 * The pointer over the photo: it points, and pressed it draws; Escape takes the box back that is being
 * drawn. A finger draws only where told to.
 */
function useDrawing(photo: Photo, view: View) {
  const { photoLab, lab } = useStores();
  const [from, setFrom] = useState<Point | null>(null);
  const gesture = useRef(0);
  const isBox = useRef(false);
  const at = (event: PointerEvent<HTMLElement>): Point => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { scale } = view;
    return within({ x: (event.clientX - left) / scale, y: (event.clientY - top) / scale }, photo);
  };
  useEffect(() => {
    if (!from) return;
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      setFrom(null);
      lab.getState().giveUp(`draw ${gesture.current}`);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [from, lab]);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      photoLab.getState().point(at(event));
      if (event.button !== 0 || event.pointerType === 'touch') return;
      event.currentTarget.setPointerCapture(event.pointerId);
      gesture.current++;
      isBox.current = false;
      setFrom(at(event));
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      const to = at(event);
      photoLab.getState().point(to);
      if (!from) return;
      const far = Math.hypot(to.x - from.x, to.y - from.y) * view.scale;
      if (!isBox.current && far < SLACK) return;
      const { objects, draw } = photoLab.getState();
      const before = objects.areDrawn ? objects.boxes : [];
      const kept = isBox.current ? before.slice(0, -1) : before;
      isBox.current = true;
      draw([...kept, boxBetween(from, to, photo)], `draw ${gesture.current}`);
    },
    onPointerUp: () => {
      setFrom(null);
      lab.getState().settle();
    },
    onPointerCancel: () => {
      setFrom(null);
      lab.getState().giveUp(`draw ${gesture.current}`);
    },
    onPointerLeave: () => !from && photoLab.getState().point(null),
  };
}

/** One more box, at the grid point or in the middle, of a middling size; it has the focus then. */
export function addBox(photoLab: PhotoStore, photo: Photo, sizes: readonly number[]): void {
  const { objects, cursor, seen, draw } = photoLab.getState();
  const at = cursor ?? { x: photo.width / 2, y: photo.height / 2 };
  const middling = sizes.toSorted((a, b) => a - b)[sizes.length >> 1] ?? 32;
  const before = objects.areDrawn ? objects.boxes : [];
  flushSync(() => draw([...before, boxAround(at, middling / (seen?.scale ?? 1), photo)]));
  document.querySelector<HTMLElement>(`[data-object="${before.length}"]`)?.focus();
}

const within = ({ x, y }: Point, { width, height }: Size): Point => ({
  x: Math.min(width, Math.max(0, x)),
  y: Math.min(height, Math.max(0, y)),
});

/** What stands at the grid point, in words. */
function PointWords() {
  const cursor = usePhotoLab((state) => state.cursor);
  const seen = usePhotoLab((state) => state.seen);
  const objects = usePhotoLab((state) => state.objects.boxes);
  const { sizes, ratios, threshold } = useLab((state) => state.history.present);
  if (!cursor || !seen) {
    return (
      <p className={styles.words}>
        Blue: the proposals. Yellow: objects that one reaches; dashed red: those that none does.
        Point at the photo for the anchors of a place; drag to draw an object.
      </p>
    );
  }
  const { column, row, anchors } = gridPointAt(cursor, seen, { sizes, aspectRatios: ratios });
  const overlaps = anchors.map((anchor) => bestOverlap(anchor, objects));
  const matching = overlaps.filter((value) => value >= threshold).length;
  return (
    <p className={styles.words}>
      Grid point {column + 1}, {row + 1} of {seen.columns} × {seen.rows}: {anchors.length} anchors,{' '}
      {matching > 0 ? `${matching} of them a match` : 'none a match'}; best IoU with an object{' '}
      {Math.max(...overlaps).toFixed(2)}.
    </p>
  );
}
