/**
 * The bootstraps of an experiment: mAP50 of every system on the same 10,000 draws of each set's
 * photos, computed once; intervals and paired differences are read from them. Of all objects, or of
 * those under 1 % of their photo alone.
 */
import {
  BOOTSTRAP_SEED,
  bootstrapDraws,
  type Drawn,
  differenceOfDraws,
  type Interval,
  intervalOf,
  RESAMPLES,
} from '../../src/core/evaluation/bootstrap.ts';
import { objectCount } from '../../src/core/evaluation/outcomes.ts';
import type { ResultsDifference } from '../../src/core/results/schema.ts';
import { seededRandom } from '../detector/random.ts';
import { unpackOutcomes } from '../experiment/packedOutcomes.ts';
import type { MeasuredSplit, RunRecord } from '../experiment/runRecord.ts';
import { four, rounded } from './numbers.ts';

/** Which outcomes of a run: of all objects, or of small ones. */
type OutcomesKind = 'outcomes' | 'smallOutcomes';

export class Draws {
  private readonly done = new Map<string, Drawn>();

  constructor(
    private readonly resamples = RESAMPLES,
    private readonly kind: OutcomesKind = 'outcomes',
  ) {}

  /**
   * mAP50 of one variant on one set, the mean over these runs, with its 95 % interval.
   * @returns undefined where a record lacks the outcomes, or there is nothing to find
   */
  interval(runs: readonly RunRecord[]): Interval | undefined {
    const drawn = this.of(runs);
    return drawn && rounded(intervalOf(drawn));
  }

  /**
   * How much better a system is than a baseline, over the seeds that both have.
   *
   * @param sets for each set the runs of both
   * @returns undefined where a set has no seed in common, and as `interval`
   */
  difference(
    [system, baseline]: readonly [string, string],
    sets: readonly {
      readonly system: readonly RunRecord[];
      readonly baseline: readonly RunRecord[];
    }[],
  ): ResultsDifference | undefined {
    const common = sets.map((set) => {
      const seeds = set.system
        .map(({ seed }) => seed)
        .filter((seed) => set.baseline.some((run) => run.seed === seed));
      const pick = (runs: readonly RunRecord[]) => runs.filter(({ seed }) => seeds.includes(seed));
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
        name: (run as RunRecord).set,
        images: reportedSplit(run as RunRecord)?.photos ?? 0,
        seeds,
      })),
      atOrBelowZero: four(difference.atOrBelowZero),
      resamples: this.resamples,
    };
  }

  private of(runs: readonly RunRecord[]): Drawn | undefined {
    const key = runs.map(({ variant, set, seed }) => `${variant}.${set}.${seed}`).join(' ');
    const done = this.done.get(key);
    if (done) return done;
    const outcomes = runs.flatMap((run) => {
      const packed = reportedSplit(run)?.[this.kind];
      return packed ? [unpackOutcomes(packed)] : [];
    });
    const [first] = outcomes;
    if (!first || outcomes.length < runs.length || objectCount(first) === 0) return undefined;
    // A set's own numbers: the same for all systems, others for other sets.
    const letters = [...(runs[0]?.set ?? '')].map((letter) => letter.codePointAt(0) as number);
    const random = seededRandom(BOOTSTRAP_SEED, ...letters);
    const drawn = bootstrapDraws(outcomes, random, this.resamples);
    this.done.set(key, drawn);
    return drawn;
  }
}

/** The bootstraps over all objects, and over those under 1 % of their photo. */
export interface AllDraws {
  readonly all: Draws;
  readonly small: Draws;
}

/** What a run measured on the split that is reported. */
export function reportedSplit({ measured, splits }: RunRecord): MeasuredSplit | undefined {
  return measured[splits.report];
}
