/**
 * Everything on the canvas as a list: a frame of the contact sheet per detection, with its class,
 * score and box in words and figures. One tab stop; arrows, Home and End move within it, the one
 * that has the focus is highlighted on the stage, Enter selects it and zooms to it.
 */
import { type KeyboardEvent, memo, useEffect, useRef, useState } from 'react';
import type { Detection } from '../../core/detection/types.ts';
import { formatScore, formatSize } from '../format.ts';
import { PhotoCrop } from '../PhotoCrop.tsx';
import { changeOf } from '../sharpen/sharpenStore.ts';
import { useLoupe, useStores } from '../store/context.tsx';
import styles from './DetectionList.module.css';

/** What stays free beside a frame that is scrolled to, in CSS pixels. */
const MARGIN = 16;

const STEPS: Record<string, (at: number, last: number) => number> = {
  ArrowRight: (at, last) => Math.min(last, at + 1),
  ArrowDown: (at, last) => Math.min(last, at + 1),
  ArrowLeft: (at) => Math.max(0, at - 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_at, last) => last,
};

/** @param order indices of `shown`, in the order in which they stand side by side; theirs unless told */
export function DetectionList({
  shown,
  order,
}: {
  shown: readonly Detection[];
  order?: readonly number[];
}) {
  const { loupe, view } = useStores();
  const selected = useLoupe((state) => state.selected);
  const list = useRef<HTMLUListElement>(null);
  const [current, setCurrent] = useState(0);
  const indices = order ?? shown.map((_, index) => index);
  const selectedPlace = selected === null ? -1 : indices.indexOf(selected);
  // The tab stop follows the selection, and never points past the end of a shorter list.
  const stop = Math.min(selectedPlace >= 0 ? selectedPlace : current, shown.length - 1);

  const frameAt = (place: number) =>
    list.current?.querySelectorAll<HTMLElement>('button')[place] ?? null;

  useEffect(() => {
    const strip = list.current;
    const item = strip?.children[selectedPlace] as HTMLElement | undefined;
    if (!strip || !item) return;
    // The strip alone scrolls: a tap on the photo of a phone must not carry the page away.
    const left = item.offsetLeft - MARGIN;
    const right = item.offsetLeft + item.offsetWidth + MARGIN;
    if (left < strip.scrollLeft) strip.scrollTo({ left });
    else if (right > strip.scrollLeft + strip.clientWidth) {
      strip.scrollTo({ left: right - strip.clientWidth });
    }
  }, [selectedPlace]);

  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const button = (event.target as HTMLElement).closest('button');
    const at = Number(button?.dataset.place);
    const index = indices[at] ?? -1;
    const detection = shown[index];
    if (!detection) return;
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const next = step(at, shown.length - 1);
      setCurrent(next);
      frameAt(next)?.focus();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      loupe.getState().select(index);
      view.getState().zoomToBox(detection.box);
    } else if (event.key === 'Escape') {
      loupe.getState().select(null);
    }
  };

  return (
    <ul
      ref={list}
      // biome-ignore lint/a11y/noRedundantRoles: Safari forgets that a list without bullets is one
      role="list"
      aria-label="Detections"
      className={styles.list}
      onKeyDown={onKeyDown}
    >
      {indices.map((index, place) => {
        const detection = shown[index] as Detection;
        return (
          <Frame
            // A second look moves detections about: proposal and class are who they are.
            key={`${detection.proposal}/${detection.label}/${detection.box[0]}`}
            detection={detection}
            index={index}
            place={place}
            tabStop={place === stop}
            selected={index === selected}
          />
        );
      })}
    </ul>
  );
}

interface FrameProps {
  readonly detection: Detection;
  readonly index: number;
  readonly place: number;
  readonly tabStop: boolean;
  readonly selected: boolean;
}

const Frame = memo(function Frame({ detection, index, place, tabStop, selected }: FrameProps) {
  const { loupe, view } = useStores();
  const hovered = useLoupe((state) => state.hovered === index);
  const { box, className, score } = detection;
  const hover = (over: boolean) => loupe.getState().hover(over ? index : null);
  return (
    <li className={styles.item}>
      <button
        type="button"
        className={styles.frame}
        data-place={place}
        data-hovered={hovered || undefined}
        aria-current={selected || undefined}
        tabIndex={tabStop ? 0 : -1}
        onClick={() => {
          loupe.getState().select(index);
          view.getState().reveal(box);
        }}
        onDoubleClick={() => view.getState().zoomToBox(box)}
        onPointerEnter={() => hover(true)}
        onPointerLeave={() => hover(false)}
        onFocus={() => hover(true)}
        onBlur={() => hover(false)}
      >
        <PhotoCrop box={box} side={72} share={0.66} className={styles.crop} />
        <span className={styles.words}>
          <span className={styles.title}>
            <span className={styles.name}>{className}</span>{' '}
            <span>
              <span className="hidden">score </span>
              {formatScore(score)}
            </span>
          </span>{' '}
          <span className={styles.box}>
            {formatSize(box)}
            <br />
            <span className="hidden"> box </span>
            at {Math.round(box[0])}, {Math.round(box[1])}
          </span>
          <Change detection={detection} />
        </span>
      </button>
    </li>
  );
});

/** What the second look made of the score: `0.41 to 0.63`, with an arrow for the eye. */
function Change({ detection }: { detection: Detection }) {
  const change = changeOf(detection);
  if (!change) return null;
  const { from, to } = change;
  return (
    <span className={styles.change} data-up={to > from || undefined}>
      <span className="hidden"> looked at again, was {formatScore(from)}</span>
      <span aria-hidden>
        {to > from ? '▲' : to < from ? '▼' : '='} from {formatScore(from)}
      </span>
    </span>
  );
}
