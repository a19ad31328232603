/**
 * TIDE's errors are tidecv's on the synthetic cases, and an error that was put in by hand comes
 * out under its name.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseGroundTruth, parseResults } from '../../src/core/evaluation/cocoJson.ts';
import { type TideErrors, tideErrors } from '../../src/core/evaluation/tide.ts';
import { TIDE_TYPES } from '../../src/core/evaluation/tideTypes.ts';
import { cocoCases, parsedCase } from './fixtures.ts';

interface Reference {
  readonly seed: number;
  readonly ap: number;
  readonly dAP: Record<string, number>;
  readonly counts: Record<string, number>;
}

const references: Reference[] = JSON.parse(
  readFileSync(new URL('../fixtures/reference/tide.json', import.meta.url), 'utf8'),
);
const places = cocoCases().map(({ seed }) => seed);
/** tidecv's names, in the order of `TIDE_TYPES` */
const NAMES = ['Cls', 'Loc', 'Both', 'Dupe', 'Bkg', 'Miss'];

function errorsOf({ errors }: TideErrors) {
  return Object.fromEntries(errors.map(({ type, count, dAP }) => [type, { count, dAP }]));
}

describe('tidecv answers the same', () => {
  it.each(references)('case $seed', ({ seed, ap, dAP, counts }) => {
    // As the reference was made: equal scores are the one thing in which the two differ.
    const { truth, results } = parsedCase(places.indexOf(seed), 'distinct scores');
    const tide = tideErrors(truth, results);
    expect(tide.ap).toBeCloseTo(ap, 6);
    expect(tide.errors.map(({ count }) => count)).toEqual(NAMES.map((name) => counts[name]));
    tide.errors.forEach((error, index) => {
      expect(error.dAP).toBeCloseTo(dAP[NAMES[index] as string] as number, 6);
    });
    expect(tide.falsePositives).toBeCloseTo(dAP.FalsePos as number, 6);
    expect(tide.falseNegatives).toBeCloseTo(dAP.FalseNeg as number, 6);
  });
});

describe('an error put in by hand', () => {
  const CUP = 1;
  const CLOCK = 2;
  const truth = parseGroundTruth({
    images: [{ id: 1, width: 200, height: 200 }],
    categories: [
      { id: CUP, name: 'cup' },
      { id: CLOCK, name: 'clock' },
    ],
    annotations: [
      { id: 1, image_id: 1, category_id: CUP, bbox: [0, 0, 10, 10] },
      { id: 2, image_id: 1, category_id: CUP, bbox: [100, 0, 10, 10] },
      { id: 3, image_id: 1, category_id: CLOCK, bbox: [0, 100, 10, 10] },
    ],
  });
  const detection = (category_id: number, bbox: readonly number[], score: number) => ({
    image_id: 1,
    category_id,
    bbox,
    score,
  });
  const perfect = [
    detection(CUP, [0, 0, 10, 10], 0.9),
    detection(CUP, [100, 0, 10, 10], 0.8),
    detection(CLOCK, [0, 100, 10, 10], 0.7),
  ];
  const tideOf = (...results: object[]) => tideErrors(truth, parseResults(results));

  it('nothing is wrong with the ground truth itself', () => {
    const tide = tideOf(...perfect);
    expect(tide.ap).toBeCloseTo(1, 12);
    expect(tide.errors.every(({ count, dAP }) => count === 0 && dAP === 0)).toBe(true);
    expect([tide.falsePositives, tide.falseNegatives]).toEqual([0, 0]);
  });

  it.each([
    ['classification', detection(CLOCK, [0, 0, 10, 10], 0.95)],
    ['localisation', detection(CUP, [5, 0, 10, 10], 0.95)],
    ['both', detection(CLOCK, [5, 0, 10, 10], 0.95)],
    ['duplicate', detection(CUP, [0, 0, 10, 9], 0.85)],
    ['background', detection(CUP, [50, 50, 10, 10], 0.95)],
  ])('is named: %s', (type, extra) => {
    const tide = tideOf(...perfect, extra);
    for (const [name, { count }] of Object.entries(errorsOf(tide))) {
      expect([name, count]).toEqual([name, Number(name === type)]);
    }
    // Mending the one error there is makes the rest perfect.
    expect(tide.ap + (errorsOf(tide)[type]?.dAP ?? 0)).toBeCloseTo(1, 12);
    expect(tide.ap + tide.falsePositives).toBeCloseTo(1, 12);
  });

  it('an object that nothing comes near is missed; mending it makes all found', () => {
    const tide = tideOf(...perfect.slice(1));
    expect(errorsOf(tide).missed?.count).toBe(1);
    expect(tide.ap + (errorsOf(tide).missed?.dAP ?? 0)).toBeCloseTo(1, 12);
    expect(tide.ap + tide.falseNegatives).toBeCloseTo(1, 12);
  });

  it('an object that a badly placed box would find is not missed, and only one box may', () => {
    const loose = [0.6, 0.5].map((score) => detection(CUP, [5, 0, 10, 10], score));
    const { missed, localisation } = errorsOf(tideOf(...perfect.slice(1), ...loose));
    expect(missed?.count).toBe(0);
    expect(localisation?.count).toBe(2);
    expect(localisation?.dAP).toBeGreaterThan(0);
  });

  it('without objects and detections AP is -1 and nothing can be gained', () => {
    const tide = tideErrors({ ...truth, annotations: [] }, []);
    expect(tide.ap).toBe(-1);
    expect(tide.errors.map(({ type }) => type)).toEqual([...TIDE_TYPES]);
    expect([tide.falsePositives, tide.falseNegatives]).toEqual([0, 0]);
  });
});
