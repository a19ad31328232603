/** One side of the comparison, painted as the view says; both sides have the same view. */
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { ViewStore } from '../store/viewStore.ts';
import styles from './Compare.module.css';

interface Props {
  readonly picture: OffscreenCanvas | null;
  readonly view: ViewStore;
  readonly density: number;
}

export function SideCanvas({ picture, view: viewStore, density }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useStore(viewStore, (state) => state.stage);
  const view = useStore(viewStore, (state) => state.view);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!picture) return;
    // Enlarged pixels are squares: smoothing here would be a third interpolation in the comparison.
    context.imageSmoothingEnabled = view.scale * density < 1;
    context.imageSmoothingQuality = 'high';
    const { scale, x, y } = view;
    context.drawImage(picture, x, y, picture.width * scale, picture.height * scale);
  }, [picture, view, width, height, density]);

  return (
    <canvas
      ref={canvas}
      className={styles.canvas}
      width={Math.round(width * density)}
      height={Math.round(height * density)}
      aria-hidden
    />
  );
}
