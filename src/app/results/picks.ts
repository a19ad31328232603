/**
 * What is looked at on the Results page: data set, look, measure, sizes, classes. They come from
 * the address, where anybody may have typed anything, so each falls back to its default unless the
 * results have it.
 */
import type { Results } from '../../core/results/schema.ts';
import { MEASURES, type Measure } from '../../plots/proposals.ts';
import type { RawPicks } from '../store/pages.ts';

export interface Picks {
  readonly set: Results['sets'][number];
  /** "Fast" or "Fine"; undefined where the detector has not been scored on the set */
  readonly look: string | undefined;
  /** of the detector's bars by size */
  readonly bySize: 'AP50' | 'recall';
  readonly measure: Measure;
  /** of recall: "all", or a range of sizes */
  readonly size: string;
  /** of the experiments: one class, or null for all of them */
  readonly class: string | null;
  /** of the detector: the classes whose curves stand in front */
  readonly classes: readonly string[];
}

/** What a section of the page gets: the results, what is looked at, and how to look at something else. */
export interface SectionProps {
  readonly results: Results;
  readonly picks: Picks;
  readonly pick: (changes: RawPicks) => void;
}

/** Curves in front until somebody picks. */
const IN_FRONT = 3;

/** @returns undefined where the results name no data set at all */
export function resolvePicks(results: Results, raw: RawPicks): Picks | undefined {
  const set = pickSet(results, raw.set);
  if (!set) return undefined;
  const looks = results.detector.filter((one) => one.set === set.name);
  const look = looks.find((one) => one.look === raw.look) ?? looks.at(-1);
  const measure = (Object.keys(MEASURES) as Measure[]).find((name) => name === raw.measure);
  const known = (names: string) => names.split(',').filter((name) => set.classes.includes(name));
  return {
    set,
    look: look?.look,
    bySize: raw.bySize === 'recall' ? 'recall' : 'AP50',
    measure: measure ?? 'AP50',
    size: sizesOf(results).find((name) => name === raw.size) ?? 'all',
    class: set.classes.find((name) => name === raw.class) ?? null,
    classes:
      raw.classes === undefined
        ? (look?.perClass ?? [])
            .toSorted((a, b) => b.objects - a.objects)
            .slice(0, IN_FRONT)
            .map((one) => one.class)
        : known(raw.classes),
  };
}

function pickSet({ sets, detector }: Results, name: string | undefined): Picks['set'] | undefined {
  const named = (wanted: string | undefined) => sets.find((set) => set.name === wanted);
  return named(name) ?? named(detector[0]?.set) ?? sets[0];
}

/** "all", and the ranges of sizes that recall is told for. */
export function sizesOf({ experiments }: Results): string[] {
  const recall = experiments.flatMap(({ cells }) => cells).at(0)?.recall ?? {};
  return Object.keys(recall);
}
