/**
 * The gallery as one HTML page: no scripts, light and dark, readable on a phone, in the app's
 * colours. It says on top by which rule its pictures were picked, and of each what it shows.
 */
import { readFileSync } from 'node:fs';
import type { CocoGroundTruth } from '../../src/core/evaluation/cocoJson.ts';
import type { WrongType } from '../../src/core/evaluation/tideTypes.ts';
import { plural } from '../console.ts';
import { escapeXml, MARK } from '../drawing.ts';
import type { ClassPicks, Pick, PickKind, PickOptions } from './picks.ts';
import { type DrawnPicture, LABELLED, type ShownPick } from './pictures.ts';

export interface Page {
  /** where the detections come from and what they were made on, as short sentences */
  readonly facts: readonly string[];
  readonly rule: PickOptions & { readonly leastScore: number; readonly drawnScore: number };
  readonly categories: CocoGroundTruth['categories'];
  readonly classes: readonly ClassPicks[];
  /** a pick whose photo could not be read has no pictures */
  readonly shown: ReadonlyMap<Pick, ShownPick>;
}

const KINDS: readonly { readonly kind: PickKind; readonly title: string }[] = [
  { kind: 'right', title: 'Rightly found' },
  { kind: 'wrong', title: 'Wrongly found' },
  { kind: 'missed', title: 'Missed' },
];

/** What is wrong, after TIDE's name of it; `object` is the class of what stands there. */
const ERRORS: Readonly<Record<WrongType, (object: string, own: string) => string>> = {
  classification: (object) => `this is labelled ${object}`,
  localisation: (_, own) => `a ${own} is here, but the box overlaps it by less than half`,
  both: () => 'another class, and not well placed',
  duplicate: (_, own) => `this ${own} is found by a better scored box already`,
  background: () => 'nothing is labelled here',
};

