/**
 * Chapter 9: what is taken out of COCO files, and the order of the turns.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../training/console.ts';
import { readDataset, type TrainingPhoto, TurnOrder } from '../../training/detector/dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-dataset-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLASSES = ['cup', 'mouse', 'clock'].map((name, id) => ({ id, name, shown: true }));
const IMAGE = { id: 1, file_name: 'a.jpg', width: 100, height: 80 };
const CATEGORIES = [
  { id: 10, name: 'mouse' },
  { id: 11, name: 'cup' },
  { id: 12, name: 'person' },
];

function read(content: unknown, labels: string[] = ['cup', 'mouse']): TrainingPhoto[] {
  const annotations = join(folder, 'annotations.json');
  writeFileSync(annotations, typeof content === 'string' ? content : JSON.stringify(content));
  return readDataset({ name: 'desks', annotations, images: 'photos', labels, repeat: 1 }, CLASSES);
}

function annotated(...annotations: object[]): TrainingPhoto {
  const whole = annotations.map((annotation) => ({ image_id: 1, ...annotation }));
  const photos = read({ images: [IMAGE], annotations: whole, categories: CATEGORIES });
  return photos[0] as TrainingPhoto;
}

describe('A data set', () => {
  test('gives photos with boxes by corners and labels by the order of the classes', () => {
    const photo = annotated(
      { category_id: 11, bbox: [10, 20, 30, 5] },
      { category_id: 10, bbox: [0, 0, 4, 8], iscrowd: 0 },
    );
    expect(photo).toMatchObject({ key: 'desks/a.jpg', path: join('photos', 'a.jpg') });
    expect([...photo.boxes]).toEqual([10, 20, 40, 25, 0, 0, 4, 8]);
    expect([...photo.labels]).toEqual([0, 1]);
    expect(photo.ignored).toHaveLength(0);
  });

  test('masks the classes that the set does not label; background is always known', () => {
    expect([...annotated().labelled]).toEqual([1, 1, 1, 0]);
  });

  test('makes crowds into ignored regions, whatever their class', () => {
    const photo = annotated(
      { category_id: 11, bbox: [1, 2, 3, 4], iscrowd: 1 },
      { category_id: 12, bbox: [5, 6, 7, 8], iscrowd: 1 },
    );
    expect(photo.boxes).toHaveLength(0);
    expect([...photo.ignored]).toEqual([1, 2, 4, 6, 5, 6, 12, 14]);
  });

  test('drops boxes without a width or a height', () => {
    const photo = annotated(
      { category_id: 11, bbox: [1, 2, 0, 4] },
      { category_id: 11, bbox: [1, 2, 4, -1] },
      { category_id: 11, bbox: [600, 2, 1e-6, 4] },
      { category_id: 11, bbox: [1, 2, 1, 1] },
    );
    expect([...photo.boxes]).toEqual([1, 2, 2, 3]);
  });

  test('leaves out objects of classes that are not to be learned from it', () => {
    const photo = annotated({ category_id: 12, bbox: [1, 2, 3, 4] });
    expect(photo.boxes).toHaveLength(0);
  });

  test('keeps photos without objects: they teach background', () => {
    expect(read({ images: [IMAGE], annotations: [], categories: CATEGORIES })).toHaveLength(1);
  });

  test('takes machine-made boxes of classes it does not label: sure ones as objects, others to ignore', () => {
    const pseudo = join(folder, 'pseudo.json');
    const made = [
      { image_id: 7, category_id: 12, bbox: [1, 2, 3, 4], score: 0.7 },
      { image_id: 7, category_id: 12, bbox: [5, 6, 7, 8], score: 0.3 },
      { image_id: 7, category_id: 11, bbox: [9, 9, 9, 9], score: 0.9 },
    ];
    const read = (boxes: readonly object[]) => {
      const categories = [...CATEGORIES, { id: 12, name: 'clock' }];
      const images = [{ ...IMAGE, id: 7 }];
      writeFileSync(pseudo, JSON.stringify({ images, annotations: boxes, categories }));
      const annotations = join(folder, 'annotations.json');
      const coco = { images: [IMAGE], annotations: [], categories: CATEGORIES };
      writeFileSync(annotations, JSON.stringify(coco));
      const set = { name: 'desks', annotations, images: '', labels: ['cup'], repeat: 1 };
      const [photo] = readDataset(
        { ...set, pseudo: { annotations: pseudo, certain: 0.5 } },
        CLASSES,
      );
      return photo as TrainingPhoto;
    };
    const photo = read(made);
    expect([...photo.boxes]).toEqual([1, 2, 4, 6]);
    expect([...photo.labels]).toEqual([2]);
    expect([...photo.ignored]).toEqual([5, 6, 12, 14]);
    expect([...photo.labelled]).toEqual([1, 1, 0, 0]);
    const plain = made.map(({ score, ...box }) => ({ ...box, ignored: score }));
    expect(() => read(plain)).toThrow(/pseudo\.json have no score, so they are not machine-made/);
  });

  const fine = { images: [IMAGE], annotations: [], categories: CATEGORIES };
  test.each([
    [
      '{ "images": [',
      ['cup'],
      /^The annotations of "desks" cannot be read from .*annotations.json/,
    ],
    [{ images: [] }, ['cup'], /annotations.json is not COCO JSON with images, annotations/],
    [
      { ...fine, annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, 3] }] },
      ['cup'],
      /is not COCO/,
    ],
    [
      fine,
      ['cup', 'teapot'],
      /^The set "desks" labels "teapot", which is no class of the config\.$/,
    ],
    [
      fine,
      ['clock'],
      /^The set "desks" is said to label "clock", but .* has no category of that name\.$/,
    ],
  ])('says in a sentence what is wrong (case %#)', (content, labels, sentence) => {
    expect(() => read(content, labels)).toThrow(UserError);
    expect(() => read(content, labels)).toThrow(sentence);
  });
});

const sets = fc
  .array(
    fc.record({ count: fc.integer({ min: 1, max: 9 }), repeat: fc.integer({ min: 1, max: 4 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((list) =>
    list.map(({ count, repeat }, set) => ({
      repeat,
      photos: Array.from({ length: count }, (_, i) => ({ key: `${set}/${i}` }) as TrainingPhoto),
    })),
  );
const seed = fc.nat(1000);

function epochOf(order: TurnOrder, epoch: number) {
  const length = order.turnsPerEpoch;
  return Array.from({ length }, (_, index) => order.turn(epoch * length + index));
}

describe('The order of turns', () => {
  test('shows every photo as often as its set says, in every epoch', () => {
    fc.assert(
      fc.property(sets, seed, fc.nat(5), (data, start, epoch) => {
        const shown = epochOf(new TurnOrder(data, start, true), epoch).map(
          ({ photo }) => photo.key,
        );
        const wanted = data.flatMap(({ photos, repeat }) =>
          photos.flatMap(({ key }) => Array.from({ length: repeat }, () => key)),
        );
        expect(shown.sort()).toEqual(wanted.sort());
      }),
    );
  });

  test('mirrors a photo in one of two epochs, about half of them at a time', () => {
    fc.assert(
      fc.property(sets, seed, fc.nat(5), (data, start, epoch) => {
        const order = new TurnOrder(data, start, true);
        const first = epochOf(order, epoch).filter(({ flip }) => flip);
        const both = [...first, ...epochOf(order, epoch + 1).filter(({ flip }) => flip)];
        expect(both).toHaveLength(order.turnsPerEpoch);
        expect(Math.abs(2 * first.length - order.turnsPerEpoch)).toBeLessThanOrEqual(1);
        for (const { photos, repeat } of data) {
          for (const { key } of photos) {
            expect(both.filter(({ photo }) => photo.key === key)).toHaveLength(repeat);
          }
        }
      }),
    );
  });

  test('mirrors nothing unless it is told to', () => {
    const order = new TurnOrder([{ photos: [{ key: 'a' } as TrainingPhoto], repeat: 3 }], 1, false);
    expect(epochOf(order, 1).some(({ flip }) => flip)).toBe(false);
  });

  test('does not depend on what was asked before', () => {
    fc.assert(
      fc.property(sets, seed, fc.array(fc.nat(200)), fc.nat(200), (data, start, before, step) => {
        const used = new TurnOrder(data, start, true);
        for (const other of before) used.turn(other);
        expect(used.turn(step)).toEqual(new TurnOrder(data, start, true).turn(step));
      }),
    );
  });

  test('differs from epoch to epoch and from seed to seed', () => {
    const photos = Array.from({ length: 30 }, (_, i) => ({ key: `${i}` }) as TrainingPhoto);
    const keys = (start: number, epoch: number) =>
      epochOf(new TurnOrder([{ photos, repeat: 1 }], start, true), epoch).map(
        ({ photo }) => photo.key,
      );
    expect(keys(1, 0)).not.toEqual(keys(1, 1));
    expect(keys(1, 0)).not.toEqual(keys(2, 0));
    expect(keys(1, 2)).not.toEqual(keys(2, 1));
  });

  test('keeps to the views it may have, each once an epoch, drawn by the seed', () => {
    const photos = Array.from({ length: 30 }, (_, i) => ({ key: `${i}` }) as TrainingPhoto);
    const slots = (start: number, epoch: number) =>
      epochOf(new TurnOrder([{ photos, repeat: 2 }], start, true, 9), epoch)
        .map(({ slot }) => slot)
        .sort((a, b) => a - b);
    expect(new Set(slots(1, 0)).size).toBe(9);
    expect(slots(1, 1)).toEqual(slots(1, 0));
    expect(slots(2, 0)).not.toEqual(slots(1, 0));
  });

  test('needs a photo', () => {
    expect(() => new TurnOrder([{ photos: [], repeat: 1 }], 1, true)).toThrow(
      'There is no photo to train on.',
    );
  });
});
