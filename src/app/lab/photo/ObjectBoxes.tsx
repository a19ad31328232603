/**
 * The objects of the photo as elements over it. Those that were drawn can be taken hold of: dragged,
 * pulled at a corner, moved by arrow keys and removed by Delete. Whether a proposal reaches one is seen
 * by its line, and said in its name.
 */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import type { Box } from '../../../core/boxes/box.ts';
import { formatSize } from '../../format.ts';
import { boxToScreen, type Point, type Size, type View } from '../../stage/geometry.ts';
import { useLab, usePhotoLab, useStores } from '../../store/context.tsx';
import { CORNERS, type Corner, keyedBox, movedBox, pulledBox } from './boxEdits.ts';
import { bestProposalIous } from './figures.ts';
import styles from './PhotoPanel.module.css';

interface Props {
  readonly photo: Size;
  readonly view: View;
}

export function ObjectBoxes({ photo, view }: Props) {
  const { boxes, areDrawn } = usePhotoLab((state) => state.objects);
  const seen = usePhotoLab((state) => state.seen);
  const limit = usePhotoLab((state) => state.limit);
  const threshold = useLab((state) => state.history.present.threshold);
  const ious = useMemo(
    () => (seen ? bestProposalIous(boxes, seen.tuned, limit) : null),
    [boxes, seen, limit],
  );
  return boxes.map((box, index) => (
    <ObjectBox
      // biome-ignore lint/suspicious/noArrayIndexKey: boxes have places, not identities
      key={index}
      {...{ box, index, photo, view, areDrawn }}
      iou={ious?.[index] ?? null}
      threshold={threshold}
    />
  ));
}

interface BoxProps extends Props {
  readonly box: Box;
  readonly index: number;
  readonly areDrawn: boolean;
  /** of the best proposal; null until there are any */
  readonly iou: number | null;
  readonly threshold: number;
}

/** Gestures have names of their own, so that one can be given up. */
let gestures = 0;

/** What is held: the whole box, or a corner of it, and where it was taken hold of. */
interface Grip {
  readonly box: Box;
  readonly corner: Corner | null;
  readonly at: Point;
  readonly gesture: string;
}

function ObjectBox({ box, index, photo, view, areDrawn, iou, threshold }: BoxProps) {
  const { photoLab, lab } = useStores();
  const grip = useRef<Grip>(null);
  const [x1, y1, x2, y2] = boxToScreen(view, box);
  const place = { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
  const state = iou === null ? 'waiting' : iou >= threshold ? 'reached' : 'missed';
  if (!areDrawn) return <span className={styles.object} style={place} data-state={state} />;

  const change = (to: Box, gesture?: string) =>
    photoLab.getState().draw(photoLab.getState().objects.boxes.with(index, to), gesture);
  const settle = () => lab.getState().settle();

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.stopPropagation(); // no other box is begun
    event.currentTarget.setPointerCapture(event.pointerId);
    const corner = (event.target as HTMLElement).dataset.corner as Corner | undefined;
    const at = { x: event.clientX, y: event.clientY };
    const gesture = `object ${index}, ${++gestures}`;
    grip.current = { box, corner: corner ?? null, at, gesture };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!grip.current) return;
    event.stopPropagation();
    const { box: from, corner, at, gesture } = grip.current;
    const by = {
      x: (event.clientX - at.x) / view.scale,
      y: (event.clientY - at.y) / view.scale,
    };
    if (!corner) return change(movedBox(from, by, photo), gesture);
    const x = (corner.endsWith('w') ? from[0] : from[2]) + by.x;
    const y = (corner.startsWith('n') ? from[1] : from[3]) + by.y;
    change(pulledBox(from, corner, { x, y }, photo), gesture);
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    if (!grip.current) return;
    event.stopPropagation();
    grip.current = null;
    settle();
  };
  const giveUp = () => {
    if (!grip.current) return;
    lab.getState().giveUp(grip.current.gesture);
    grip.current = null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === 'Escape') return giveUp();
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      event.currentTarget.parentElement?.focus(); // this box is gone in a moment
      return photoLab.getState().draw(photoLab.getState().objects.boxes.toSpliced(index, 1));
    }
    const to = keyedBox(box, event, photo);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    change(to, `keys ${index}`);
  };
  const judged =
    iou === null
      ? 'no proposals yet'
      : `${iou >= threshold ? 'reached' : 'not reached'}, best IoU ${iou.toFixed(2)}`;
  return (
    <button
      type="button"
      className={styles.object}
      style={place}
      data-state={state}
      data-object={index}
      aria-roledescription="box"
      aria-label={`Object ${index + 1}, ${formatSize(box)} at ${box[0]}, ${box[1]}, ${judged}. Arrow keys move it, with Shift they size it, Delete removes it.`}
      {...{ onPointerDown, onPointerMove, onPointerUp, onKeyDown }}
      onPointerCancel={giveUp}
      onKeyUp={settle}
    >
      {CORNERS.map((corner) => (
        <span key={corner} className={styles.corner} data-corner={corner} />
      ))}
    </button>
  );
}
