/**
 * Chapter 11: experiments as data: the files of the repository, and what is refused in which words.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { UserError } from '../../training/console.ts';
import { planRuns } from '../../training/experiment/plan.ts';
import { readExperiment } from '../../training/experiment/schema.ts';
import { tinyExperiment } from '../support/tinyExperiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-experiment-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('The experiments of the repository', () => {
  test("table-1 compares the paper's anchor sets on conv5_3, on three sets from three seeds", () => {
    const experiment = readExperiment('training/experiments/table-1.json');
    const runs = planRuns(experiment);
    expect(runs).toHaveLength(4 * 3 * 3);
    for (const { variant, config } of runs) {
      const { tap, anchorSizes, aspectRatios } = config.detector.rpn;
      const { sizes, aspectRatios: ratios } = ANCHOR_SETS[variant as keyof typeof ANCHOR_SETS];
      expect({ tap, anchorSizes, aspectRatios }).toEqual({
        tap: 'conv5_3',
        anchorSizes: [...sizes],
        aspectRatios: [...ratios],
      });
    }
    expect(new Set(runs.map(({ config }) => config.iterations)).size).toBe(1);
    expect(experiment.measure.proposals).toEqual([10, 20, 50, 100, 200, 300, 500, 1000, 2000]);
    const classesOf = (set: string) =>
      experiment.sets.find(({ name }) => name === set)?.classes.map(({ name }) => name);
    expect(classesOf('nyu_small')).toHaveLength(10);
    expect(classesOf('nyu_small')).toContain('tissue box');
    expect(classesOf('sod_coco10')).toHaveLength(10);
    expect(classesOf('doordetect')).toEqual(['handle']);
  });

  test('placement moves the RPN and nothing else', () => {
    const runs = planRuns(readExperiment('training/experiments/placement.json'));
    expect(new Set(runs.map(({ config }) => config.detector.rpn.tap))).toEqual(
      new Set(['conv3_3', 'conv4_3', 'conv5_3']),
    );
    const rest = runs.map(({ config }) => {
      const { tap, ...rpn } = config.detector.rpn;
      return JSON.stringify({ ...config, name: '', data: '', classes: '', seed: 0, detector: rpn });
    });
    expect(new Set(rest).size).toBe(1);
  });

  test('tries changes one thing at a time and never looks at test', () => {
    const experiment = readExperiment('training/experiments/tries.json');
    expect(experiment.splits).toEqual({ report: 'val' });
    expect(experiment.sets.flatMap(({ annotations }) => Object.keys(annotations))).toEqual([
      'train',
      'val',
    ]);
    const [base, ...others] = planRuns(experiment).map(({ config }) => config);
    expect(base).toMatchObject(experiment.base);
    for (const { name, ...config } of others) {
      const changed = Object.entries(config).flatMap(([key, value]) => {
        const same = JSON.stringify(value) === JSON.stringify(base?.[key as keyof typeof base]);
        return same ? [] : [key];
      });
      const one = changed.filter((key) => key !== 'iterations' && key !== 'classes');
      expect(one.length, `${name}: ${changed}`).toBe(changed.join() === 'iterations' ? 0 : 1);
    }
  });
});

describe('The runs of an experiment', () => {
  const experiment = tinyExperiment('.');

  test('are all variants and sets of a seed before the next seed', () => {
    expect(planRuns(experiment).map(({ name }) => name)).toEqual([
      'small.rectangles.seed-1',
      'two.rectangles.seed-1',
      'small.rectangles.seed-2',
      'two.rectangles.seed-2',
    ]);
    const config = planRuns(experiment)[3]?.config;
    expect(config).toMatchObject({
      name: 'tiny-two-rectangles',
      seed: 2,
      data: [{ name: 'rectangles', labels: ['red', 'green'], repeat: 1 }],
      detector: { rpn: { tap: 'conv5_3', anchorSizes: [16, 24], aspectRatios: [1, 2] } },
    });
  });

  test.each([
    ['seed-2', 2],
    ['two.*2', 1],
    ['small.rectangles.seed-1', 1],
    ['', 4],
  ])('can be chosen by a part of their name: "%s"', (only, count) => {
    expect(planRuns(experiment, only)).toHaveLength(count);
  });

  test('differ by what their variant says, in the parts that it names', () => {
    const changed = tinyExperiment('.', {
      variants: [
        { name: 'plain' },
        {
          name: 'other',
          tap: 'conv5_3',
          with: {
            iterations: 7,
            optimizer: { kind: 'sgd', learningRate: 0.1 },
            detector: { workingSize: 96, rpn: { anchorSizes: [32] } },
          },
        },
      ],
    });
    const [plain, other] = planRuns(changed).map(({ config }) => config);
    expect(plain).toMatchObject({ ...changed.base, data: [{ name: 'rectangles' }] });
    expect(other).toMatchObject({
      iterations: 7,
      optimizer: { kind: 'sgd', momentum: 0.9 },
      detector: {
        workingSize: 96,
        rpn: { tap: 'conv5_3', anchorSizes: [32], aspectRatios: [1, 2] },
        roiHeads: changed.base.detector.roiHeads,
      },
      flips: changed.base.flips,
    });
    expect(other?.optimizer).not.toHaveProperty('weightDecay', plain?.optimizer.weightDecay);
  });

  test('train on other data and more classes where their variant says so, after their own', () => {
    const more = { annotations: 'more.json', images: 'more' };
    const changed = tinyExperiment('.', {
      variants: [
        {
          name: 'more',
          classes: [
            { id: 9, name: 'grey' },
            { id: 1, name: 'red' },
          ],
          data: [
            { ...more, name: 'greys', labels: ['grey'] },
            { ...more, name: 'rectangles', labels: ['red', 'green', 'grey'] },
          ],
        },
      ],
    });
    const [run] = planRuns(changed);
    expect(run?.set).toEqual(changed.sets[0]);
    expect(run?.config.classes.map(({ name, shown }) => [name, shown])).toEqual([
      ['red', true],
      ['green', true],
      ['grey', false],
    ]);
    expect(run?.config.data.map(({ name, annotations }) => [name, annotations])).toEqual([
      ['rectangles', 'more.json'],
      ['greys', 'more.json'],
    ]);
  });

  test('are missed by name', () => {
    expect(() => planRuns(experiment, 'large')).toThrow(
      /^No run of tiny is called like "large"; one is called small\.rectangles\.seed-1\.$/,
    );
    expect(() => planRuns(experiment, 'smallxrectangles')).toThrow(UserError);
  });
});

describe('An experiment file', () => {
  const right = tinyExperiment('.');
  const [set] = right.sets;
  const withChange = (changes: object) => ({ ...right, variants: [{ name: 'a', with: changes }] });
  test.each([
    [{ ...right, seedz: [1] }, /Unrecognized key: "seedz"/],
    [{ ...right, base: { ...right.base, seed: 1 } }, /at "base": Unrecognized key: "seed"/],
    [{ ...right, variants: [{ name: 'a', size: 1 }] }, /at "variants\.0": Unrecognized key/],
    [withChange({ seed: 1 }), /at "variants\.0\.with": Unrecognized key: "seed"/],
    [withChange({ trunk: 'x' }), /at "variants\.0\.with\.trunk": it must be that of base/],
    [withChange({ flips: 1 }), /at "variants\.0\.with\.flips": /],
    [withChange({ detector: { rpn: { tip: 1 } } }), /with\.detector\.rpn": .*key: "tip"/],
    [{ ...right, seeds: [1, 2, 1] }, /at "seeds": there are two of "1"\./],
    [{ ...right, splits: { choose: 'val', report: 'dev' } }, /annotations": it lacks .*"dev"/],
    [{ ...right, sets: [{ ...set, annotations: {} }] }, /annotations": it lacks .*"train"/],
    [{ ...right, measure: { ...right.measure, proposals: [5, 5] } }, /the numbers must rise/],
    [{ ...right, measure: { ...right.measure, outcomesAt: 6 } }, /must be one of the numbers/],
  ])('that is wrong is refused in one sentence (case %#)', (content, sentence) => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, JSON.stringify(content));
    expect(() => readExperiment(path)).toThrow(UserError);
    expect(() => readExperiment(path)).toThrow(sentence);
    expect(() => readExperiment(path)).toThrow(/^The experiment .*bad\.json is not right.*\.$/);
  });

  test('that is not there is missed by name', () => {
    expect(() => readExperiment('nowhere.json')).toThrow(
      /^There is no experiment nowhere\.json; .*table-1\.json is an example\.$/,
    );
  });
});
