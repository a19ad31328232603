/**
 * Chapter 11: the record of a run is read as it was written, with parts that older ones lack.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { throughputOf } from '../../training/detector/throughput.ts';
import { type PlannedRun, planRuns } from '../../training/experiment/plan.ts';
import { readRunRecord, writeRunRecord } from '../../training/experiment/runRecord.ts';
import { madeUpRecord, threeSeeds } from '../support/madeUpRecords.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-record-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['without throughput, as before it was measured', {}],
  ['with throughput', { throughput: throughputOf(20, 0.1, 300) }],
])('A record %s is read as it was written', (_, more) => {
  const experiment = threeSeeds('table-1');
  const record = { ...madeUpRecord(experiment, planRuns(experiment)[0] as PlannedRun), ...more };
  const path = join(folder, 'record.json');
  writeRunRecord(path, record);
  expect(readRunRecord(path)).toEqual(record);
});
