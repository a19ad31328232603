/**
 * Figure 3 of the paper, to be played with: an object (the ground truth) in its anchor, pushed out of
 * it by d pixels along both axes. Drag it, or move it by arrow keys: d, the IoU as the boxes have it
 * and as equation 1 says, which are the same.
 */
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { square } from '../../core/anchors/shapes.ts';
import {
  displacedIou,
  largestAnchor,
  overhangOf,
  smallestShare,
} from '../../core/anchors/theory.ts';
import { iou } from '../../core/boxes/box.ts';
import { RangeInput } from '../RangeInput.tsx';
import { useLab } from '../store/context.tsx';
import lab from './LabPage.module.css';
import styles from './OverlapDrawing.module.css';

const VIEW = 160;
const MIDDLE = VIEW / 2;

export function OverlapDrawing() {
  const threshold = useLab((state) => state.history.present.threshold);
  const [object, setObject] = useState(40);
  const [anchor, setAnchor] = useState(56);
  const [apart, setApart] = useState({ x: 14, y: 14 });
  const [grip, setGrip] = useState<{ x: number; y: number }>();

  const within = (value: number) => {
    const most = MIDDLE - object / 2;
    return Math.round(10 * Math.min(most, Math.max(-most, value))) / 10;
  };
  const move = (x: number, y: number) => setApart({ x: within(x), y: within(y) });
  /** Units of the drawing for a pixel of the page. */
  const unitOf = (event: PointerEvent<HTMLElement>) =>
    VIEW / event.currentTarget.getBoundingClientRect().width;
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const unit = unitOf(event);
    setGrip({ x: apart.x - event.clientX * unit, y: apart.y - event.clientY * unit });
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!grip) return;
    const unit = unitOf(event);
    move(grip.x + event.clientX * unit, grip.y + event.clientY * unit);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 5 : 1;
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const by = moves[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(apart.x + by[0], apart.y + by[1]);
  };

  const far = { x: Math.abs(apart.x), y: Math.abs(apart.y) };
  const [gt, around] = [square(object), square(anchor)];
  const measured = iou(
    boxAt(MIDDLE, MIDDLE, anchor),
    boxAt(MIDDLE + apart.x, MIDDLE + apart.y, object),
  );
  const d = anchor >= object ? overhangOf(gt, around, far) : undefined;
  const largest = d && largestAnchor(gt, d, threshold);
  const matches = measured >= threshold;
  const words = `${d ? `d is ${shown(d)} px` : 'the anchor is the smaller one'}, IoU ${measured.toFixed(3)}, ${matches ? 'a match' : 'no match'}`;
  return (
    <div className={styles.overlap}>
      {/* biome-ignore lint/a11y/useSemanticElements: no element is a thing to move in two directions */}
      <div
        className={styles.drawing}
        role="group"
        aria-roledescription="movable object"
        aria-label={`Ground truth: ${words}. Arrow keys move it by a pixel, with Shift by five.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
        tabIndex={0}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => setGrip(undefined)}
        onKeyDown={onKeyDown}
      >
        <svg viewBox={`0 0 ${VIEW} ${VIEW}`} data-plot="overlap" aria-hidden>
          <rect {...{ width: VIEW, height: VIEW }} fill="var(--ground)" />
          <rect
            {...{ x: MIDDLE - anchor / 2, y: MIDDLE - anchor / 2, width: anchor, height: anchor }}
            fill="var(--series-1)"
            fillOpacity={0.14}
            stroke="var(--series-1)"
            strokeWidth={1}
          />
          <rect
            x={MIDDLE + apart.x - object / 2}
            y={MIDDLE + apart.y - object / 2}
            width={object}
            height={object}
            fill="var(--mark)"
            fillOpacity={0.45}
            stroke="var(--mark-edge)"
            strokeWidth={1.5}
          />
          <text x={MIDDLE - anchor / 2} y={MIDDLE - anchor / 2 - 3} fontSize={7} fill="var(--ink)">
            anchor, {anchor} px
          </text>
          <text
            x={MIDDLE + apart.x}
            y={MIDDLE + apart.y + 2.5}
            fontSize={7}
            textAnchor="middle"
            fill="var(--ink)"
            pointerEvents="none"
          >
            {object} px
          </text>
        </svg>
      </div>
      <div className={styles.overlapSide}>
        <Side name="Ground truth, s" value={object} onValue={setObject} />
        <Side name="Anchor, s" value={anchor} onValue={setAnchor} />
        <dl className={styles.facts2}>
          <dt>d, outside of the anchor</dt>
          <dd>{d ? `${shown(d)} px` : '–'}</dd>
          <dt>IoU of the two boxes</dt>
          <dd>{measured.toFixed(3)}</dd>
          <dt>Equation 1</dt>
          <dd>{displacedIou(gt, around, far).toFixed(3)}</dd>
          <dt>Equation 2: largest anchor for this d</dt>
          <dd>{largest ? `${largest.toFixed(1)} px` : 'none'}</dd>
        </dl>
        <p className={lab.formula}>
          IoU = (s<sub>gt</sub> − d)² / (s<sub>A</sub>² + s<sub>gt</sub>² − (s<sub>gt</sub> − d)²)
          for squares and the same d along both axes. {matches ? 'A match' : 'No match'} at{' '}
          {threshold.toFixed(2)}; s<sub>gt</sub> / s<sub>A</sub> must be at least{' '}
          {smallestShare(threshold).toFixed(3)}.
        </p>
        <p className="hidden" role="status">
          {words}
        </p>
      </div>
    </div>
  );
}

const boxAt = (x: number, y: number, side: number) =>
  [x - side / 2, y - side / 2, x + side / 2, y + side / 2] as const;

const shown = ({ x, y }: { x: number; y: number }) =>
  x === y ? x.toFixed(1) : `${x.toFixed(1)} and ${y.toFixed(1)}`;

interface SideProps {
  readonly name: string;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function Side({ name, value, onValue }: SideProps) {
  const id = useId();
  return (
    <div className={lab.threshold}>
      <label htmlFor={id}>{name}</label>
      <RangeInput
        id={id}
        min={8}
        max={120}
        value={value}
        aria-valuetext={`${value} px`}
        onChange={(event) => onValue(Number(event.target.value))}
      />
      <output htmlFor={id}>{value} px</output>
    </div>
  );
}