/** The whole page. */
export function galleryPage(page: Page): string {
  const { classes, rule, facts } = page;
  const total = (kind: PickKind) => classes.reduce((sum, { totals }) => sum + totals[kind], 0);
  const numbers = KINDS.map(({ kind, title }) => `${title.toLowerCase()}: ${number(total(kind))}`);
  const links = classes.map(
    ({ category: { id, name }, totals: { right, missed } }) =>
      `<li><a href="#class-${id}">${escapeXml(name)}</a> <small>${right} of ${right + missed}</small></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Loupe: right, wrong and missed</title>
<style>
${styles()}</style>
</head>
<body>
<header>
<h1>Right, wrong and missed</h1>
<p>${facts.map(withBreaks).join(' ')}</p>
<p>In all, ${numbers.join(', ')}.</p>
<h2>How these were picked</h2>
<p>By rule, not by hand. A detection is right when it overlaps an object of its class that no better scored one has
found with an IoU of at least 0.5. Of each class the page shows the ${rule.count} right and the ${rule.count} wrong
detections of the highest scores, and ${rule.count} of the missed objects by a draw (seed ${rule.seed}), largest first.
Detections below a score of ${rule.leastScore} do not count. A wrong one has the name of its error after TIDE (Bolya
and others, 2020).</p>
<p>In the pictures a <span class="found">solid yellow line</span> is what was found and a
<span class="labelled">dashed blue line</span> what is labelled, of any class; thick is what the picture is about. Around
what was missed, and where something was found twice, thin yellow lines are the other detections from a score of
${rule.drawnScore} on.</p>
<p class="keep">These photos belong to the data set: for looking at on this machine, not for publishing.</p>
</header>
<nav aria-label="Classes"><ul>${links.join('')}</ul></nav>
<main>
${classes.map((one) => classSection(one, page)).join('\n')}
</main>
</body>
</html>
`;
}

function classSection({ category, totals, shown }: ClassPicks, page: Page): string {
  const rows = KINDS.map(({ kind, title }) => {
    const figures = shown[kind].flatMap((pick) => {
      const pictures = page.shown.get(pick);
      return pictures ? [figure(pick, pictures, category.name, page)] : [];
    });
    const count = `${figures.length} of ${number(totals[kind])}`;
    const body =
      figures.length > 0
        ? `<div class="row">${figures.join('\n')}</div>`
        : '<p class="none">None to show.</p>';
    return `<h3>${title} <small>${count}</small></h3>\n${body}`;
  });
  return `<section id="class-${category.id}">
<h2>${escapeXml(category.name)} <small>${plural(totals.right + totals.missed, 'object')}</small></h2>
${rows.join('\n')}
</section>`;
}

function figure(
  pick: Pick,
  { photo, share, crop, whole }: ShownPick,
  name: string,
  page: Page,
): string {
  const { kind, score, error, object } = pick;
  const percent = `${(100 * share).toPrecision(2)} % of the picture`;
  const title = score === undefined ? name : `${name} ${score.toFixed(2)}`;
  const other = page.categories.find(({ id }) => id === object?.category_id)?.name ?? '';
  const why = error && `${error}: ${ERRORS[error](other, name)}`;
  const alt = `${name}, ${kind === 'right' ? 'rightly found' : (why ?? 'missed')}`;
  return `<figure>
${image(crop, alt)}
<figcaption>
${image(whole, `where it is in the whole photo ${photo}`)}
<p><strong>${escapeXml(title)}</strong>${why ? `<br>${escapeXml(why)}` : ''}<br>
<small>${percent}<br>${escapeXml(photo)}</small></p>
</figcaption>
</figure>`;
}

function image({ path, width, height }: DrawnPicture, alt: string): string {
  return `<img src="${escapeXml(encodeURI(path))}" width="${width}" height="${height}" alt="${escapeXml(alt)}" loading="lazy">`;
}

const number = (value: number) => value.toLocaleString('en');

/** Text whose paths may be broken into lines after a slash. */
const withBreaks = (text: string) => escapeXml(text).replaceAll('/', '/<wbr>');

/** The app's own palette, and what this page needs besides. */
function styles(): string {
  const tokens = new URL('../../src/app/styles/tokens.css', import.meta.url);
  return `${readFileSync(tokens, 'utf8')}
body { margin: 0 auto; max-width: 76rem; padding: var(--gap-4); background: var(--ground); color: var(--ink);
  font: 1rem/1.5 var(--text); overflow-wrap: break-word; }
h1 { font-size: var(--size-xl); line-height: 1.2; }
h2 { margin: var(--gap-5) 0 var(--gap-2); }
h3 { margin: var(--gap-4) 0 var(--gap-2); font-size: 1rem; }
header p { max-width: 46rem; }
header h2 { font-size: var(--size-l); }
small { color: var(--ink-2); font-weight: normal; font-size: var(--size-s); }
nav ul { display: flex; flex-wrap: wrap; gap: var(--gap-1) var(--gap-4); margin: 0; padding: 0; list-style: none; }
a { color: inherit; }
nav a { display: inline-block; padding: var(--gap-1) 0; }
section { margin-top: var(--gap-6); border-top: 1px solid var(--line); }
.row { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: var(--gap-4); }
figure { margin: 0; padding: var(--gap-2); background: var(--surface); border: 1px solid var(--line); border-radius: var(--round-l); }
figure > img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; background: var(--stage); border-radius: var(--round); }
figcaption { display: flex; gap: var(--gap-3); align-items: start; margin-top: var(--gap-2); line-height: 1.35; }
figcaption img { flex: none; width: 6rem; height: auto; border-radius: var(--round); }
figcaption p { margin: 0; min-width: 0; font-variant-numeric: tabular-nums; }
.none, .keep { color: var(--ink-2); }
.found, .labelled { padding: 0 0.3em; border: 2px solid ${MARK}; background: #14171a; color: #eceeef; border-radius: 3px; }
.labelled { border: 2px dashed ${LABELLED}; }
`;
}
