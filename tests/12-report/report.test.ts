/**
 * Chapter 12: the report says what the records say. The same records give the same bytes, what is
 * missing is named, and no figure is better than it is.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Results, resultsSchema } from '../../src/core/results/schema.ts';
import { jsonText } from '../../training/jsonFile.ts';
import { readInputs } from '../../training/report/inputs.ts';
import { page } from '../../training/report/page.ts';
import { drawFigures } from '../../training/report/plots.ts';
import { computeResults } from '../../training/report/results.ts';
import { loupe } from '../10-command-line/run.ts';
import { writeMadeUpRecords } from '../support/madeUpRecords.ts';

/** Enough to see that there is an interval. */
const RESAMPLES = 100;

let folder: string;
/** Everything is done; paper-plus has no run on doordetect, and nobody a third seed on nyu_small. */
let whole: Results;
let partial: Results;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loupe-report-'));
  writeMadeUpRecords(join(folder, 'whole'));
  writeMadeUpRecords(
    join(folder, 'partial'),
    ({ variant, set, seed }) =>
      !(variant === 'paper-plus' && set.name === 'doordetect') &&
      !(seed === 3 && set.name === 'nyu_small'),
  );
  whole = computed('whole');
  partial = computed('partial');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const computed = (place: string) => computeResults(readInputs(join(folder, place)), RESAMPLES);
const textOf = (results: Results) => page(results, drawFigures(results));

describe('the same records', () => {
  it('give the same report, byte for byte', () => {
    const again = computed('whole');
    expect(jsonText(again, 4)).toBe(jsonText(whole, 4));
    expect(textOf(again)).toBe(textOf(whole));
    expect(drawFigures(again)).toEqual(drawFigures(whole));
  });

  it('are all in results.json, which fits its schema and stays small', () => {
    const text = jsonText(whole, 4);
    expect(resultsSchema.parse(JSON.parse(text))).toEqual(whole);
    expect(text.length).toBeLessThan(600_000);
    for (const { variants, sets, cells, missing } of whole.experiments) {
      expect(cells).toHaveLength(variants.length * sets.length);
      expect(missing).toEqual([]);
    }
  });
});

describe('a figure', () => {
  it('is the mean over its seeds, inside of its interval', () => {
    for (const { cells, proposals } of whole.experiments) {
      for (const { perSeed, AP50, atProposals } of cells) {
        const of = (points: (typeof perSeed)[number]) =>
          points.find((point) => point.proposals === proposals)?.AP50 as number;
        const mean = perSeed.map(of).reduce((sum, value) => sum + value, 0) / perSeed.length;
        expect(AP50.estimate).toBeCloseTo(mean, 3);
        expect(of(atProposals)).toBeCloseTo(mean, 3);
        expect(AP50.low).toBeLessThan(AP50.high);
      }
    }
  });

  it('has a curve for every class, whose area is its AP50', () => {
    for (const { cells } of whole.experiments) {
      for (const { set, curves, perClass } of cells) {
        const { classes } = whole.sets.find(({ name }) => name === set) as Results['sets'][number];
        expect(curves.map((curve) => curve.class)).toEqual(classes);
        curves.forEach(({ precision }, k) => {
          const area = precision.reduce((sum, value) => sum + value, 0) / 101;
          expect(area).toBeCloseTo(perClass[k]?.AP50 as number, 3);
        });
      }
    }
  });

  it("of the paper's is never made up", () => {
    for (const { cells } of whole.experiments) {
      for (const { paper } of cells) {
        expect([paper?.mAP ?? null, ...(paper?.perClass ?? [])]).not.toContainEqual(
          expect.any(Number),
        );
      }
    }
    expect(textOf(whole)).toContain('| 22.4 |');
  });
});

describe('small objects', () => {
  it('have figures and differences of their own, where records tell of them', () => {
    for (const { cells, differences, smallDifferences } of whole.experiments) {
      // The made-up records have the same outcomes for both.
      for (const { smallAP50, AP50 } of cells) expect(smallAP50).toEqual(AP50);
      expect(smallDifferences).toEqual(differences);
    }
    expect(textOf(whole)).toContain('### Differences on objects under 1 % of the photo');
  });
});

