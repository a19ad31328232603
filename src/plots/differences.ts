/**
 * The differences that are claimed, as a forest plot: an estimate with its 95 % interval for each
 * pair of systems and each data set, and for the sets together. What lies wholly right of zero is
 * better.
 */
import * as Plot from '@observablehq/plot';
import { points, range } from '../core/results/percent.ts';
import type { ResultsDifference } from '../core/results/schema.ts';
import { drawFigure, type Figure, type Row } from './figure.ts';

interface Estimate extends Row {
  readonly low: number;
  readonly high: number;
}

const ROW_HEIGHT = 40;
/** Where the words above an interval take two lines. */
const NARROW = { below: 460, rowHeight: 54 };

/**
 * @param of what the systems are: "anchor sets on the test split"
 * @param measure what differs, in percent
 * @param systems what they are called
 */
export function differencesFigure(
  of: string,
  differences: readonly ResultsDifference[],
  measure = 'mAP50',
  systems: readonly { readonly name: string; readonly title: string }[] = [],
): Figure {
  const titleOf = (name: string) => systems.find((one) => one.name === name)?.title ?? name;
  const rows = differences.map((difference): Estimate => {
    const { system, baseline, estimate, low, high, sets } = difference;
    const pair = `${titleOf(system)} less ${titleOf(baseline)}`;
    const where = sets.map(({ name }) => name).join(' and ');
    return {
      series: pair,
      x: 100 * estimate,
      y: `${pair}, ${where}`,
      low: 100 * low,
      high: 100 * high,
      cells: [pair, where, points(estimate), range({ low, high }, points), verdict(difference)],
    };
  });
  const figure = {
    title: `Differences of ${measure} with 95 % intervals, ${of}`,
    summary:
      'Paired bootstrap over photos; together, data sets count alike. An interval right of zero means better.',
    columns: ['Difference', 'Data', `${measure}, points`, '95 % interval', 'Verdict'],
    rows,
  };
  return {
    ...figure,
    draw(options) {
      const { theme, width } = options;
      const rowHeight = width < NARROW.below ? NARROW.rowHeight : ROW_HEIGHT;
      return drawFigure(
        figure,
        {
          height: rows.length * rowHeight + 56,
          marginLeft: 12,
          marginRight: 12,
          marginTop: 8,
          marginBottom: 40,
          x: { label: `${measure}, points`, nice: true, zero: true },
          y: { axis: null, domain: rows.map(({ y }) => y as string) },
          marks: [
            Plot.gridX({ stroke: theme.line, strokeOpacity: 1 }),
            Plot.axisX({ tickSize: 4 }),
            Plot.ruleX([0], { stroke: theme.ink }),
            Plot.link(rows, {
              x1: 'low',
              x2: 'high',
              y1: 'y',
              y2: 'y',
              stroke: theme.ink,
              strokeWidth: 2,
              dy: 12,
            }),
            Plot.dot(rows, { x: 'x', y: 'y', r: 4.5, fill: theme.ink, dy: 12 }),
            Plot.text(rows, {
              y: 'y',
              frameAnchor: 'left',
              text: (row: Estimate) => `${row.y}: ${row.cells[2]}`,
              dy: 2,
              lineAnchor: 'bottom',
              lineWidth: width / 12 - 3,
              stroke: theme.background,
              strokeWidth: 4,
              fill: theme.quiet,
              paintOrder: 'stroke',
            }),
          ],
        },
        options,
      );
    },
  };
}

/** What the interval allows to say. */
export function verdict({ low, high }: Pick<ResultsDifference, 'low' | 'high'>): string {
  if (low > 0) return 'better';
  return high < 0 ? 'worse' : 'not settled';
}
