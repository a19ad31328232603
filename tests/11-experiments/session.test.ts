/**
 * Chapter 11: a whole experiment in small, on the real trunk: nothing is done twice, and however
 * often a session is cut, the records are those of a session in one go.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { meanAp50 } from '../../src/core/evaluation/outcomes.ts';
import { UserError } from '../../training/console.ts';
import { chooseEngine, prepareTraining } from '../../training/engine.ts';
import { unpackOutcomes } from '../../training/experiment/packedOutcomes.ts';
import { planRuns } from '../../training/experiment/plan.ts';
import { type RunRecord, readRunRecord } from '../../training/experiment/runRecord.ts';
import type { Experiment } from '../../training/experiment/schema.ts';
import { runExperiment, type SessionOutcome } from '../../training/experiment/session.ts';
import { stopLeakCheck } from '../support/leakCheck.ts';
import { tinyExperiment } from '../support/tinyExperiment.ts';
import { makeTinyTraining, removeTinyTraining } from '../support/tinyTraining.ts';

stopLeakCheck();

const PHOTOS = 3;

let folder: string;
let experiment: Experiment;
beforeAll(async () => {
  await chooseEngine('wasm');
  await prepareTraining();
  folder = await makeTinyTraining(PHOTOS);
  experiment = tinyExperiment(folder);
});
afterAll(() => removeTinyTraining(folder));

interface Session {
  /** the folder of records, and of features and checkpoints, below the test's own */
  readonly place: string;
  /** the session is cut at this question whether to stop: as by a kill, or in order */
  readonly cutAt?: number;
  readonly politely?: boolean;
  readonly of?: Experiment;
}

/** A session that writes a checkpoint after every step; counts how often it asked whether to stop. */
async function session({ place, cutAt, politely, of = experiment }: Session) {
  let asked = 0;
  let started = 0;
  const outcome = await runExperiment(of, {
    runs: join(folder, place, 'runs'),
    cache: join(folder, place, 'cache'),
    minutesBetweenCheckpoints: 0,
    startEngine: async () => ({ description: `engine ${++started}`, convolutionGflops: 5 }),
    commit: 'a commit',
    shouldStop: () => {
      if (++asked !== cutAt) return false;
      if (politely) return true;
      throw new Error('killed');
    },
  }).catch((error: Error): SessionOutcome | undefined => {
    if (error.message !== 'killed') throw error;
    return undefined;
  });
  return { outcome, asked, started };
}

const recordsIn = (place: string) => join(folder, place, 'runs', experiment.name);

/** The records of a place by name, without what a clock said. */
function timeless(place: string): Map<string, Omit<RunRecord, 'seconds' | 'throughput'>> {
  return new Map(
    planRuns(experiment).map(({ name }) => {
      const { seconds, throughput, ...rest } = readRunRecord(
        join(recordsIn(place), `${name}.json`),
      );
      expect(seconds.training).toBeGreaterThan(0);
      // A session that was cut after the last step has taken none itself.
      if (throughput) expect(throughput.share).toBeGreaterThan(0);
      return [name, rest];
    }),
  );
}

