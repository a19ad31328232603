/**
 * The model card: README.md beside a trained model, made from its manifest alone, so that the card
 * cannot say anything else than what was trained and measured.
 */

import { existsSync, readFileSync } from 'node:fs';
import { type Manifest, modelBytes } from '../../src/core/models/manifest.ts';
import { type Metrics, metricsSchema } from '../../src/core/models/metrics.ts';
import { percent } from '../../src/core/results/percent.ts';
import { UserError } from '../console.ts';

/**
 * Checks measured quality before it goes into a manifest.
 * @throws UserError naming the first field that is not right
 */
export function parseMetrics(value: unknown, label: string): Metrics {
  const parsed = metricsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(`${label} is not right at "${issue?.path.join('.')}": ${issue?.message}.`);
}

/**
 * Reads a file of metrics.
 * @throws UserError that names the file and what is wrong
 */
export function readMetrics(path: string): Metrics {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}.`);
  try {
    return parseMetrics(JSON.parse(readFileSync(path, 'utf8')), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} is not JSON: ${(error as Error).message}.`);
  }
}

/** The card as Markdown. */
export function modelCard(manifest: Manifest): string {
  const { classes, training } = manifest;
  const shown = classes.filter((entry) => entry.shown).map(({ name }) => name);
  const hidden = classes.filter((entry) => !entry.shown).map(({ name }) => name);
  const recipe = training?.recipe ?? {};
  const lines = [
    `# ${manifest.name}`,
    '',
    manifest.description,
    '',
    `Finds: ${shown.join(', ')}.${hidden.length > 0 ? ` Trained with, but not shown: ${hidden.join(', ')}.` : ''}`,
    `Download: ${(modelBytes(manifest) / 1e6).toFixed(1)} MB, ${precisionOf(manifest)}. Picture: long side ${manifest.preprocessing.workingSize} px.`,
    '',
    '## Data',
    '',
    'Trained on research-only data; the photos and annotations are not part of this repository.',
    'A class that a set does not label is unknown there: it is neither an object nor background in the loss.',
    '',
    ...(training?.data ?? []).map((set) => `- ${describeSet(set)}`),
    '',
    '## Recipe',
    '',
    ...recipeRows({ ...recipe, seed: training?.seed, commit: training?.commit }),
    '',
    ...metricsLines(training?.metrics),
    '## Limits',
    '',
    'Trained for a few hours on few photos: it misses many objects and names some wrongly. Where the table says',
    'nothing or nearly nothing, do not expect the class to be found; scores on a handful of test objects say little either way.',
    'Most training photos show rooms and tables of a few countries; other surroundings will do worse. Not for any use where a mistake matters.',
    '',
    '## Licence',
    '',
    `Weights derive from VGG16 (${manifest.licence}). ${manifest.attribution}`,
    "What was trained on top is research work on the data named above; see the data sets' own terms before other uses.",
    '',
  ];
  return lines.join('\n');
}

const PRECISIONS = {
  int8: 'eight bits a weight with a scale for each output channel',
  float16: 'float16',
  float32: 'float32',
} as const;

/** How most of its values are stored: those of the kernel that comes first. */
export function precisionOf({ groups }: Pick<Manifest, 'groups'>): string {
  return PRECISIONS[groups[0]?.weights[0]?.dtype ?? 'float16'];
}

/** How a model was trained, as a table. */
export function recipeRows(recipe: Readonly<Record<string, unknown>>): string[] {
  const rows = Object.entries(recipe).map(
    ([name, value]) =>
      `| ${name} | ${typeof value === 'object' ? `\`${JSON.stringify(value)}\`` : value} |`,
  );
  return ['| | |', '| --- | --- |', ...rows];
}

/** A set that a model was trained on: its name and labels. */
export function describeSet(set: unknown): string {
  const { name, labels, repeat } = set as { name: string; labels: string[]; repeat: number };
  return `${name} (labels ${labels.join(', ')}${repeat > 1 ? `; each photo ${repeat} times an epoch` : ''})`;
}

function metricsLines(metrics: unknown): string[] {
  const parsed = metricsSchema.safeParse(metrics);
  if (!parsed.success) return [];
  const lines = ['## Measured', ''];
  for (const [split, sets] of Object.entries(parsed.data)) {
    for (const [set, score] of Object.entries(sets)) {
      lines.push(
        `### ${set}, ${split} (${score.images} photos)`,
        '',
        `AP50 ${percent(score.AP50)}, AP ${percent(score.AP)} (COCO), mAP ${percent(score.voc)} (VOC, IoU 0.5), over the set's own classes.`,
        '',
      );
      if (score.recall) {
        const parts = score.recall.map(
          ({ proposals, all, small }) =>
            `${percent(all)} % at ${proposals} proposals (${percent(small)} % of those under 1 % of the picture)`,
        );
        lines.push(`Objects that a proposal reaches at IoU 0.5: ${parts.join(', ')}.`, '');
      }
      const { operatingPoint: point } = score;
      if (point) {
        lines.push(
          `The app shows detections from score ${point.threshold.toFixed(2)} on, the lowest where F1 is nine tenths of its best: precision ${percent(point.precision)}, recall ${percent(point.recall)}.`,
          '',
        );
      }
      lines.push('| class | AP50 | AP |', '| --- | --- | --- |');
      for (const { name, AP50, AP } of score.perClass) {
        lines.push(`| ${name} | ${percent(AP50)} | ${percent(AP)} |`);
      }
      lines.push('');
    }
  }
  return lines;
}
