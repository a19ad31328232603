/**
 * The three canvases: the photo, painted once, and over it the proposals and the anchors of the grid
 * point, each painted anew only where they are others.
 */
import { useEffect, useMemo, useRef } from 'react';
import type { Size, View } from '../../stage/geometry.ts';
import { paintPhoto } from '../../stage/paintPhoto.ts';
import { useLab, usePhotoLab } from '../../store/context.tsx';
import type { Photo } from '../../store/state.ts';
import { useDevicePixelRatio } from '../../useDevicePixelRatio.ts';
import { bestOverlap, gridPointAt } from './figures.ts';
import styles from './PhotoPanel.module.css';
import { paintPoint, paintProposals } from './paintLab.ts';

type Paint = (context: CanvasRenderingContext2D, density: number) => void;

interface LayerProps {
  readonly size: Size;
  readonly paint: Paint;
  readonly name: string;
}

/** A canvas of the screen's own pixels, painted anew when `paint` is another function. */
function Layer({ size: { width, height }, paint, name }: LayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const density = useDevicePixelRatio();
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    // To give a canvas its size clears it, and costs more than to wipe it.
    if (element.width !== across || element.height !== down) {
      element.width = across;
      element.height = down;
    }
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    paint(context, density);
  }, [paint, width, height, across, down, density]);
  return <canvas ref={canvas} className={styles.layer} data-layer={name} aria-hidden />;
}

interface GroundProps {
  readonly photo: Photo;
  readonly view: View;
  readonly size: Size;
}

export function PhotoGround({ photo: { bitmap }, view, size: { width, height } }: GroundProps) {
  const paint = useMemo<Paint>(
    () => (context, density) => paintPhoto(context, bitmap, view, { width, height }, density),
    [bitmap, view, width, height],
  );
  return <Layer name="photo" size={{ width, height }} paint={paint} />;
}

export function Proposals({ view, size }: { view: View; size: Size }) {
  const tuned = usePhotoLab((state) => state.seen?.tuned);
  const limit = usePhotoLab((state) => state.limit);
  const paint = useMemo<Paint>(
    () => (context) => tuned && paintProposals(context, view, tuned, limit),
    [view, tuned, limit],
  );
  return <Layer name="proposals" size={size} paint={paint} />;
}

export function GridPoint({ view, size }: { view: View; size: Size }) {
  const seen = usePhotoLab((state) => state.seen);
  const cursor = usePhotoLab((state) => state.cursor);
  const objects = usePhotoLab((state) => state.objects.boxes);
  const sizes = useLab((state) => state.history.present.sizes);
  const aspectRatios = useLab((state) => state.history.present.ratios);
  const threshold = useLab((state) => state.history.present.threshold);
  const paint = useMemo<Paint>(() => {
    if (!cursor || !seen) return () => undefined;
    const { centre, anchors } = gridPointAt(cursor, seen, { sizes, aspectRatios });
    const matches = anchors.map((anchor) => bestOverlap(anchor, objects) >= threshold);
    return (context) => paintPoint(context, view, { point: centre, anchors, matches });
  }, [cursor, seen, sizes, aspectRatios, objects, threshold, view]);
  return <Layer name="grid-point" size={size} paint={paint} />;
}