describe('An experiment [wasm]', () => {
  test('runs what is missing and writes a record of each run', async () => {
    const before = tf.memory().numTensors;
    const { outcome } = await session({ place: 'whole' });
    expect(outcome).toMatchObject({ done: 4, left: 0 });
    expect(outcome?.ended).toEqual(planRuns(experiment).map(({ name }) => name));
    expect(tf.memory().numTensors).toBe(before);

    const records = timeless('whole');
    for (const [name, record] of records) {
      expect(name).toBe(`${record.variant}.${record.set}.seed-${record.seed}`);
      expect(record.losses.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
      expect(Object.keys(record.measured)).toEqual(['train', 'val', 'test'].slice(1));
      const { val, test: reported } = record.measured;
      expect(val?.outcomes).toBeUndefined();
      expect(reported).toMatchObject({ photos: PHOTOS, objects: 2 * PHOTOS });
      expect(reported?.atProposals.map(({ proposals }) => proposals)).toEqual([1, 5, 20]);
      const recalls = reported?.atProposals.map(({ recall }) => recall.all) ?? [];
      expect([...recalls].sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual(recalls);
      const at = reported?.atProposals[1];
      expect(Object.keys(at?.recall ?? {})).toEqual([
        'all',
        'below 0.25 %',
        '0.25 to 1 %',
        'above 1 %',
      ]);
      // The outcomes alone give the AP that was measured.
      const outcomes = unpackOutcomes(reported?.outcomes as never);
      expect(meanAp50(outcomes)).toBeCloseTo(at?.AP50.mean as number, 6);
      expect(outcomes.images).toHaveLength(PHOTOS);
      expect(statSync(join(recordsIn('whole'), `${name}.json`)).size).toBeLessThan(20_000);
    }
    const [one, , other] = [...records.values()];
    expect(one?.losses).not.toEqual(other?.losses);
    // What runs went on from is gone with them.
    expect(readdirSync(join(folder, 'whole/cache/runs/tiny'))).toEqual([]);
  });

  test('does not do again what is done, and does not even start the engine for it', async () => {
    const before = readFileSync(join(recordsIn('whole'), 'two.rectangles.seed-1.json'));
    const again = await session({ place: 'whole' });
    expect(again).toMatchObject({ outcome: { ended: [], done: 4, left: 0 }, started: 0 });
    rmSync(join(recordsIn('whole'), 'two.rectangles.seed-1.json'));
    const one = await session({ place: 'whole' });
    expect(one.outcome?.ended).toEqual(['two.rectangles.seed-1']);
    const after = readFileSync(join(recordsIn('whole'), 'two.rectangles.seed-1.json'));
    const strip = (file: Buffer) => file.toString().replace(/^"(seconds|throughput)":.*$/gm, '');
    expect(strip(after)).toBe(strip(before));
  });

  test('that is killed anywhere and goes on writes the same records, bit for bit', async () => {
    const place = 'cut';
    // Three questions fill the cache with three photos, five are steps, six are photos scored.
    const training = await session({ place, cutAt: 3 + 3 });
    expect(training.outcome).toBeUndefined();
    expect(readdirSync(join(folder, place, 'cache/runs/tiny'))).toEqual([
      'small.rectangles.seed-1',
    ]);
    const scoring = await session({ place, cutAt: 3 + 4 });
    expect(scoring.outcome).toBeUndefined();
    expect(() => readdirSync(recordsIn(place))).toThrow(/ENOENT/);
    const inOrder = await session({ place, cutAt: 6 + 2, politely: true });
    expect(inOrder.outcome).toMatchObject({ ended: ['small.rectangles.seed-1'], left: 3 });
    const rest = await session({ place });
    expect(rest.outcome).toMatchObject({ done: 4, left: 0 });
    expect(timeless(place)).toEqual(timeless('whole'));
  });

  test('looks at no other split than it is asked for', async () => {
    const place = 'val';
    const val = tinyExperiment(folder, {
      variants: [{ name: 'more', classes: [{ id: 3, name: 'blue' }] }],
      seeds: [1],
      splits: { report: 'val' },
    });
    const { outcome } = await session({ place, of: val });
    expect(outcome).toMatchObject({ done: 1, left: 0 });
    const record = readRunRecord(join(recordsIn(place), 'more.rectangles.seed-1.json'));
    expect(Object.keys(record.measured)).toEqual(['val']);
    const { outcomes, atProposals } = record.measured.val ?? {};
    // The class learned besides is not scored.
    expect(record.config.classes).toHaveLength(3);
    expect(outcomes?.classes.map(({ name }) => name)).toEqual(['red', 'green']);
    expect(atProposals?.[0]?.AP50.perClass).toHaveLength(2);
  });

  test('refuses records of another config or of other data, by name', async () => {
    const place = 'whole';
    const longer = tinyExperiment(folder, { base: { ...experiment.base, iterations: 6 } });
    const mixed = session({ place, of: longer });
    await expect(mixed).rejects.toThrow(UserError);
    await expect(mixed).rejects.toThrow(
      /small\.rectangles\.seed-1\.json was made with other config than the experiment has now; re/,
    );
    rmSync(join(recordsIn(place), 'two.rectangles.seed-2.json'));
    const annotations = join(folder, 'annotations.json');
    const kept = readFileSync(annotations);
    writeFileSync(annotations, `${kept}\n`);
    await expect(session({ place })).rejects.toThrow(/seed-1\.json was made with other data/);
    writeFileSync(annotations, kept);
  });
});
