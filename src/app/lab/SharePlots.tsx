/**
 * The two plots of shares below the histogram: at how many positions an object of a size has an
 * anchor (theory), and how many of the objects of each size have one (the data).
 */
import { CURVE_SIDES } from '../../worker/anchorLab/protocol.ts';
import { useLab } from '../store/context.tsx';
import { barsPath, SizePlot, sizeAxis } from './sizeAxis.tsx';

const PERCENT = [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, words: `${100 * at} %` }));
const AREA = 120;

interface Props {
  readonly width: number;
  readonly hovered: number | null;
}

export function CoveragePlot({ width, hovered }: Props) {
  const positions = useLab((state) => state.measured?.positions);
  const { x } = sizeAxis(width);
  return (
    <SizePlot width={width} area={AREA} yTicks={PERCENT} hovered={hovered} data-plot="positions">
      {(y) => {
        const line = (positions ?? [])
          .map((share, at) => `${x(CURVE_SIDES[at] as number).toFixed(1)} ${y(share).toFixed(1)}`)
          .join('L');
        return (
          <>
            <AnchorLines width={width} y={y} />
            {line && (
              <>
                <path
                  d={`M${x(4)} ${y(0)}L${line}L${x(1024)} ${y(0)}Z`}
                  fill="var(--series-1)"
                  fillOpacity={0.14}
                />
                <path
                  d={`M${line}`}
                  data-curve
                  fill="none"
                  stroke="var(--series-1)"
                  strokeWidth={2}
                />
              </>
            )}
          </>
        );
      }}
    </SizePlot>
  );
}

export function RecallPlot({ width, hovered }: Props) {
  const measured = useLab((state) => state.measured);
  return (
    <SizePlot width={width} area={AREA} yTicks={PERCENT} hovered={hovered} data-plot="recall">
      {(y) => (
        <>
          {measured && (
            <path
              d={barsPath(
                measured.counts.map((count, bin) => {
                  return count > 0 ? (measured.reached[bin] as number) / count : null;
                }),
                width,
                y,
              )}
              fill="var(--series-3)"
            />
          )}
          <AnchorLines width={width} y={y} />
        </>
      )}
    </SizePlot>
  );
}

/** Where the anchors stand, carried on from the histogram above. */
function AnchorLines({ width, y }: { width: number; y: (share: number) => number }) {
  const sizes = useLab((state) => state.history.present.sizes);
  const { x } = sizeAxis(width);
  const path = sizes.map((size) => `M${x(size).toFixed(1)} ${y(1)}V${y(0)}`).join('');
  return <path d={path} stroke="var(--ink)" strokeOpacity={0.45} pointerEvents="none" />;
}
