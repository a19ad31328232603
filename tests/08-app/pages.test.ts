/**
 * Pages and picks: an address is a view, any address is some view, and the tables of the Results page
 * say what the results say.
 */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { resolvePicks, sizesOf } from '../../src/app/results/picks.ts';
import { classTable, detectorTable, experimentTable } from '../../src/app/results/tables.ts';
import { addressOf, readAddress } from '../../src/app/store/pages.ts';
import { percent } from '../../src/core/results/percent.ts';
import type { ExperimentResults, Results } from '../../src/core/results/schema.ts';
import { madeUpResults } from '../support/madeUpResults.ts';

const results = madeUpResults();
const experiment = results.experiments[0] as ExperimentResults;
const [nyu, sod] = results.sets as [Results['sets'][number], Results['sets'][number]];

describe('an address', () => {
  it('names its page and its picks', () => {
    const picks = { set: 'nyu_small', size: 'below 0.25 %', classes: 'cup,light switch' };
    expect(readAddress(addressOf('results', picks))).toEqual({ page: 'results', picks });
  });

  it.each(['', '#', '#/', '#top', '#/nowhere?set=x'])('is Detect where it is "%s"', (hash) => {
    expect(readAddress(hash).page).toBe('detect');
  });
});

describe('picks', () => {
  it('are the first scored set, its closest look and its most frequent classes by default', () => {
    expect(resolvePicks(results, {})).toEqual({
      set: nyu,
      look: 'Fine',
      bySize: 'AP50',
      measure: 'AP50',
      size: 'all',
      class: null,
      classes: ['mouse', 'telephone', 'light switch'],
    });
  });

  it('are those of the address where the results have them', () => {
    const raw = { set: 'sod_coco10', look: 'Fast', measure: 'recall', size: 'above 1 %' };
    const picks = resolvePicks(results, { ...raw, class: 'cup', classes: 'vase,jar' });
    expect(picks).toMatchObject({ ...raw, set: sod, class: 'cup', classes: ['vase'] });
    expect(resolvePicks(results, { classes: '' })?.classes).toEqual([]);
  });

  it('are something the results have, whatever the address says', () => {
    const key = fc.constantFrom('set', 'look', 'measure', 'size', 'class', 'classes', 'bySize');
    fc.assert(
      fc.property(fc.dictionary(key, fc.string()), (raw) => {
        const picks = resolvePicks(results, raw);
        expect(results.sets).toContain(picks?.set);
        expect(sizesOf(results)).toContain(picks?.size);
        for (const name of picks?.classes ?? []) expect(picks?.set.classes).toContain(name);
      }),
    );
  });

  it('are none where nothing has been measured', () => {
    expect(resolvePicks({ ...results, sets: [] }, {})).toBeUndefined();
  });
});

describe('tables', () => {
  it.each([nyu, sod])('have a cell for each column', (set) => {
    const looks = results.detector.filter((one) => one.set === set.name);
    const tables = [
      experimentTable(experiment, set, results.paper),
      detectorTable(looks, results.yardsticks, results.paper),
      detectorTable(looks, [], results.paper),
      classTable(looks),
    ];
    for (const { columns, rows } of tables) {
      for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
    }
  });

  it('have the paper’s row below ours where it has one', () => {
    const { rows } = experimentTable(experiment, nyu, results.paper);
    expect(rows.map(({ quiet = false }) => quiet)).toEqual([
      ...[false, true, false, true, false, true],
      ...[false, true],
    ]);
    const cell = experiment.cells[0] as ExperimentResults['cells'][number];
    expect(rows[0]?.cells[2]).toBe(percent(cell.AP50.estimate));
    expect(rows[1]?.cells[4]).toBe(percent(cell.paper?.mAP));
    expect(rows.at(-2)?.cells[1]).toBe('2 of 3');
    expect(rows.at(-1)?.cells[4]).toBe(percent(results.paper.bestMap));
  });
});

test('a variant without any run is in the table all the same, with dashes', () => {
  const cells = experiment.cells.filter(({ variant }) => variant !== 'chen');
  const { rows } = experimentTable({ ...experiment, cells }, sod, results.paper);
  expect(rows[1]?.cells.slice(1, 4)).toEqual(['0 of 3', '–', '–']);
});
