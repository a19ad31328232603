/**
 * COCO files that are not what they should be are refused in one plain sentence that names the
 * file and the entry; what a file may leave out is filled in.
 */
import { describe, expect, it } from 'vitest';
import {
  CocoFormatError,
  parseGroundTruth,
  parseResults,
} from '../../src/core/evaluation/cocoJson.ts';

const image = { id: 1, width: 10, height: 10 };
const category = { id: 1, name: 'cup' };
const annotation = { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] };
const truth = { images: [image], categories: [category], annotations: [annotation] };
const result = { image_id: 1, category_id: 1, bbox: [0, 0, 4, 5], score: 0.5 };

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CocoFormatError);
    const { message } = error as Error;
    expect(message).toMatch(/^[^\n]+\.$/);
    return message;
  }
  throw new Error('It was not refused.');
}

describe('a ground truth', () => {
  it('may leave out areas, ids, names and flags', () => {
    const bare = { image_id: 1, category_id: 1, bbox: [0, 0, 4, 5] };
    const parsed = parseGroundTruth({ ...truth, categories: [{ id: 1 }], annotations: [bare] });
    expect(parsed.annotations).toEqual([
      { ...bare, id: 1, area: 20, iscrowd: false, difficult: false },
    ]);
    expect(parsed.categories).toEqual([{ id: 1, name: 'category 1' }]);
  });

  it.each([
    ['a list', [], /gt\.json is not a COCO ground truth/],
    ['no images', { ...truth, images: undefined }, /has no list of "images"/],
    ['an image without id', { ...truth, images: [{}] }, /entry 1 of the images has no "id"/],
    ['a class without id', { ...truth, categories: [{}] }, /entry 1 of the categories/],
    ['a twin id', { ...truth, images: [image, image] }, /has the id 1 twice among its "images"/],
    [
      'a box of three numbers',
      { ...truth, annotations: [annotation, { ...annotation, id: 2, bbox: [0, 0, 4] }] },
      /entry 2 of the annotations has no "bbox"/,
    ],
    [
      'a null annotation',
      { ...truth, annotations: [null] },
      /entry 1 of the annotations is not an object/,
    ],
  ])('is refused with %s', (_, value, why) => {
    expect(refusal(() => parseGroundTruth(value, 'gt.json'))).toMatch(why);
  });
});

describe('results', () => {
  it('are the same list, not copied', () => {
    const list = [result];
    expect(parseResults(list, 'd.json', [image])).toBe(list);
  });

  it.each([
    ['an object', { annotations: [result] }, /d\.json is not a COCO results file/],
    ['a number', [1], /entry 1 of the detections is not an object/],
    [
      'no score',
      [{ ...result, score: undefined }],
      /entry 1 of the detections has no number as "s/,
    ],
    ['a null score', [result, { ...result, score: null }], /entry 2 of the detections/],
    ['a class name', [{ ...result, category_id: 'cup' }], /no number as "category_id"/],
    ['a negative width', [{ ...result, bbox: [0, 0, -4, 5] }], /no "bbox" of four numbers/],
    ['an unknown image', [{ ...result, image_id: 9 }], /for image 9, which the ground truth/],
    ['no image', [{ ...result, image_id: null }], /has no "image_id"/],
  ])('are refused with %s', (_, value, why) => {
    expect(refusal(() => parseResults(value, 'd.json', [image]))).toMatch(why);
  });
});
