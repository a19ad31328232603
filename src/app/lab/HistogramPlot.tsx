/**
 * Figure 4 of the paper, to be taken hold of: how large the objects are, the anchors among them, and
 * below the axis the range of sizes that theory gives each anchor. An anchor is dragged along the
 * axis, or moved by keys; a double click puts a new one where it is.
 */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react';
import { both, smallestMatchable } from '../../core/anchors/theory.ts';
import { useLab, useStores } from '../store/context.tsx';
import { removeSize } from './removeSize.ts';
import { barsPath, SizePlot, sizeAxis } from './sizeAxis.tsx';
import { keyedSize, LARGEST, SMALLEST, withSize, withSizeAt } from './tuning.ts';

/** Of a range's bar below the axis. */
const ROW = 7;
const AREA = 210;

export function HistogramPlot({ width, hovered }: { width: number; hovered: number | null }) {
  const { lab } = useStores();
  const counts = useLab((state) => state.measured?.counts);
  const tuning = useLab((state) => state.history.present);
  const { sizes, threshold, stride } = tuning;
  const { x, side } = sizeAxis(width);
  const most = Math.max(1, ...(counts ?? []));
  const { ticks, bars } = useMemo(() => {
    const step = niceStep(most / 4);
    const list = Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
    return {
      ticks: list.map((count) => ({
        at: count / (1.06 * most),
        words: count.toLocaleString('en'),
      })),
      bars: (y: (share: number) => number) =>
        barsPath(
          (counts ?? []).map((count) => count / (1.06 * most)),
          width,
          y,
        ),
    };
  }, [counts, most, width]);
  const below = 8 + ROW * sizes.length;
  const everywhere = smallestMatchable(both(stride / 2), threshold);
  const root = Math.sqrt(threshold);
  const within = (size: number) => Math.min(LARGEST, Math.max(SMALLEST, size));

  /** The pointer that drags an anchor. */
  const held = useRef<number | null>(null);
  const giveUp = (index: number) => {
    held.current = null;
    lab.getState().giveUp(`size ${index}`);
  };

  const onKeyDown = (index: number) => (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return giveUp(index);
    const { present } = lab.getState().history;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      const plot = event.currentTarget.parentElement as HTMLElement;
      return removeSize(lab, index, () => plot.querySelectorAll<SVGElement>('[role=slider]'));
    }
    const to = keyedSize(present.sizes[index] as number, event.key);
    if (to === undefined) return;
    event.preventDefault();
    lab.getState().change(withSizeAt(present, index, to), `size ${index}`);
  };
  const onPointerMove = (index: number) => (event: PointerEvent<SVGGElement>) => {
    if (held.current !== event.pointerId) return;
    const svg = event.currentTarget.ownerSVGElement as SVGSVGElement;
    const at = side(event.clientX - svg.getBoundingClientRect().left);
    const size = at >= 10 ? Math.round(at) : Math.round(2 * at) / 2;
    lab.getState().change(withSizeAt(lab.getState().history.present, index, size), `size ${index}`);
  };

  return (
    <SizePlot
      width={width}
      area={AREA}
      below={below}
      yTicks={ticks}
      hovered={hovered}
      data-plot="sizes-and-anchors"
      onDoubleClick={(event) => {
        const at = side(event.clientX - event.currentTarget.getBoundingClientRect().left);
        if (at < SMALLEST || at > LARGEST) return;
        lab.getState().change(withSize(lab.getState().history.present, Math.round(at)));
      }}
    >
      {(y) => (
        <>
          <path d={bars(y)} fill="var(--edge)" />
          {everywhere < LARGEST && (
            <line
              pointerEvents="none"
              {...{ x1: x(everywhere), x2: x(everywhere), y1: y(1), y2: y(0) }}
              stroke="var(--series-2)"
              strokeWidth={1.5}
              strokeDasharray="6 3"
            />
          )}
          {sizes.map((size, index) => (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: sizes have places, not identities
              key={index}
              x={x(within(size * root))}
              width={x(within(size / root)) - x(within(size * root))}
              y={y(0) + 6 + ROW * index}
              height={ROW - 2}
              rx={1.5}
              fill="var(--series-1)"
              fillOpacity={0.55}
            />
          ))}
          {sizes.map((size, index) => (
            <g
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              key={index}
              role="slider"
              tabIndex={0}
              aria-label={`Anchor size ${index + 1} in the histogram`}
              aria-valuemin={SMALLEST}
              aria-valuemax={LARGEST}
              aria-valuenow={size}
              aria-valuetext={`${size} px`}
              transform={`translate(${x(size).toFixed(1)} 0)`}
              style={{ cursor: 'ew-resize', touchAction: 'none' }}
              onPointerDown={(event) => {
                held.current = event.pointerId;
                event.currentTarget.setPointerCapture(event.pointerId);
              }}
              onPointerMove={onPointerMove(index)}
              onPointerUp={() => {
                held.current = null;
                lab.getState().settle();
              }}
              onPointerCancel={() => giveUp(index)}
              onKeyDown={onKeyDown(index)}
              onKeyUp={() => lab.getState().settle()}
            >
              <rect x={-11} y={0} width={22} height={y(0) + below} fill="transparent" />
              <line y1={10} y2={y(0) + below} stroke="var(--ink)" strokeWidth={1.5} />
              <rect
                {...{ x: -5, y: 2, width: 10, height: 18, rx: 3 }}
                data-grip
                fill="var(--mark)"
                stroke="var(--mark-ink)"
              />
            </g>
          ))}
          {everywhere < LARGEST && (
            <g pointerEvents="none">
              <text
                x={x(LARGEST)}
                y={y(1) + 22}
                textAnchor="end"
                fill="var(--series-2)"
                stroke="var(--raised)"
                strokeWidth={5}
                paintOrder="stroke"
              >
                ┆ {everywhere.toFixed(0)} px
              </text>
            </g>
          )}
        </>
      )}
    </SizePlot>
  );
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  return ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
}
