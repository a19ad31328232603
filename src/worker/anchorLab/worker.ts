/**
 * The worker of the Anchors page. It has the built-in statistics and a visitor's own data, and keeps
 * the ground that was last asked for ready. The page runs two of it: one answers every tick of a
 * slider, the other fits sizes, which takes seconds.
 */
import * as Comlink from 'comlink';
import { compareSets } from '../../core/anchors/comparison.ts';
import { ANCHOR_SETS } from '../../core/anchors/sets.ts';
import { type SizeStatistics, setFromStatistics } from '../../core/anchors/sizeStatistics.ts';
import { AnnotationError } from '../../core/annotations/annotationError.ts';
import { type BoxSet, skippedText } from '../../core/annotations/boxSet.ts';
import { baseOf } from '../../core/annotations/files.ts';
import builtInSizes from './builtInSizes.json';
import { fitOn, measureOn, type PreparedGround, prepare } from './ground.ts';
import { moved } from './moved.ts';
import { type AnchorLabApi, type DataFacts, type Ground, OWN } from './protocol.ts';
import { readFiles } from './readFiles.ts';

const statistics: readonly SizeStatistics[] = builtInSizes.sets;
const sets = new Map<string, BoxSet>();
/** What was read last, until it is kept. */
let opened: BoxSet | undefined;
let last: { readonly key: string; readonly prepared: PreparedGround } | undefined;

const api: AnchorLabApi = {
  builtIn: () => statistics.map(({ name }) => factsOf(name, setOf(name))),
  async open(files, report) {
    const { format, boxes } = await readFiles(files, report);
    const [first] = files;
    const name = files.length > 1 ? `${files.length} files` : baseOf(first?.path ?? '');
    opened = boxes;
    return { ...factsOf(name, boxes), format };
  },
  keep() {
    if (opened) api.adopt(opened, OWN);
    opened = undefined;
  },
  copyOwn: () => moved(structuredClone(setOf(OWN))),
  adopt(set, name) {
    sets.set(name, set);
    last = undefined;
  },
  measure: (ground, set) => measureOn(groundOf(ground), ground, set),
  compare: (ground) => compareSets(groundOf(ground).cache, ANCHOR_SETS, ground.threshold),
  fit: (request) => fitOn(groundOf(request.ground), request),
};

function setOf(name: string): BoxSet {
  const known = sets.get(name);
  if (known) return known;
  const one = statistics.find((other) => other.name === name);
  if (!one) throw new AnnotationError(`There are no data called ${name}; open them again.`);
  const set = setFromStatistics(one);
  sets.set(name, set);
  return set;
}

function groundOf(ground: Ground): PreparedGround {
  const key = `${ground.data} ${ground.stride} ${ground.photos}`;
  if (last?.key !== key) last = { key, prepared: prepare(setOf(ground.data), ground) };
  return last.prepared;
}

function factsOf(name: string, { count, pictureSizes, skipped }: BoxSet): DataFacts {
  const pictures = pictureSizes.length / 2;
  return { name, objects: count, pictures, skipped: skippedText(skipped) };
}

Comlink.expose(api);
