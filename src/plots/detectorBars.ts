/**
 * Where the shipped detector is good and where it is not: AP50 or recall by the size of objects, and
 * TIDE's six types of error, each as the AP50 that mending it would add.
 */
import { percent } from '../core/results/percent.ts';
import type { DetectorResults } from '../core/results/schema.ts';
import { type BarsPicks, barsFigure } from './bars.ts';
import type { Figure, Row } from './figure.ts';

export interface BySizePicks extends BarsPicks {
  readonly measure: 'AP50' | 'recall';
}

/** @param looks of one data set, one for each look */
export function bySizeFigure(looks: readonly DetectorResults[], picks: BySizePicks): Figure {
  const name = picks.measure === 'AP50' ? 'AP50' : 'Recall of detections';
  const rows = looks.flatMap(({ look, bySize }) =>
    bySize.map((size): Row => {
      const value = size[picks.measure];
      const group = sizeTitle(size);
      return {
        series: look,
        group,
        x: value === null ? null : 100 * value,
        y: look,
        cells: [group, look, String(size.objects), percent(value)],
      };
    }),
  );
  const figure = {
    title: `${name} by the size of objects, ${looks[0]?.set ?? ''}`,
    summary:
      'Ranges are shares of the photo’s area, then COCO’s own: small ends at 32 × 32 pixels, medium at 96 × 96.',
    columns: ['Size', 'Look', 'Objects', `${name}, %`],
    rows,
  };
  return barsFigure(figure, `${name}, %`, picks);
}

function sizeTitle({ name, unit }: { readonly name: string; readonly unit: string }): string {
  return unit === 'pixels' ? `COCO ${name}` : name;
}

/** @param looks of one data set, one for each look */
export function errorsFigure(looks: readonly DetectorResults[], picks: BarsPicks = {}): Figure {
  const rows = looks.flatMap(({ look, errors }) =>
    errors.errors.map(
      ({ type, count, dAP }): Row => ({
        series: look,
        group: type,
        x: 100 * dAP,
        y: look,
        cells: [type, look, String(count), percent(dAP)],
      }),
    ),
  );
  const figure = {
    title: `What costs AP50: TIDE’s types of error, ${looks[0]?.set ?? ''}`,
    summary:
      'Each bar is the AP50 that mending all errors of its type alone would add. Missed counts objects, the others detections.',
    columns: ['Error', 'Look', 'Count', 'AP50 lost, points'],
    rows,
  };
  return barsFigure(figure, 'AP50 lost, points', picks);
}
