/**
 * Figure 4 of the paper: how large the objects of a data set are, and which of those sizes each
 * anchor set reaches. Below the histogram every anchor set has a strip: a tick for each of its
 * sizes, and the darker a place, the more of the positions of an object of that size have an anchor
 * with an IoU of 0.5.
 */
import * as Plot from '@observablehq/plot';
import { percent } from '../core/results/percent.ts';
import type { Sizes } from '../core/results/schema.ts';
import { drawFigure, type Figure, type Row } from './figure.ts';
import { seriesOf } from './legend.ts';

interface Bin extends Row {
  readonly from: number;
  readonly to: number;
}

/** Height of an anchor set's strip, as a share of the highest bar. */
const STRIP = 0.18;
const TICKS = [8, 16, 32, 64, 128, 256, 512];

/** Null where nothing is known of the set. */
export function sizesFigure(sizes: Sizes, set: string): Figure | null {
  const counts = sizes.sets.find(({ name }) => name === set)?.counts;
  if (!counts) return null;
  const splits = Object.keys(counts);
  const edgesOf = (bin: number) => [sizes.edges[bin], sizes.edges[bin + 1]] as [number, number];
  const rows = (counts[splits[0] as string] as number[]).map((_, bin): Bin => {
    const [from, to] = edgesOf(bin);
    const objects = splits.map((split) => counts[split]?.[bin] ?? 0);
    const total = objects.reduce((sum, count) => sum + count, 0);
    return {
      series: set,
      // The middle of a bin, on a logarithmic axis.
      x: Math.sqrt(from * to),
      y: total,
      from,
      to,
      cells: [
        `${from.toFixed(0)} to ${to.toFixed(0)}`,
        String(total),
        ...sizes.anchors.map(({ positions }) => percent(positions[bin])),
      ],
    };
  });
  const most = Math.max(...rows.map(({ y }) => Number(y)));
  const figure = {
    title: `Sizes of the objects and reach of the anchors, ${set}`,
    summary:
      `Objects of all splits (${splits.join(', ')}) by the root of their box’s area, in photos whose long side has ${sizes.workingSize} pixels. ` +
      'Strips: ticks are anchor sizes; darker where more positions have an anchor at IoU 0.5.',
    columns: ['Size, px', 'Objects', ...sizes.anchors.map(({ title }) => `Reached by ${title}, %`)],
    rows,
  };
  return {
    ...figure,
    draw(options) {
      const { theme } = options;
      const series = seriesOf(sizes.anchors, theme);
      const strips = sizes.anchors.flatMap(({ positions, sizes: sides, title }, order) => {
        const [top, bottom] = [-most * STRIP * (order + 0.55), -most * STRIP * (order + 1)];
        const colour = series[order]?.colour as string;
        const cells = rows.map((row, bin) => ({ ...row, share: positions[bin] ?? 0 }));
        return [
          Plot.rect(cells, {
            x1: 'from',
            x2: 'to',
            y1: bottom,
            y2: top,
            fill: colour,
            fillOpacity: (cell: { share: number }) => 0.75 * cell.share,
          }),
          Plot.ruleX(sides, { y1: bottom, y2: top, stroke: theme.ink, strokeWidth: 1.5 }),
          Plot.text([title], {
            x: sizes.edges[0] as number,
            y: top,
            text: [title],
            textAnchor: 'start',
            dx: 3,
            dy: -8,
            fill: theme.quiet,
          }),
        ];
      });
      return drawFigure(
        figure,
        {
          height: 240 + 36 * sizes.anchors.length,
          x: {
            type: 'log',
            base: 2,
            label: 'Size of the object, px',
            domain: [sizes.edges[0] as number, sizes.edges.at(-1) as number],
          },
          y: { label: 'Objects', domain: [-most * STRIP * sizes.anchors.length, most * 1.04] },
          marks: [
            Plot.axisX({ ticks: TICKS, tickFormat: String, tickSize: 4 }),
            Plot.axisY({ ticks: countTicks(most), tickSize: 4, label: 'Objects' }),
            Plot.gridY(countTicks(most), { stroke: theme.line, strokeOpacity: 1 }),
            Plot.rectY(rows, { x1: 'from', x2: 'to', y: 'y', fill: theme.context, inset: 0.5 }),
            ...strips,
            Plot.ruleY([0], { stroke: theme.quiet }),
          ],
        },
        options,
      );
    },
  };
}

/** Round numbers from 0 to `most`: below 0 lie the strips, which count nothing. */
function countTicks(most: number): number[] {
  const rough = Math.max(1, most / 4);
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10) * unit;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);
}
