/** Zoom for everyone without a wheel: out, the scale as it is, in, fit and actual pixels. */

import { Maximize, Minus, Plus, SquareDashedMousePointer } from 'lucide-react';
import { IconButton } from '../IconButton.tsx';
import { useSharpen, useStores, useView } from '../store/context.tsx';
import { Tip } from '../Tip.tsx';
import styles from './StageToolbar.module.css';

export function StageToolbar({ density }: { density: number }) {
  const { view, sharpen } = useStores();
  const marking = useSharpen((state) => state.tool === 'region');
  const scale = useView((state) => state.view.scale);
  const fitted = useView((state) => state.fitted);
  const percent = `${Math.round(scale * density * 100)} %`;
  return (
    <div className={styles.bar} role="toolbar" aria-label="Zoom and regions">
      <Tip text="Mark a region to sharpen" keys="R">
        <IconButton
          label="Mark a region to sharpen"
          aria-pressed={marking}
          onClick={() => sharpen.getState().setTool(marking ? 'move' : 'region')}
        >
          <SquareDashedMousePointer aria-hidden />
        </IconButton>
      </Tip>
      <span className={styles.rule} aria-hidden />
      <Tip text="Zoom out" keys="−">
        <IconButton label="Zoom out" onClick={() => view.getState().zoomBy(1 / 1.5)}>
          <Minus aria-hidden />
        </IconButton>
      </Tip>
      <output className={styles.scale} aria-label="Scale">
        {percent}
      </output>
      <Tip text="Zoom in" keys="+">
        <IconButton label="Zoom in" onClick={() => view.getState().zoomBy(1.5)}>
          <Plus aria-hidden />
        </IconButton>
      </Tip>
      <Tip text="Fit the photo" keys="0">
        <IconButton label="Fit" aria-pressed={fitted} onClick={() => view.getState().fit()}>
          <Maximize aria-hidden />
        </IconButton>
      </Tip>
      <Tip text="One picture pixel per screen pixel" keys="1">
        <button
          type="button"
          className={`button ${styles.ratio}`}
          data-quiet
          aria-label="1:1, actual pixels"
          onClick={() => view.getState().oneToOne(density)}
        >
          1:1
        </button>
      </Tip>
    </div>
  );
}
