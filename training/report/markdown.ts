/**
 * Markdown, a little of it: tables, and the sentences that several sections say alike.
 */
import { points, range } from '../../src/core/results/percent.ts';
import type { ResultsDifference } from '../../src/core/results/schema.ts';
import { verdict } from '../../src/plots/differences.ts';

/** A table: the first column to the left, the others, which are mostly numbers, to the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, at) => (at === 0 ? '---' : '--:')));
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** What is folded until it is asked for. */
export const folded = (summary: string, text: string): string =>
  `<details><summary>${summary}</summary>\n\n${text}\n\n</details>`;

/** "1, 2 and 3" */
export function listed(items: readonly (string | number)[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? `${last}` : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** A table of differences, told as they are. */
export function differencesTable(
  differences: readonly ResultsDifference[],
  titleOf: (system: string) => string,
  measure = 'AP50',
): string {
  const rows = table(
    [
      `difference in ${measure}, points`,
      'data',
      'estimate',
      '95 % interval',
      'photos',
      'seeds',
      'so',
    ],
    differences.map((one) => {
      const seeds = [...new Set(one.sets.map((set) => set.seeds.join(', ')))].join('; ');
      return [
        `${titleOf(one.system)} less ${titleOf(one.baseline)}`,
        one.sets.map(({ name }) => name).join(' + '),
        points(one.estimate),
        range(one, points),
        one.sets.map(({ images }) => images).join(' + '),
        seeds || '1',
        verdict(one),
      ];
    }),
  );
  return (
    `${rows}\n\n"Better" and "worse" where the whole interval lies above or below zero; "not settled" where it ` +
    'includes zero: these photos and runs do not tell the two apart.'
  );
}
