/**
 * Pointer, wheel and pinch on the stage, as pointer events: one pointer drags, two pinch, a wheel
 * zooms towards the pointer, and a press that went nowhere is a tap. It knows the view and nothing
 * of detections: what is under a tap or a hover is for the caller to say.
 */
import { type RefObject, useEffect, useRef } from 'react';
import type { ViewStore } from '../store/viewStore.ts';
import type { Point } from './geometry.ts';

interface Handlers {
  onHover(at: Point | null): void;
  onTap(at: Point): void;
  onDoubleTap(at: Point): void;
}

/** A press becomes a drag after this many CSS pixels. */
const SLACK = 5;

/** @param view what a drag, a wheel or a pinch on the target moves */
export function useGestures(
  target: RefObject<HTMLElement | null>,
  view: ViewStore,
  handlers: Handlers,
): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });

  useEffect(() => {
    const element = target.current;
    if (!element) return;
    const pointers = new Map<number, Point>();
    let pressedAt: Point | null = null;
    let dragging = false;

    const at = (event: MouseEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    const spread = () => {
      const [a, b] = [...pointers.values()] as [Point, Point];
      return {
        distance: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
        middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      };
    };

    const onDown = (event: PointerEvent) => {
      if (event.button !== 0) return;
      element.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, at(event));
      pressedAt = pointers.size === 1 ? at(event) : null;
      dragging = pointers.size > 1;
    };
    const onMove = (event: PointerEvent) => {
      const point = at(event);
      const before = pointers.get(event.pointerId);
      if (!before) {
        if (event.pointerType !== 'touch') latest.current.onHover(point);
        return;
      }
      if (pointers.size === 2) {
        const old = spread();
        pointers.set(event.pointerId, point);
        const now = spread();
        view.getState().zoomBy(now.distance / old.distance, old.middle);
        view.getState().pan(now.middle.x - old.middle.x, now.middle.y - old.middle.y);
        return;
      }
      if (!dragging && pressedAt) {
        dragging = Math.hypot(point.x - pressedAt.x, point.y - pressedAt.y) > SLACK;
        if (!dragging) return;
        latest.current.onHover(null);
      }
      pointers.set(event.pointerId, point);
      view.getState().pan(point.x - before.x, point.y - before.y);
      element.dataset.dragging = '';
    };
    const onUp = (event: PointerEvent) => {
      if (!pointers.delete(event.pointerId)) return;
      if (event.type === 'pointerup' && !dragging && pressedAt) latest.current.onTap(at(event));
      pressedAt = null;
      // The finger that stays after a pinch goes on dragging, and is no tap when it lifts.
      dragging = pointers.size > 0;
      delete element.dataset.dragging;
    };
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      // A pinch on a trackpad arrives as a wheel with ctrl, in much smaller steps.
      const speed = event.ctrlKey ? 0.01 : 0.0016;
      view.getState().zoomBy(Math.exp(-event.deltaY * lines * speed), at(event));
    };
    const onLeave = () => latest.current.onHover(null);
    const onDouble = (event: MouseEvent) => latest.current.onDoubleTap(at(event));

    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointercancel', onUp);
    element.addEventListener('pointerleave', onLeave);
    element.addEventListener('dblclick', onDouble);
    // Not passive: the page must not scroll while the photo zooms.
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointercancel', onUp);
      element.removeEventListener('pointerleave', onLeave);
      element.removeEventListener('dblclick', onDouble);
      element.removeEventListener('wheel', onWheel);
    };
  }, [target, view]);
}
