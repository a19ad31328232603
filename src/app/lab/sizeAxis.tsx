/**
 * The frame that the plots of the Anchors page share: sizes on a logarithmic axis, the same in all of
 * them, so that an anchor is one line from top to bottom. Drawn by hand and not by Observable Plot:
 * they are drawn again at every tick of a slider.
 */
import type { ReactNode, SVGProps } from 'react';
import { BIN_EDGES } from '../../core/anchors/sizeBins.ts';
import { LARGEST, SMALLEST } from './tuning.ts';

const MARGIN = { left: 46, right: 14, top: 14 } as const;
const DOUBLINGS = Math.log2(LARGEST / SMALLEST);
const TICKS = [4, 8, 16, 32, 64, 128, 256, 512, 1024];
export const FONT = { fontSize: 12, fontFamily: 'var(--text)' } as const;

/** Places on the axis, in pixels of a plot of some width. */
export function sizeAxis(width: number) {
  const length = Math.max(1, width - MARGIN.left - MARGIN.right);
  return {
    x: (side: number) => MARGIN.left + (length * Math.log2(side / SMALLEST)) / DOUBLINGS,
    side: (x: number) => SMALLEST * 2 ** ((DOUBLINGS * (x - MARGIN.left)) / length),
  };
}

interface Props extends Omit<SVGProps<SVGSVGElement>, 'ref' | 'children'> {
  readonly width: number;
  /** of the plot's own area, in pixels; the axis comes below it */
  readonly area: number;
  /** room below the axis */
  readonly below?: number;
  readonly yTicks: readonly { readonly at: number; readonly words: string }[];
  readonly hovered: number | null;
  readonly children: (y: (share: number) => number) => ReactNode;
}

/** The frame of a plot whose heights are shares, 0..1, of its area. */
export function SizePlot({ width, area, below = 0, yTicks, hovered, children, ...svg }: Props) {
  const { x } = sizeAxis(width);
  const y = (share: number) => MARGIN.top + area * (1 - share);
  const height = MARGIN.top + area + 24 + below;
  const step = width < 420 ? 2 : 1;
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: its group has a name, and its values are in a table
    <svg {...FONT} {...svg} width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      <rect width={width} height={height} fill="var(--raised)" />
      {yTicks.map(({ at, words }) => (
        <g key={words}>
          <line
            {...{ x1: x(SMALLEST), x2: x(LARGEST), y1: y(at), y2: y(at) }}
            stroke={at === 0 ? 'var(--ink-2)' : 'var(--line)'}
          />
          <text x={x(SMALLEST) - 8} y={y(at)} dy="0.35em" textAnchor="end" fill="var(--ink-2)">
            {words}
          </text>
        </g>
      ))}
      {TICKS.filter((_, index) => index % step === 0).map((side) => (
        <text key={side} x={x(side)} y={y(0) + 17 + below} textAnchor="middle" fill="var(--ink-2)">
          {side}
        </text>
      ))}
      {children(y)}
      {hovered !== null && (
        <line
          {...{ x1: x(hovered), x2: x(hovered), y1: y(1), y2: y(0) + below }}
          stroke="var(--ink)"
          strokeDasharray="2 3"
          pointerEvents="none"
          data-pointer
        />
      )}
    </svg>
  );
}

/** Bars of the bins as one path, the shares of the area that they fill. */
export function barsPath(
  shares: readonly (number | null)[],
  width: number,
  y: (share: number) => number,
): string {
  const { x } = sizeAxis(width);
  return shares
    .map((share, bin) => {
      if (!share) return '';
      const [left, right] = [x(BIN_EDGES[bin] as number), x(BIN_EDGES[bin + 1] as number)];
      return `M${(left + 0.5).toFixed(1)} ${y(0)}V${y(share).toFixed(1)}H${(right - 0.5).toFixed(1)}V${y(0)}Z`;
    })
    .join('');
}
