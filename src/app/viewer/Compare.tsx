/**
 * Two enlargements of one region, with a divider between them: to its left bicubic interpolation or
 * the photo's own pixels, to its right what super-resolution made of it, or the difference. Both sides
 * pan and zoom as one; the divider has a handle of its own, for the pointer and for arrow keys.
 */
import { Maximize, Minus, Plus } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import * as Divider from 'react-compare-slider/components';
import { useReactCompareSlider } from 'react-compare-slider/hooks';
import { useStore } from 'zustand';
import { MOST_PIXELS, SCALES, type Scale } from '../../core/superResolution/region.ts';
import { IconButton } from '../IconButton.tsx';
import type { Held } from '../sharpen/viewerActions.ts';
import { useGestures } from '../stage/useGestures.ts';
import { useStageSize } from '../stage/useStageSize.ts';
import { viewKeys } from '../stage/viewKeys.ts';
import { useLoupe, useSharpen, useStores } from '../store/context.tsx';
import { createViewStore, type ViewStore } from '../store/viewStore.ts';
import { useDevicePixelRatio } from '../useDevicePixelRatio.ts';
import { Choices } from './Choices.tsx';
import styles from './Compare.module.css';
import { Enlarging } from './Enlarging.tsx';
import { ExportCrop } from './ExportCrop.tsx';
import { Scores } from './Scores.tsx';
import { SideCanvas } from './SideCanvas.tsx';
import {
  canvasOf,
  differenceOf,
  GAIN,
  nearestOf,
  type Pictures,
  SIDE_TITLES,
  type Side,
} from './sides.ts';

const ALL_SCALES = ['2', '3', '4'] as const;
/** Pixels of the side of the largest square that can still be enlarged; rounded down to tens. */
const LARGEST_SQUARE = 10 * Math.floor(Math.sqrt(MOST_PIXELS) / SCALES[0] / 10);

export function Compare({ held }: { held: Held }) {
  const { sharpen } = useStores();
  const scale = useSharpen((state) => state.scale);
  const pictures = usePictures(held, scale);
  const [left, setLeft] = useState<Side>('bicubic');
  const [right, setRight] = useState<Side>('sharpened');
  // Without super-resolution the pixels are compared with bicubic interpolation.
  const problem = useSharpen((state) => state.enlargeProblem);
  const failed = problem !== null;
  const sides = failed ? (['nearest', 'bicubic'] as const) : ([left, right] as const);
  const { width, height } = held.region;
  return (
    <div className={styles.compare}>
      <div className={styles.left}>
        <div className={styles.bar}>
          <Choices
            label="Enlargement"
            value={String(scale)}
            choices={ALL_SCALES.map((value) => ({
              value,
              name: `× ${value}`,
              disabled: !held.scales.includes(Number(value) as Scale),
            }))}
            onChange={(value) => sharpen.getState().setScale(Number(value) as Scale)}
          />
          <span className={styles.from}>
            {width} × {height} to {scale * width} × {scale * height} px
          </span>
          <ExportCrop pictures={pictures} region={held.region} scale={scale} />
        </div>
        {held.scales.length > 0 ? (
          <TwoUp
            sides={sides}
            pictures={pictures}
            size={{ width: scale * width, height: scale * height }}
          >
            {!failed && (
              <>
                <Choices
                  label="Left side"
                  value={left}
                  choices={choicesOf('nearest', 'bicubic')}
                  onChange={(side) => setLeft(side)}
                />
                <Choices
                  label="Right side"
                  value={right}
                  choices={choicesOf('sharpened', 'difference')}
                  onChange={(side) => setRight(side)}
                />
              </>
            )}
          </TwoUp>
        ) : (
          <p className={styles.problem}>
            This region of {width} × {height} px is too large to be enlarged here; mark one of at
            most {LARGEST_SQUARE} × {LARGEST_SQUARE} px.
          </p>
        )}
        {problem && (
          <p className={styles.note} role="status">
            {problem}
          </p>
        )}
        {right === 'difference' && !failed && (
          <p className={styles.note}>
            What sharpening added (lighter than grey) and took away (darker), {GAIN} times as
            strong.
          </p>
        )}
      </div>
      <Scores />
    </div>
  );
}

const choicesOf = (...sides: Side[]) => sides.map((value) => ({ value, name: SIDE_TITLES[value] }));

