/**
 * Figure 5 of the paper: what an anchor set is worth, against how many of its proposals are kept.
 * Lines are the mean over seeds, the band behind each spans the seeds. A good anchor set is high
 * on the left: it needs few proposals.
 */
import * as Plot from '@observablehq/plot';
import { percent, range } from '../core/results/percent.ts';
import type { AtProposals, Cell, ExperimentResults } from '../core/results/schema.ts';
import { drawFigure, type Figure, type Row } from './figure.ts';
import { seriesOf } from './legend.ts';

export const MEASURES = { AP50: 'mAP50', VOC: 'VOC mAP', recall: 'Recall' } as const;
export type Measure = keyof typeof MEASURES;

export interface ProposalsPicks {
  readonly set: string;
  readonly measure: Measure;
  /** for recall: "all", or the name of a range of sizes */
  readonly size: string;
  /** for AP50: one class alone; null for their mean */
  readonly class: string | null;
}

interface Point extends Row {
  readonly low: number | null;
  readonly high: number | null;
}

export function proposalsFigure(
  experiment: ExperimentResults,
  classes: readonly string[],
  { set, measure, size, class: className }: ProposalsPicks,
): Figure {
  const single = className === null ? -1 : classes.indexOf(className);
  const measured = measureName(measure, size, single < 0 ? null : className);
  const read = (at: AtProposals): number | null =>
    measure === 'recall' ? (at.recall[size] ?? null) : at[measure];
  const pointsOf = (cell: Cell, title: string): Point[] =>
    cell.atProposals.map((at, index) => {
      const value = single < 0 ? read(at) : (at.perClass[single] ?? null);
      const seeds =
        single < 0 ? cell.perSeed.map((seed) => read(seed[index] ?? at) ?? Number.NaN) : [];
      const spread = seeds.length > 1 && !seeds.some(Number.isNaN);
      const ends = spread ? { low: Math.min(...seeds), high: Math.max(...seeds) } : null;
      return {
        series: cell.variant,
        x: at.proposals,
        y: value === null ? null : 100 * value,
        low: ends && 100 * ends.low,
        high: ends && 100 * ends.high,
        cells: [title, String(at.proposals), percent(value), ends ? range(ends) : '–'],
      };
    });
  const there = experiment.variants.flatMap((variant, place) => {
    const cell = experiment.cells.find((one) => one.set === set && one.variant === variant.name);
    return cell ? [{ name: variant.name, title: variant.title, place, cell }] : [];
  });
  const rows = there.flatMap(({ cell, title }) => pointsOf(cell, title));
  const counts = [...new Set(rows.map(({ x }) => Number(x)))].sort((a, b) => a - b);
  const hasBand = rows.some(({ low }) => low !== null);
  const figure = {
    title: `${measured} against the number of proposals, ${set}`,
    summary: `The mean over seeds${hasBand ? '; the band spans them' : ''}. ${bestWords(rows, there)}`,
    columns: ['System', 'Proposals', `${measured}, %`, 'Seeds, %'],
    rows,
  };
  return {
    ...figure,
    draw(options) {
      const series = seriesOf(there, options.theme);
      const domain = series.map(({ name }) => name);
      const dashOf = new Map(series.map(({ name, dash }) => [name, dash]));
      return drawFigure(
        figure,
        {
          series,
          x: { type: 'log', label: 'Proposals per photo' },
          y: { label: `${measured}, %`, zero: true, nice: true },
          color: { domain, range: series.map(({ colour }) => colour) },
          symbol: { domain, range: series.map(({ symbol }) => symbol as Plot.SymbolType) },
          marks: [
            Plot.gridY({ stroke: options.theme.line, strokeOpacity: 1 }),
            Plot.axisX({
              ticks: thinTicks(counts, options.width),
              tickFormat: String,
              tickSize: 4,
            }),
            Plot.areaY(rows, {
              x: 'x',
              y1: 'low',
              y2: 'high',
              z: 'series',
              fill: 'series',
              fillOpacity: 0.14,
            }),
            ...there.map(({ name }) =>
              Plot.line(
                rows.filter((row) => row.series === name),
                {
                  x: 'x',
                  y: 'y',
                  stroke: 'series',
                  strokeWidth: 2,
                  strokeDasharray: dashOf.get(name),
                },
              ),
            ),
            Plot.dot(rows, { x: 'x', y: 'y', fill: 'series', symbol: 'series', r: 4 }),
          ],
        },
        options,
      );
    },
  };
}

function measureName(measure: Measure, size: string, className: string | null): string {
  if (className !== null) return `AP50 of ${className}`;
  if (measure === 'recall' && size !== 'all') return `Recall of objects ${size} of the photo`;
  return MEASURES[measure];
}

/** On a narrow figure every other tick, so that the numbers do not touch. */
function thinTicks(counts: readonly number[], width: number): number[] {
  const step = width < 520 ? 2 : 1;
  return counts.filter((_, index) => index % step === 0);
}

/** Who is first at most proposals, for those who do not see the lines. */
function bestWords(
  rows: readonly Row[],
  series: readonly { readonly name: string; readonly title: string }[],
): string {
  const most = Math.max(...rows.map(({ x }) => Number(x)));
  const last = rows
    .filter(({ x, y }) => x === most && y !== null)
    .map(({ series: name, y }) => ({ name, value: Number(y).toFixed(1) }))
    .sort((a, b) => Number(b.value) - Number(a.value));
  const [best] = last;
  if (!best) return '';
  // Equal as far as it is shown is equal.
  const first = last.filter(({ value }) => value === best.value);
  if (first.length === last.length && first.length > 1) {
    return `At ${most} proposals all are at ${best.value} %.`;
  }
  const titles = first.map((one) => series.find(({ name }) => name === one.name)?.title);
  const are = titles.length > 1 ? 'are' : 'is';
  return `At ${most} proposals ${titles.join(' and ')} ${are} highest, with ${best.value} %.`;
}
