/**
 * How closely a photo is looked at, in plain words: what Fast and Fine mean for the model in use and
 * what the closer look costs. The numbers come from its manifest; nothing is promised beyond them.
 */
import type { DetectionRun, Looks, ModelSummary } from '../worker/protocol.ts';
import { plural, QUALITY_TITLES } from './format.ts';

/** What Fast means; without a number while the model's manifest has not been read. */
export function describeFast(looks: Looks | undefined): string {
  const size = looks ? `${looks.fast.workingSize} px on its long side` : 'the model’s own size';
  return `The whole photo, at ${size}`;
}

/** What Fine means and how much longer it takes. */
export function describeFine(looks: Looks | undefined): string {
  if (!looks) return 'Larger, for smaller objects; takes longer';
  const { workingSize, alsoAt, slices } = looks.fine;
  const again = alsoAt === undefined ? '' : ` and again at ${alsoAt} px`;
  const view = slices
    ? `The whole photo and enlarged parts of it, at ${workingSize} px each${again}`
    : `The whole photo, at ${workingSize} px${again}`;
  const times = looks.fineCost < 3 ? looks.fineCost.toFixed(1) : looks.fineCost.toFixed(0);
  return `${view}, for smaller objects. Takes about ${times.replace(/\.0$/, '')} times as long`;
}

/** How a run looked: `Fine, 960 px`, `Fine, 640 px, 4 tiles`. */
export function describeRun({ quality, look, tiles }: DetectionRun): string {
  const parts = tiles > 0 ? `, ${plural(tiles, 'tile')}` : '';
  const sizes = [look.workingSize, look.alsoAt].filter((size) => size !== undefined);
  return `${QUALITY_TITLES[quality]}, ${sizes.join(' and ')} px${parts}`;
}

/** The classes a model reports: all of them, or the first few and how many more. */
export function listClasses({ classes }: ModelSummary, most = Number.POSITIVE_INFINITY): string {
  const names = classes.filter(({ shown }) => shown).map(({ name }) => name);
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