function usePictures({ region }: Held, scale: Scale): Pictures {
  const bitmap = useLoupe((state) => state.photo?.bitmap);
  const bicubic = useSharpen((state) => state.bicubic);
  const sharpened = useSharpen((state) => state.sharpened);
  return useMemo(
    () => ({
      nearest: bitmap ? nearestOf(bitmap, region, scale) : null,
      bicubic: bicubic && canvasOf(bicubic),
      sharpened: sharpened && canvasOf(sharpened),
      difference: bicubic && sharpened && canvasOf(differenceOf(bicubic, sharpened)),
    }),
    [bitmap, region, scale, bicubic, sharpened],
  );
}

interface TwoUpProps {
  readonly sides: readonly [Side, Side];
  readonly pictures: Pictures;
  readonly size: { readonly width: number; readonly height: number };
  readonly children: React.ReactNode;
}

function TwoUp({ sides: [left, right], pictures, size, children }: TwoUpProps) {
  const [view] = useState(() =>
    createViewStore(undefined, () => ({ side: 12, top: 52, bottom: 12 })),
  );
  const density = useDevicePixelRatio();
  const surface = useRef<HTMLDivElement>(null);
  const [position, setPosition] = useState(50);
  const slider = useReactCompareSlider({
    onlyHandleDraggable: true,
    keyboardIncrement: '2%',
    transition: 'none',
    onPositionChange: setPosition,
  });
  useStageSize(surface, view);
  const { width, height } = size;
  useEffect(() => view.getState().setPicture({ width, height }), [view, width, height]);
  useGestures(surface, view, {
    onHover() {},
    onTap() {},
    onDoubleTap: () => view.getState().fit(),
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = viewKeys(view, density)[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const percent = Math.round(position);
  // As every slider: the library's own keys are the arrows alone.
  const onDividerKey = (event: KeyboardEvent) => {
    const to = { Home: 0, End: 100, PageUp: percent + 10, PageDown: percent - 10 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    slider.setPosition(Math.min(100, Math.max(0, to)));
  };
  return (
    <div className={styles.stage}>
      <Divider.Provider {...slider}>
        <Divider.Root style={{ position: 'absolute', inset: 0 }}>
          <Divider.Item item="itemOne">
            <SideCanvas picture={pictures[left]} view={view} density={density} />
          </Divider.Item>
          <Divider.Item item="itemTwo">
            <SideCanvas picture={pictures[right]} view={view} density={density} />
          </Divider.Item>
          {/* biome-ignore lint/a11y/useSemanticElements: no element means "zoomable picture" */}
          <div
            ref={surface}
            className={styles.surface}
            role="group"
            aria-roledescription="zoomable comparison"
            aria-label={`${SIDE_TITLES[left]} to the left of the divider, ${SIDE_TITLES[right]} to the right. Arrow keys move both, plus and minus zoom, 0 fits, 1 shows actual pixels.`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, so it must take focus
            tabIndex={0}
            onKeyDown={onKeyDown}
          />
          <Divider.HandleRoot
            className={styles.divider}
            style={{ zIndex: 2 }}
            aria-label="Divider"
            onKeyDown={onDividerKey}
            aria-valuenow={percent}
            aria-valuetext={`${percent} % ${SIDE_TITLES[left]}, ${100 - percent} % ${SIDE_TITLES[right]}`}
          >
            <Divider.Handle
              className={styles.handle}
              buttonStyle={{ width: 40, height: 40, background: 'rgb(8 10 12 / 0.6)' }}
            />
          </Divider.HandleRoot>
        </Divider.Root>
      </Divider.Provider>
      <div className={styles.pickers}>{children}</div>
      <Enlarging />
      <ZoomBar view={view} density={density} />
    </div>
  );
}

function ZoomBar({ view, density }: { view: ViewStore; density: number }) {
  const scale = useStore(view, (state) => state.view.scale);
  return (
    <div className={styles.zoom} role="toolbar" aria-label="Zoom of both sides">
      <IconButton label="Zoom out" onClick={() => view.getState().zoomBy(1 / 1.5)}>
        <Minus aria-hidden />
      </IconButton>
      <output className={styles.percent} aria-label="Scale of both sides">
        {Math.round(scale * density * 100)} %
      </output>
      <IconButton label="Zoom in" onClick={() => view.getState().zoomBy(1.5)}>
        <Plus aria-hidden />
      </IconButton>
      <IconButton label="Fit" onClick={() => view.getState().fit()}>
        <Maximize aria-hidden />
      </IconButton>
    </div>
  );
}
