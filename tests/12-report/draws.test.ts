/**
 * The differences of a report are paired, and what a slow enumeration of every draw would say.
 */
import { beforeAll, expect, it } from 'vitest';
import { packOutcomes } from '../../training/experiment/packedOutcomes.ts';
import { planRuns } from '../../training/experiment/plan.ts';
import type { RunRecord } from '../../training/experiment/runRecord.ts';
import type { Experiment } from '../../training/experiment/schema.ts';
import { Draws } from '../../training/report/draws.ts';
import { madeUpRecord, threeSeeds } from '../support/madeUpRecords.ts';

let experiment: Experiment;
let runs: RunRecord[];
beforeAll(() => {
  experiment = threeSeeds('table-1');
  runs = planRuns(experiment, 'nyu_small').map((run) => madeUpRecord(experiment, run));
});
const ofVariant = (name: string) => runs.filter(({ variant }) => variant === name);

it('The difference of a system with itself is zero, and its interval holds zero', () => {
  const paper = ofVariant('paper');
  const difference = new Draws(50).difference(
    ['paper', 'paper'],
    [{ system: paper, baseline: paper }],
  );
  expect(difference).toMatchObject({ estimate: 0, low: 0, high: 0, atOrBelowZero: 1 });
});

it('Differences are over the seeds that both have, and there is none without a common one', () => {
  const [paper, chen] = [ofVariant('paper'), ofVariant('chen')];
  const difference = (system: RunRecord[], baseline: RunRecord[]) =>
    new Draws(20).difference(['paper', 'chen'], [{ system, baseline }]);
  expect(difference(paper, chen.slice(1))?.sets[0]?.seeds).toEqual([2, 3]);
  expect(difference(paper, chen.slice(1))).toEqual(difference(paper.slice(1), chen.slice(1)));
  expect(difference(paper.slice(0, 1), chen.slice(1))).toBeUndefined();
});

it('Runs of two experiments that call a variant alike are not taken for one another', () => {
  const [paper, chen] = [ofVariant('paper'), ofVariant('chen')];
  const another = chen.map((run) => ({ ...run, experiment: 'table-2', variant: 'paper' }));
  const draws = new Draws(20);
  expect(draws.interval(another)).not.toEqual(draws.interval(paper));
  expect(draws.interval(another)).toEqual(new Draws(20).interval(chen));
});

it('An interval is that of all draws of three photos, enumerated', () => {
  // One object a photo, nothing wrong: AP is the share found. The system finds those on the photos
  // 0 and 1, the baseline the one on 0.
  const found = (record: RunRecord, photos: number[]): RunRecord => {
    const split = record.splits.report;
    const outcomes = packOutcomes({
      range: { name: 'all', min: 0, max: 1e10, unit: 'pixels' },
      images: [0, 1, 2],
      classes: [
        {
          category_id: 1,
          name: 'mouse',
          objects: [1, 1, 1],
          images: photos,
          scores: photos.map(() => 0.9),
          right: photos.map(() => 1),
        },
      ],
    });
    const measured = record.measured[split] as RunRecord['measured'][string];
    return { ...record, measured: { [split]: { ...measured, outcomes } } };
  };
  const [paper, chen] = [ofVariant('paper')[0], ofVariant('chen')[0]] as [RunRecord, RunRecord];
  const difference = new Draws(20_000).difference(
    ['paper', 'chen'],
    [{ system: [found(paper, [0, 1])], baseline: [found(chen, [0])] }],
  );
  const draws = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c])));
  // AP counts the 101 recalls that are reached.
  const ap = (draw: number[], right: number[]) => {
    const share = draw.filter((photo) => right.includes(photo)).length / 3;
    return share === 0 ? 0 : (Math.floor(100 * share + 1e-9) + 1) / 101;
  };
  const all = draws.map((draw) => ap(draw, [0, 1]) - ap(draw, [0])).sort((a, b) => a - b) as [
    number,
    ...number[],
  ];
  const none = all.filter((value) => value <= 0).length / all.length;
  expect(difference?.atOrBelowZero).toBeCloseTo(none, 1.7);
  // A 27th is more than 2.5 %: the ends are the least and the most there is.
  expect(difference?.low).toBeCloseTo(all[0], 3);
  expect(difference?.high).toBeCloseTo(all.at(-1) as number, 3);
});
