/**
 * A square piece of the photo around a box, as a small canvas: the frames of the strip and the lens
 * of the inspector. Drawn when its inputs change and never else, and not before it comes into sight: of
 * a long strip most frames never do.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Box } from '../core/boxes/box.ts';
import { lensView, type View } from './stage/geometry.ts';
import { paintPhoto } from './stage/paintPhoto.ts';
import { useLoupe } from './store/context.tsx';
import { useDevicePixelRatio } from './useDevicePixelRatio.ts';

interface Props {
  readonly box: Box;
  /** The canvas is `side` x `side` CSS pixels. */
  readonly side: number;
  /** How much of it the box's longer side takes, 0..1. */
  readonly share: number;
  readonly className?: string;
  /** Draws on top, in CSS pixels. */
  readonly overlay?: (context: CanvasRenderingContext2D, view: View) => void;
}

export function PhotoCrop({ box, side, share, className, overlay }: Props) {
  const bitmap = useLoupe((state) => state.photo?.bitmap);
  const canvas = useRef<HTMLCanvasElement>(null);
  const density = useDevicePixelRatio();
  const seen = useSeen(canvas);

  useEffect(() => {
    const context = seen && canvas.current?.getContext('2d');
    if (!context || !bitmap) return;
    const view = lensView(box, side, share);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, side, side);
    paintPhoto(context, bitmap, view, { width: side, height: side }, density);
    overlay?.(context, view);
  }, [seen, bitmap, box, side, share, density, overlay]);

  const pixels = Math.round(side * density);
  return (
    <canvas
      ref={canvas}
      className={className}
      width={pixels}
      height={pixels}
      style={{ width: side, height: side }}
      aria-hidden
    />
  );
}

/** Whether an element has been in sight, or near it. */
function useSeen(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current || seen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: '200px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, seen]);
  return seen;
}
