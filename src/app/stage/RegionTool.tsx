/**
 * Marks a region of the photo to sharpen. A drag draws it and lets the viewer have it; from the
 * keyboard, arrows move it, with Shift they change its size, Enter takes it and Escape gives it up. It
 * lies over the stage while it is in use; the wheel still zooms what is below.
 */
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { area, type Box, clip } from '../../core/boxes/box.ts';
import { formatSize } from '../format.ts';
import { useLoupe, useSharpen, useStores, useView } from '../store/context.tsx';
import { boxToScreen, type Point, type Size, toPicture, type View } from './geometry.ts';
import styles from './RegionTool.module.css';

/** A drag shorter than this, in CSS pixels, is a tap and marks a region of its own. */
const LEAST_DRAG = 5;
/** What a tap, or the keyboard at first, marks: pixels of the photo. */
const FIRST_SIDE = 48;

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function RegionTool() {
  const { view: viewStore, sharpen } = useStores();
  const photo = useLoupe((state) => state.photo) as Size;
  const draft = useSharpen((state) => state.draft);
  const view = useView((state) => state.view);
  const surface = useRef<HTMLDivElement>(null);
  const from = useRef<Point | null>(null);

  // In the middle of what is seen, so that arrows have something to move.
  useEffect(() => {
    const { view, stage } = viewStore.getState();
    const middle = toPicture(view, { x: stage.width / 2, y: stage.height / 2 });
    sharpen.getState().setDraft(around(middle, photo));
    surface.current?.focus({ preventScroll: true });
  }, [photo, sharpen, viewStore]);

  const leave = () => {
    sharpen.getState().setTool('move');
    const stage = surface.current?.parentElement?.querySelector<HTMLElement>('[role=group]');
    stage?.focus({ preventScroll: true });
  };
  const take = (box: Box) => {
    leave();
    sharpen.getState().viewRegion(box);
  };
  const at = ({ clientX, clientY }: { clientX: number; clientY: number }): Point => {
    const { left, top } = (surface.current as HTMLElement).getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (event.key === 'Escape' || event.key === 'r') leave();
    else if (event.key === 'Enter' && draft) take(draft);
    else if (arrow && draft) {
      // About five pixels of the screen at a time, and never less than one of the photo.
      const step = Math.max(1, Math.round(5 / view.scale));
      sharpen.getState().setDraft(stepped(draft, arrow, step, event.shiftKey, photo));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const [left, top, right, bottom] = draft ? boxToScreen(view, draft) : [0, 0, 0, 0];
  return (
    // biome-ignore lint/a11y/useSemanticElements: no element means "a region of a picture"
    <div
      ref={surface}
      className={styles.surface}
      role="group"
      aria-roledescription="region marker"
      aria-label={`Region to sharpen${draft ? `, ${describe(draft)}` : ''}. Drag, or move it with arrow keys; Shift with arrows changes its size, Enter takes it, Escape leaves.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
      tabIndex={0}
      onKeyDown={onKeyDown}
      onWheel={(event) => viewStore.getState().zoomBy(Math.exp(-event.deltaY * 0.0016), at(event))}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = at(event);
      }}
      onPointerMove={(event) => {
        if (from.current)
          sharpen.getState().setDraft(between(from.current, at(event), view, photo));
      }}
      onPointerUp={(event) => {
        const start = from.current;
        from.current = null;
        if (!start) return;
        const end = at(event);
        const tapped = Math.hypot(end.x - start.x, end.y - start.y) < LEAST_DRAG;
        const drawn = between(start, end, view, photo);
        // Beside the photo there is nothing to sharpen: the tool stays, for another try.
        if (drawn) take(tapped ? around(toPicture(view, end), photo) : drawn);
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
    >
      {draft && (
        <div
          className={styles.region}
          style={{ left, top, width: right - left, height: bottom - top }}
        >
          <span className={styles.size}>{formatSize(draft)}</span>
        </div>
      )}
      <p className="hidden" aria-live="polite">
        {draft && describe(draft)}
      </p>
    </div>
  );
}

const describe = (box: Box) => `${formatSize(box)} at ${Math.round(box[0])}, ${Math.round(box[1])}`;

/**
 * The box between two points of the stage in whole pixels of the photo, at least one; null where it
 * misses the photo.
 */
function between(a: Point, b: Point, view: View, photo: Size): Box | null {
  const [from, to] = [toPicture(view, a), toPicture(view, b)];
  const span = (a: number, b: number) => {
    const first = Math.floor(Math.min(a, b));
    return [first, Math.max(first + 1, Math.ceil(Math.max(a, b)))] as const;
  };
  const [[x1, x2], [y1, y2]] = [span(from.x, to.x), span(from.y, to.y)];
  const inside = clip([x1, y1, x2, y2], photo.width, photo.height);
  return area(inside) > 0 ? inside : null;
}

function around({ x, y }: Point, photo: Size): Box {
  const [width, height] = [Math.min(FIRST_SIDE, photo.width), Math.min(FIRST_SIDE, photo.height)];
  const left = Math.round(Math.min(photo.width - width, Math.max(0, x - width / 2)));
  const top = Math.round(Math.min(photo.height - height, Math.max(0, y - height / 2)));
  return [left, top, left + width, top + height];
}

/** The box moved, or its far corner alone, and kept inside the photo. */
function stepped(
  [x1, y1, x2, y2]: Box,
  [dx, dy]: readonly [number, number],
  step: number,
  resizes: boolean,
  { width, height }: Size,
): Box {
  if (resizes) {
    const right = Math.min(width, Math.max(x1 + 1, x2 + dx * step));
    const bottom = Math.min(height, Math.max(y1 + 1, y2 + dy * step));
    return [x1, y1, right, bottom];
  }
  const moveX = Math.min(width - x2, Math.max(-x1, dx * step));
  const moveY = Math.min(height - y2, Math.max(-y1, dy * step));
  return [x1 + moveX, y1 + moveY, x2 + moveX, y2 + moveY];
}
