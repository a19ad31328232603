/**
 * The loupe itself: the selected object, large and round, with a measuring scale in pixels of the
 * photo as such lenses have, because how many pixels an object has is what the paper is about.
 */
import { useCallback } from 'react';
import type { Box } from '../../core/boxes/box.ts';
import { PhotoCrop } from '../PhotoCrop.tsx';
import { boxToScreen, type View } from '../stage/geometry.ts';
import { MARK } from '../stage/painter.ts';
import styles from './Lens.module.css';

const SIDE = 232;
const SHARE = 0.52;
const HALO = 'rgba(8, 10, 12, 0.75)';
const FONT = "600 11px 'Instrument Sans Variable', system-ui, sans-serif";

/** The round number of pixels whose length is nearest below a third of the lens. */
function scaleLength(scale: number): number {
  const room = SIDE / 3 / scale;
  const power = 10 ** Math.floor(Math.log10(room));
  return [5, 2, 1].map((step) => step * power).find((length) => length <= room) ?? power;
}

export function Lens({ box }: { box: Box }) {
  const overlay = useCallback(
    (context: CanvasRenderingContext2D, view: View) => {
      paintFrame(context, boxToScreen(view, box));
      paintScale(context, view.scale);
    },
    [box],
  );
  return (
    <div className={styles.lens}>
      <PhotoCrop box={box} side={SIDE} share={SHARE} overlay={overlay} className={styles.glass} />
    </div>
  );
}

function paintFrame(context: CanvasRenderingContext2D, [x1, y1, x2, y2]: Box): void {
  context.beginPath();
  context.roundRect(x1 - 1, y1 - 1, x2 - x1 + 2, y2 - y1 + 2, 2);
  context.strokeStyle = HALO;
  context.lineWidth = 4.5;
  context.stroke();
  context.strokeStyle = MARK;
  context.lineWidth = 2;
  context.stroke();
}

function paintScale(context: CanvasRenderingContext2D, scale: number): void {
  const length = scaleLength(scale);
  const width = length * scale;
  const left = (SIDE - width) / 2;
  const foot = SIDE - 22;
  context.beginPath();
  context.moveTo(left, foot - 5);
  context.lineTo(left, foot);
  context.lineTo(left + width, foot);
  context.lineTo(left + width, foot - 5);
  context.strokeStyle = HALO;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = '#fff';
  context.lineWidth = 1.5;
  context.stroke();
  context.font = FONT;
  context.textAlign = 'center';
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = HALO;
  context.strokeText(`${length} px`, SIDE / 2, foot - 6);
  context.fillStyle = '#fff';
  context.fillText(`${length} px`, SIDE / 2, foot - 6);
}
