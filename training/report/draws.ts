/**
 * The bootstraps of an experiment: mAP50, or the proposals' recall, of every system on the same
 * 10,000 draws of each set's photos, computed once; intervals and paired differences are read from
 * them. Of all objects, or of those under 1 % of their photo alone.
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
import { recallDraws } from '../../src/core/evaluation/recallBootstrap.ts';
import type { ResultsDifference } from '../../src/core/results/schema.ts';
import { seededRandom } from '../detector/random.ts';
import { unpackOutcomes } from '../experiment/packedOutcomes.ts';
import type { MeasuredSplit, RunRecord } from '../experiment/runRecord.ts';
import { four, rounded } from './numbers.ts';

/** What is drawn: mAP50 or recall, of all objects or of small ones. */
type Drawing = 'outcomes' | 'smallOutcomes' | 'reached' | 'smallReached';

export class Draws {
  private readonly done = new Map<string, Drawn>();

  constructor(
    private readonly resamples = RESAMPLES,
    private readonly drawing: Drawing = 'outcomes',
  ) {}

  /**
   * The figure of one variant on one set, the mean over these runs, with its 95 % interval.
   * @returns undefined where a record lacks what is drawn, or there is nothing to find
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
    // A set's own numbers: the same for all systems, others for other sets.
    const letters = [...(runs[0]?.set ?? '')].map((letter) => letter.codePointAt(0) as number);
    const random = seededRandom(BOOTSTRAP_SEED, ...letters);
    const splits = runs.map(reportedSplit);
    const drawn = this.drawing.endsWith('eached')
      ? this.recallOf(splits, random)
      : this.mapOf(splits, random);
    if (drawn) this.done.set(key, drawn);
    return drawn;
  }

  private mapOf(splits: readonly (MeasuredSplit | undefined)[], random: () => number) {
    const kind = this.drawing === 'smallOutcomes' ? 'smallOutcomes' : 'outcomes';
    const outcomes = splits.flatMap((split) => split?.[kind] ?? []).map(unpackOutcomes);
    const [first] = outcomes;
    if (!first || outcomes.length < splits.length || objectCount(first) === 0) return undefined;
    return bootstrapDraws(outcomes, random, this.resamples);
  }

  private recallOf(splits: readonly (MeasuredSplit | undefined)[], random: () => number) {
    const kind = this.drawing === 'smallReached' ? 'small' : 'all';
    const reached = splits.flatMap((split) => split?.reached?.[kind] ?? []);
    const [first] = reached;
    if (!first || reached.length < splits.length || first.objects.every((count) => count === 0)) {
      return undefined;
    }
    return recallDraws(reached, random, this.resamples);
  }
}

/** The bootstraps of mAP50 and of recall, over all objects and over those under 1 % of their photo. */
export interface AllDraws {
  readonly all: Draws;
  readonly small: Draws;
  readonly recall: Draws;
  readonly smallRecall: Draws;
}

/** None drawn yet. */
export function allDraws(resamples?: number): AllDraws {
  return {
    all: new Draws(resamples),
    small: new Draws(resamples, 'smallOutcomes'),
    recall: new Draws(resamples, 'reached'),
    smallRecall: new Draws(resamples, 'smallReached'),
  };
}

/** What a run measured on the split that is reported. */
export function reportedSplit({ measured, splits }: RunRecord): MeasuredSplit | undefined {
  return measured[splits.report];
}
