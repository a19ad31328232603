/** The figures of the Performance panel: shares are of the run, and what nobody counted is a dash. */
import { expect, test } from 'vitest';
import { costTable, describeKernels } from '../../src/app/performance/costTable.ts';
import { madeUpCost } from '../support/madeUpCost.ts';

const STAGES = [
  madeUpCost({ name: 'trunk', milliseconds: 750, gigaflop: 188.4, dispatches: 40 }),
  madeUpCost({ name: 'RPN', milliseconds: 250, gigaflop: 0, dispatches: 4, readbacks: 1 }),
];

test('a row for each stage, with its share of the run, and one for all', () => {
  const { rows, columns } = costTable(STAGES, []);
  expect(rows.map(({ cells }) => cells)).toEqual([
    ['Trunk', '750 ms', '75 %', '188', '40', '0', '–'],
    ['RPN', '250 ms', '25 %', '–', '4', '1', '–'],
    ['All', '1.00 s', '–', '188', '44', '1', '–'],
  ]);
  for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
});

test('a second look is one row of its own, outside of the shares', () => {
  const batch = madeUpCost({ milliseconds: 100, readbacks: 1, bytes: 2000 });
  const last = costTable(STAGES, [batch, batch]).rows.at(-1)?.cells;
  expect(last).toEqual(['Second look, 2 batches', '200 ms', '–', '2.0', '–', '2', '4 kB']);
});

test('while a run goes, the stage under way is named and nothing has a share', () => {
  const [first] = STAGES;
  const { rows, columns } = costTable(first ? [{ ...first, name: 'preprocessing' }] : [], [], true);
  expect(rows.map(({ cells }) => cells.slice(0, 3))).toEqual([
    ['Preprocessing', '750 ms', '–'],
    ['Trunk', 'under way', '–'],
    ['All', '750 ms', '–'],
  ]);
  for (const { cells } of rows) expect(cells).toHaveLength(columns.length);
});

test('an unmeasured run divides by nothing', () => {
  const [row] = costTable([madeUpCost({ milliseconds: 0 })], []).rows;
  expect(row?.cells[2]).toBe('–');
});

test('kernels are named by whose they are', () => {
  expect(describeKernels({ kernels: [] })).toBe('TensorFlow.js’s');
  expect(describeKernels({ kernels: ['direct-small'] })).toBe('Loupe’s (direct-small)');
  expect(describeKernels({ kernels: null })).toBe('not chosen yet');
});
