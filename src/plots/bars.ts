/**
 * Horizontal bars in panels: one panel for each thing that is measured, in it one bar for each look
 * (Fast, Fine). The look that is picked has its colour, the others are grey beside it.
 */
import * as Plot from '@observablehq/plot';
import { drawFigure, type Figure, type Row } from './figure.ts';
import { seriesOf } from './legend.ts';

export interface BarsPicks {
  /** the series that is looked at; all of them without it */
  readonly picked?: string | undefined;
}

const BAR = 13;
const PANEL_GAP = 10;

/** Rows with `group` (the panel), `series` (the bar) and `x`, its length in percent. */
export function barsFigure(
  figure: Omit<Figure, 'draw'>,
  label: string,
  { picked }: BarsPicks,
): Figure {
  const { rows } = figure;
  const names = [...new Set(rows.map(({ series }) => series))];
  const groups = [...new Set(rows.map(({ group }) => group as string))];
  return {
    ...figure,
    draw(options) {
      const { theme } = options;
      const series = seriesOf(
        names.map((name) => ({ name, title: name })),
        theme,
      ).map(({ name, title, colour }) => ({
        name,
        title,
        colour: picked === undefined || picked === name ? colour : theme.context,
      }));
      const longest = Math.max(...groups.map((group) => group.length));
      const words = { x: 'x', y: 'y', fy: 'group', text: lengthOf, dx: 4 };
      return drawFigure(
        figure,
        {
          series,
          height: groups.length * (names.length * BAR + PANEL_GAP) + 60,
          marginLeft: Math.min(0.45 * options.width, 18 + 7 * longest),
          marginRight: 40,
          marginTop: 8,
          marginBottom: 40,
          x: { label, nice: true, zero: true },
          y: { axis: null, domain: names, padding: 0.12 },
          fy: { domain: groups, label: null, padding: 0.16 },
          color: {
            domain: series.map(({ name }) => name),
            range: series.map(({ colour }) => colour),
          },
          marks: [
            Plot.axisFy({ anchor: 'left', label: null, textAnchor: 'end', dx: -2 }),
            Plot.axisX({ tickSize: 4, label }),
            Plot.gridX({ stroke: theme.line, strokeOpacity: 1 }),
            // Both ends are told: from one alone Plot would stack, and take what is unknown for 0.
            Plot.barX(rows, { x1: 0, x2: 'x', y: 'y', fy: 'group', fill: 'series' }),
            Plot.text(rows, { ...words, textAnchor: 'start' }),
          ],
        },
        options,
      );
    },
  };
}

/** The figure at the end of a bar. */
const lengthOf = ({ x }: Row) => (typeof x === 'number' ? x.toFixed(1) : '');
