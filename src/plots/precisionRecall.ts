/**
 * Precision over recall at IoU 0.5, a curve for each class or for each system: further to the upper
 * right is better, and the area below is the average precision. Curves that are not picked stay in
 * grey behind the others, for comparison.
 */
import * as Plot from '@observablehq/plot';
import type { Curve } from '../core/results/schema.ts';
import { drawFigure, type Figure, type Row } from './figure.ts';
import { seriesOf } from './legend.ts';

export interface NamedCurve {
  readonly name: string;
  readonly title: string;
  readonly curve: Pick<Curve, 'recall' | 'precision' | 'score'>;
}

/**
 * @param of what the curves are of: "Class", "Anchors"
 * @param picked names of curves, all without it
 */
export function precisionRecallFigure(
  title: string,
  of: string,
  curves: readonly NamedCurve[],
  picked?: readonly string[],
): Figure {
  const all = curves.map((curve, place) => ({ ...curve, place }));
  const front = all.filter(({ name }) => !picked || picked.includes(name));
  const scored = front.some(({ curve }) => curve.score);
  const rows = front.flatMap(rowsOf);
  const behind = all.filter((curve) => !front.includes(curve)).flatMap(rowsOf);
  const figure = {
    title,
    summary:
      'At IoU 0.5. Further to the upper right is better; the area below a curve is its AP50.' +
      (behind.length > 0 ? ' Grey: those that are not picked.' : ''),
    columns: [of, 'Recall, %', 'Precision, %', ...(scored ? ['Score from'] : [])],
    rows: rows.map((row) => (scored ? row : { ...row, cells: row.cells.slice(0, 3) })),
  };
  return {
    ...figure,
    draw(options) {
      // Colours go by place among the picked: six differ, ten would not.
      const series = seriesOf(
        front.map(({ name, title }) => ({ name, title })),
        options.theme,
      );
      const styleOf = new Map(series.map((one) => [one.name, one]));
      const line = { x: 'x', y: 'y', z: 'series' } as const;
      return drawFigure(
        figure,
        {
          series,
          x: { domain: [0, 100], label: 'Recall, %' },
          y: { domain: [0, 100], label: 'Precision, %' },
          marks: [
            Plot.gridX({ stroke: options.theme.line, strokeOpacity: 1 }),
            Plot.gridY({ stroke: options.theme.line, strokeOpacity: 1 }),
            Plot.line(behind, { ...line, stroke: options.theme.context, strokeOpacity: 0.35 }),
            ...front.map(({ name }) =>
              Plot.line(
                rows.filter((row) => row.series === name),
                {
                  ...line,
                  stroke: styleOf.get(name)?.colour as string,
                  strokeWidth: 2,
                  strokeDasharray: styleOf.get(name)?.dash,
                },
              ),
            ),
          ],
        },
        options,
      );
    },
  };
}

function rowsOf({ name, title, curve }: NamedCurve): Row[] {
  return curve.recall.map((recall, at) => {
    const [x, y] = [100 * recall, 100 * (curve.precision[at] as number)];
    const score = curve.score?.[at]?.toFixed(3) ?? '–';
    return { series: name, x, y, cells: [title, x.toFixed(1), y.toFixed(1), score] };
  });
}
