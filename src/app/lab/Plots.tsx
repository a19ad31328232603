/**
 * The three plots over one axis, what they say at the size that is pointed at, and all values as a
 * table.
 */
import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react';
import { BIN_EDGES, binOfSide, middleOfBin } from '../../core/anchors/sizeBins.ts';
import { percent } from '../../core/results/percent.ts';
import { CURVE_SIDES, type Measured } from '../../worker/anchorLab/protocol.ts';
import plotStyles from '../results/PlotFigure.module.css';
import { Values } from '../results/Values.tsx';
import { useLab, useStores } from '../store/context.tsx';
import { useWidth } from '../useWidth.ts';
import { EverywhereWords } from './EverywhereWords.tsx';
import { HistogramPlot } from './HistogramPlot.tsx';
import styles from './LabPage.module.css';
import { CoveragePlot, RecallPlot } from './SharePlots.tsx';
import { savePlot } from './savePlot.ts';
import { sizeAxis } from './sizeAxis.tsx';
import { LARGEST, SMALLEST } from './tuning.ts';

export function Plots() {
  const [frame, width] = useWidth();
  const [hovered, setHovered] = useState<number | null>(null);
  const measured = useLab((state) => state.measured);
  const ready = width > 0 && measured !== null;
  return (
    <section className={`${plotStyles.figure} ${styles.plots}`} aria-label="Plots by size">
      <div
        ref={frame}
        className={styles.stack}
        onPointerMove={(event) => {
          const { left } = event.currentTarget.getBoundingClientRect();
          const side = sizeAxis(width).side(event.clientX - left);
          setHovered(side >= SMALLEST && side <= LARGEST ? side : null);
        }}
        onPointerLeave={() => setHovered(null)}
      >
        {ready && (
          <>
            <Titled name="sizes-and-anchors" title="Objects by size, and the anchors among them">
              <HistogramPlot width={width} hovered={hovered} />
              <EverywhereWords />
            </Titled>
            <Titled name="positions" title="Positions at which an object of a size has an anchor">
              <CoveragePlot width={width} hovered={hovered} />
            </Titled>
            <Titled
              name="recall"
              title="Objects of a size that have an anchor: best possible recall"
            >
              <RecallPlot width={width} hovered={hovered} />
            </Titled>
          </>
        )}
      </div>
      <p className={styles.readout}>
        {measured && hovered !== null
          ? wordsAt(measured, hovered)
          : 'Sizes are roots of areas, in pixels of the photo as the network sees it. Drag an anchor, double-click for another; blue bars are the sizes of object that each can match.'}
      </p>
      {measured && <ValuesOf measured={measured} />}
    </section>
  );
}

/** A plot under its title, with a way to take it away. */
function Titled({ name, title, children }: { name: string; title: string; children: ReactNode }) {
  const { loupe } = useStores();
  const save = (format: 'svg' | 'png') => () => {
    const svg = document.querySelector<SVGSVGElement>(`svg[data-plot="${name}"]`);
    if (!svg) return;
    savePlot(svg, name, format).catch(() =>
      loupe.getState().report('The plot could not be written; try the other format.'),
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a plot with handles, not a set of fields
    <div role="group" aria-label={title} className={styles.plot}>
      <div className={styles.plotTitle}>
        <h3>{title}</h3>
        <DropdownMenu.Root modal={false}>
          <DropdownMenu.Trigger
            className="button"
            data-quiet
            data-icon
            aria-label={`Save the plot “${title}”`}
          >
            <Download aria-hidden />
          </DropdownMenu.Trigger>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            <DropdownMenu.Item className="menuItem" onSelect={save('svg')}>
              As SVG
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menuItem" onSelect={save('png')}>
              As PNG
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Root>
      </div>
      {children}
    </div>
  );
}

function wordsAt(measured: Measured, side: number): string {
  const bin = binOfSide(side);
  const objects = measured.counts[bin] as number;
  const recall =
    objects > 0
      ? `, ${percent((measured.reached[bin] as number) / objects)} % of them with an anchor`
      : '';
  return `${rangeOf(bin)} px: ${objects.toLocaleString('en')} ${objects === 1 ? 'object' : 'objects'}${recall}; an object of ${side.toFixed(0)} px has one at ${percent(positionsAt(measured, side))} % of its positions.`;
}

const rangeOf = (bin: number) =>
  `${(BIN_EDGES[bin] as number).toFixed(0)} to ${(BIN_EDGES[bin + 1] as number).toFixed(0)}`;

/** At the side of the curve that is nearest. */
function positionsAt({ positions }: Measured, side: number): number {
  const after = CURVE_SIDES.findIndex((one) => one >= side);
  return positions[after < 0 ? positions.length - 1 : after] as number;
}

function ValuesOf({ measured: newest }: { measured: Measured }) {
  const measured = useDeferredValue(newest);
  const figure = useMemo(
    () => ({
      title: 'Objects, positions and recall by size',
      columns: ['Size, px', 'Objects', 'Positions with an anchor, %', 'Best possible recall, %'],
      rows: measured.counts.map((count, bin) => ({
        cells: [
          rangeOf(bin),
          String(count),
          percent(positionsAt(measured, middleOfBin(bin))),
          percent(count > 0 ? (measured.reached[bin] as number) / count : null),
        ],
      })),
    }),
    [measured],
  );
  return <Values figure={figure} />;
}
