/**
 * The bootstraps of an experiment: mAP50, or the proposals' recall, of every system on the same
 * 10,000 draws of each set's photos, computed once; intervals and paired differences are read from
 * them. Of all objects, or of those under 1 % of their photo alone.
 */
import {
  type Average,
  BOOTSTRAP_SEED,
  bootstrapDraws,
  type Drawn,
  differenceOfDraws,
  type Interval,
  intervalOf,
  RESAMPLES,
} from '../../src/core/evaluation/bootstrap.ts';
import { type Outcomes, objectCount } from '../../src/core/evaluation/outcomes.ts';
import { recallDraws } from '../../src/core/evaluation/recallBootstrap.ts';
import type { ResultsDifference } from '../../src/core/results/schema.ts';
import { seededRandom } from '../detector/random.ts';
import { unpackOutcomes } from '../experiment/packedOutcomes.ts';
import type { MeasuredSplit } from '../experiment/runRecord.ts';
import type { ReportedRun } from './asked.ts';
import { rounded, six } from './numbers.ts';

/** What is drawn of the runs of one variant on one set. */
interface Drawing {
  /** whether a record has what it is drawn from */
  tells(split: MeasuredSplit | undefined): boolean;
  /** undefined where a record does not tell, or there is nothing to find */
  draw(
    splits: readonly (MeasuredSplit | undefined)[],
    random: () => number,
    resamples: number,
  ): Drawn | undefined;
}

function drawing<Told>(
  of: (split: MeasuredSplit) => Told | undefined,
  draw: (runs: readonly Told[], random: () => number, resamples: number) => Drawn | undefined,
): Drawing {
  const told = (split: MeasuredSplit | undefined) => (split && of(split)) ?? [];
  return {
    tells: (split) => split !== undefined && of(split) !== undefined,
    draw(splits, ...how) {
      const runs = splits.flatMap(told) as Told[];
      return runs.length > 0 && runs.length === splits.length ? draw(runs, ...how) : undefined;
    },
  };
}

/** mAP50, of all objects or of small ones; all classes alike, or by their objects. */
const mapOf = (kind: 'outcomes' | 'smallOutcomes', average?: Average) =>
  drawing(
    (split) => split[kind],
    (runs, random, resamples) => {
      const outcomes = runs.map(unpackOutcomes);
      const nothing = objectCount(outcomes[0] as Outcomes) === 0;
      return nothing ? undefined : bootstrapDraws(outcomes, random, resamples, average);
    },
  );

/** The recall of the proposals, of all objects or of small ones. */
const recallOf = (kind: 'all' | 'small') =>
  drawing(
    (split) => split.reached?.[kind],
    (runs, ...how) => {
      const nothing = runs[0]?.objects.every((count) => count === 0);
      return nothing ? undefined : recallDraws(runs, ...how);
    },
  );

export class Draws {
  private readonly done = new Map<string, Drawn>();

  constructor(
    private readonly resamples = RESAMPLES,
    private readonly drawing = mapOf('outcomes'),
  ) {}

  /**
   * The figure of one variant on one set, the mean over these runs, with its 95 % interval.
   * @returns undefined where a record lacks what is drawn, or there is nothing to find
   */
  interval(runs: readonly ReportedRun[]): Interval | undefined {
    const drawn = this.of(runs);
    return drawn && rounded(intervalOf(drawn));
  }

  /**
   * How much better a system is than a baseline, over the seeds whose records both have and tell it.
   *
   * @param sets for each set the runs of both
   * @returns undefined where a set has no seed in common, and as `interval`
   */
  difference(
    [system, baseline]: readonly [string, string],
    sets: readonly {
      readonly system: readonly ReportedRun[];
      readonly baseline: readonly ReportedRun[];
    }[],
  ): ResultsDifference | undefined {
    const common = sets.map((set) => {
      const telling = (runs: readonly ReportedRun[]) =>
        runs.filter((run) => this.drawing.tells(reportedSplit(run))).map(({ seed }) => seed);
      const others = telling(set.baseline);
      const seeds = telling(set.system).filter((seed) => others.includes(seed));
      const pick = (runs: readonly ReportedRun[]) =>
        runs.filter(({ seed }) => seeds.includes(seed));
      return { seeds, system: pick(set.system), baseline: pick(set.baseline) };
    });
    if (common.length === 0 || common.some(({ seeds }) => seeds.length === 0)) return undefined;
    const drawn = common.flatMap((pair) => {
      const [system, baseline] = [this.of(pair.system), this.of(pair.baseline)];
      return system && baseline ? [{ system, baseline }] : [];
    });
    if (drawn.length < common.length) return undefined;
    const difference = differenceOfDraws(drawn);
    return {
      ...rounded(difference),
      system,
      baseline,
      sets: common.map(({ seeds, system: [run] }) => ({
        name: (run as ReportedRun).set,
        images: reportedSplit(run as ReportedRun)?.photos ?? 0,
        seeds,
      })),
      atOrBelowZero: six(difference.atOrBelowZero),
      resamples: this.resamples,
    };
  }

  private of(runs: readonly ReportedRun[]): Drawn | undefined {
    // Experiments may call variants alike: Table I and Table II both have a "faster-rcnn".
    const key = runs
      .map(({ experiment, variant, set, seed }) => `${experiment}.${variant}.${set}.${seed}`)
      .join(' ');
    const done = this.done.get(key);
    if (done) return done;
    // A set's own numbers: the same for all systems, others for other sets.
    const letters = [...(runs[0]?.set ?? '')].map((letter) => letter.codePointAt(0) as number);
    const random = seededRandom(BOOTSTRAP_SEED, ...letters);
    const drawn = this.drawing.draw(runs.map(reportedSplit), random, this.resamples);
    if (drawn) this.done.set(key, drawn);
    return drawn;
  }
}

/** The bootstraps of mAP50 and of recall, over all objects and over those under 1 % of their photo. */
export interface AllDraws {
  readonly all: Draws;
  readonly small: Draws;
  /** classes weighted by their objects */
  readonly weighted: Draws;
  readonly recall: Draws;
  readonly smallRecall: Draws;
}

/** None drawn yet. */
export function allDraws(resamples?: number): AllDraws {
  return {
    all: new Draws(resamples),
    small: new Draws(resamples, mapOf('smallOutcomes')),
    weighted: new Draws(resamples, mapOf('outcomes', 'instances')),
    recall: new Draws(resamples, recallOf('all')),
    smallRecall: new Draws(resamples, recallOf('small')),
  };
}

/** What a run measured on the split that is reported. */
export function reportedSplit({ measured, splits }: ReportedRun): MeasuredSplit | undefined {
  return measured[splits.report];
}