describe('what was tried', () => {
  const words = { change: 'Chen on top', kept: null, note: 'A sentence.' };
  const tried = (variant: string) => ({
    ...{ set: 'sod_coco10', split: 'val', photos: 92 },
    rows: [{ variant, against: 'faster-rcnn', ...words }],
  });
  /** Table I's own runs serve as tries. */
  const resultsOf = (variant: string) => {
    const inputs = readInputs(join(folder, 'whole'));
    const [tries] = inputs.experiments;
    return computeResults({ ...inputs, tries, tried: tried(variant) }, RESAMPLES);
  };

  it('has its numbers from the records, with what it adds', () => {
    const { tried, experiments } = resultsOf('chen');
    const cell = experiments[0]?.cells.find(
      ({ set, variant }) => set === 'sod_coco10' && variant === 'chen',
    );
    const difference = experiments[0]?.differences.find(
      ({ system, sets }) =>
        system === 'chen' && sets.length === 1 && sets[0]?.name === 'sod_coco10',
    );
    expect(tried?.rows[0]).toMatchObject({ ...words, AP50: cell?.AP50.estimate });
    expect(tried?.rows[0]?.low).toBe(cell?.AP50.low);
    expect(tried?.rows[0]?.difference).toMatchObject({
      baseline: 'faster-rcnn',
      estimate: difference?.estimate,
      low: difference?.low,
    });
  });

  it('names a variant that there is, or is refused', () => {
    expect(() => resultsOf('unicorn')).toThrow(/names the variant "unicorn", which tries\.json/);
  });
});

describe('what is missing', () => {
  it('is said, and the rest is reported', () => {
    const [table] = partial.experiments as [Results['experiments'][number]];
    const cellOf = (variant: string, set: string) =>
      table.cells.find((cell) => cell.variant === variant && cell.set === set);
    expect(cellOf('paper-plus', 'doordetect')).toBeUndefined();
    expect(cellOf('paper', 'nyu_small')).toMatchObject({ seeds: [1, 2], missing: [3] });
    expect(table.missing).toContain('paper-plus.doordetect.seed-1');
    const text = textOf(partial);
    expect(text).toContain('**Not trained yet:** Paper and {40, 100} on doordetect.');
    expect(text).toContain('| Paper and {40, 100} | not trained yet |');
    expect(text).toContain('paper-plus.doordetect (seeds 1, 2 and 3)');
    expect(text).toMatch(/Table I: anchor sets: 29 of 36 runs done/);
    expect(text).toContain('(seed 3 missing)');
  });

  it('leaves out the differences it would need, and no others', () => {
    const [table] = partial.experiments as [Results['experiments'][number]];
    const onDoors = table.differences.filter(({ sets }) => sets[0]?.name === 'doordetect');
    expect(onDoors.map(({ system }) => system)).toEqual(['chen', 'paper']);
    const together = table.differences.filter(({ sets }) => sets.length === 2);
    expect(together.map(({ sets }) => sets.map(({ seeds }) => seeds))).toEqual(
      together.map(() => [
        [1, 2],
        [1, 2, 3],
      ]),
    );
  });

  it('may be everything', () => {
    writeMadeUpRecords(join(folder, 'none'), () => false);
    const text = textOf(computed('none'));
    expect(text).toContain('0 of 36 runs done');
    expect(text).toContain('Not counted yet');
    expect(text).toContain('Not scored yet');
  });
});

describe('what an interval allows to say', () => {
  it('is said as it is, also when it includes zero', () => {
    const [table, ...rest] = whole.experiments as [Results['experiments'][number]];
    const [first, ...others] = table.differences as [(typeof table.differences)[number]];
    const open = { ...first, estimate: 0.01, low: -0.002, high: 0.02 };
    const text = textOf({
      ...whole,
      experiments: [{ ...table, differences: [open, ...others] }, ...rest],
    });
    expect(text).toContain('| +1.0 | −0.2 to +2.0 | 8 | 1, 2, 3 | not settled |');
  });
});

describe('loupe report', () => {
  /** A program of its own that computes, on a machine that may be busy. */
  const PATIENCE = 600_000;

  it(
    'writes the page, its plots and the JSON, and takes away plots that are no more',
    async () => {
      const out = join(folder, 'out');
      mkdirSync(out);
      writeFileSync(join(out, 'an-old-plot.svg'), '<svg/>');
      const args = ['--experiments', join(folder, 'partial'), '--out', out, '--json'];
      const { code, out: printed, err } = await loupe('report', ...args);
      expect(code, err).toBe(0);
      expect(err).toMatch(/^53 runs reported, 10 missing; wrote \d+ files to .* in .*\.\n$/);
      const { files } = JSON.parse(printed) as { files: string[] };
      expect(readdirSync(out).sort()).toEqual(files.toSorted());
      const text = readFileSync(join(out, 'README.md'), 'utf8');
      const linked = [...text.matchAll(/\]\(([\w-]+\.\w+)\)/g)].map(([, file]) => file as string);
      expect(new Set(linked)).toEqual(new Set(files.filter((file) => file !== 'README.md')));
    },
    PATIENCE,
  );

  it(
    'says in one sentence what is wrong',
    async () => {
      const { code, out, err } = await loupe('report', '--experiments', join(folder, 'nowhere'));
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(/^There is no experiment .*nowhere\/table-1\.json; .*\.\n$/);
    },
    PATIENCE,
  );
});
