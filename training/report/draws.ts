/**
 * The bootstraps of an experiment: mAP50 of every system on the same 10,000 draws of each set's
 * photos, computed once; intervals and paired differences are read from them.
 */
import {
  BOOTSTRAP_SEED,
  bootstrapDraws,
  type Drawn,
  differenceOfDraws,
  intervalOf,
  RESAMPLES,
} from '../../src/core/evaluation/bootstrap.ts';
import type { ResultsDifference } from '../../src/core/results/schema.ts';
import { UserError } from '../console.ts';
import { seededRandom } from '../detector/random.ts';
import { unpackOutcomes } from '../experiment/packedOutcomes.ts';
import type { RunRecord } from '../experiment/runRecord.ts';
import { four, rounded } from './numbers.ts';

export class Draws {
  private readonly done = new Map<string, Drawn>();

  constructor(private readonly resamples = RESAMPLES) {}

  /** mAP50 of one variant on one set, the mean over these runs, with its 95 % interval. */
  interval(runs: readonly RunRecord[]) {
    return rounded(intervalOf(this.of(runs)));
  }

  /**
   * How much better a system is than a baseline, over the seeds that both have.
   *
   * @param sets for each set the runs of both
   * @returns undefined where a set has no seed in common
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
    const drawn = common.map((pair) => ({
      system: this.of(pair.system),
      baseline: this.of(pair.baseline),
    }));
    const difference = differenceOfDraws(drawn);
    return {
      ...rounded(difference),
      system,
      baseline,
      sets: common.map(({ seeds, system: [run] }) => ({
        name: (run as RunRecord).set,
        images: outcomesOfRun(run as RunRecord).images.length,
        seeds,
      })),
      atOrBelowZero: four(difference.atOrBelowZero),
      resamples: this.resamples,
    };
  }

  private of(runs: readonly RunRecord[]): Drawn {
    const key = runs.map(({ variant, set, seed }) => `${variant}.${set}.${seed}`).join(' ');
    const done = this.done.get(key);
    if (done) return done;
    const [first] = runs as [RunRecord];
    // A set's own numbers: the same for all systems, others for other sets.
    const letters = [...first.set].map((letter) => letter.codePointAt(0) as number);
    const outcomes = runs.map(outcomesOfRun);
    const drawn = bootstrapDraws(
      outcomes,
      seededRandom(BOOTSTRAP_SEED, ...letters),
      this.resamples,
    );
    this.done.set(key, drawn);
    return drawn;
  }
}

/**
 * What became of every detection of a run, on the reported split.
 * @throws UserError when the record lacks them
 */
export function outcomesOfRun({ measured, splits, experiment, ...run }: RunRecord) {
  const packed = measured[splits.report]?.outcomes;
  if (packed) return unpackOutcomes(packed);
  throw new UserError(
    `The record of ${experiment}, ${run.variant}.${run.set}.seed-${run.seed}, lacks the outcomes on ${splits.report}; run it again.`,
  );
}
