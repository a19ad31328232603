/**
 * Annotations of three formats become the same boxes; what cannot be used is counted, and what is
 * no annotation gets one plain sentence.
 */

import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { AnnotationError } from '../../src/core/annotations/annotationError.ts';
import { NOTHING_SKIPPED, skippedText } from '../../src/core/annotations/boxSet.ts';
import {
  type ReadOptions,
  readBoxes,
  readZippedBoxes,
} from '../../src/core/annotations/readBoxes.ts';

interface Picture {
  readonly width: number;
  readonly height: number;
  /** x, y, width, height in whole pixels */
  readonly boxes: readonly (readonly [number, number, number, number])[];
}

const picture: fc.Arbitrary<Picture> = fc.record({
  width: fc.integer({ min: 100, max: 800 }),
  height: fc.integer({ min: 100, max: 800 }),
  boxes: fc.array(
    fc.tuple(
      fc.nat(50),
      fc.nat(50),
      fc.integer({ min: 2, max: 50 }),
      fc.integer({ min: 2, max: 50 }),
    ),
    { minLength: 1, maxLength: 4 },
  ),
});
const pictures = fc.array(picture, { minLength: 1, maxLength: 5 });

const coco = (list: readonly Picture[]) => ({
  images: list.map(({ width, height }, id) => ({ id, width, height })),
  annotations: list.flatMap(({ boxes }, image_id) =>
    boxes.map((bbox) => ({ image_id, category_id: 1, bbox })),
  ) as object[],
  categories: [{ id: 1, name: 'cup' }],
});
const json = (value: unknown, name = 'train.json') => ({ name, text: JSON.stringify(value) });

const voc = ({ width, height, boxes }: Picture) =>
  `<?xml version="1.0"?><annotation><filename>a.jpg</filename><size><width>${width}</width><height>${height}</height><depth>3</depth></size>${boxes
    .map(
      ([x, y, w, h]) =>
        `<object><name>cup</name><bndbox><xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>`,
    )
    .join('')}</annotation>`;

const yolo = ({ width, height, boxes }: Picture) =>
  boxes
    .map(
      ([x, y, w, h]) =>
        `0 ${(x + w / 2) / width} ${(y + h / 2) / height} ${w / width} ${h / height}`,
    )
    .join('\n');

const one: Picture = { width: 640, height: 480, boxes: [[10, 20, 30, 40]] };

function sentence(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AnnotationError) return error.message;
    throw error;
  }
  throw new Error('It was read.');
}

describe('the formats', () => {
  it('say the same boxes', () => {
    fc.assert(
      fc.property(pictures, (list) => {
        const expected = readBoxes([json(coco(list))]);
        expect(expected.format).toBe('coco');
        const fromVoc = readBoxes(list.map((one, i) => ({ name: `${i}.xml`, text: voc(one) })));
        expect(fromVoc).toEqual({ format: 'voc', boxes: expected.boxes });
        const pictureSizes = new Map(list.map((size, i) => [`images/${i}.jpg`, size]));
        const labels = list.map((one, i) => ({ name: `labels/${i}.txt`, text: yolo(one) }));
        const fromYolo = readBoxes(labels, { pictureSizes });
        expect(fromYolo.boxes.pictureSizes).toEqual(expected.boxes.pictureSizes);
        expected.boxes.boxes.forEach((value, at) => {
          expect(fromYolo.boxes.boxes[at]).toBeCloseTo(value, 6);
        });
      }),
    );
  });

  it('come in a zip too; pictures in it give the sizes of YOLO labels', () => {
    // The header of a 640 x 480 PNG.
    const png = Uint8Array.from([
      ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52],
      ...[0, 0, 2, 128, 0, 0, 1, 224, 8, 2, 0, 0, 0, 0, 0, 0, 0],
    ]);
    const expected = readBoxes([json(coco([one]))]).boxes;
    const zip = (files: Record<string, string | Uint8Array>) =>
      zipSync(
        Object.fromEntries(
          Object.entries(files).map(([name, content]) => [
            name,
            typeof content === 'string' ? strToU8(content) : content,
          ]),
        ),
      );
    const labels = zip({
      'images/a.png': png,
      'labels/a.txt': yolo(one),
      'classes.txt': 'cup',
      '__MACOSX/labels/._a.txt': 'x',
    });
    expect(readZippedBoxes(labels, 'yolo.zip')).toEqual({ format: 'yolo', boxes: expected });
    const xml = zip({ 'Annotations/a.xml': voc(one) });
    expect(readZippedBoxes(xml, 'voc.zip').boxes).toEqual(expected);
    expect(sentence(() => readZippedBoxes(zip({ 'a.png': png }), 'p.zip'))).toMatch(
      /^p\.zip has no/,
    );
    expect(sentence(() => readZippedBoxes(xml.slice(0, 40), 'cut.zip'))).toBe(
      'cut.zip is no zip or is damaged; make or download it again.',
    );
  });

  it('of normalised boxes alone need one size for all', () => {
    const file = { name: 'a.txt', text: '0 0.5 0.5 0.1 0.2\n0 0.1 0.1 0.3 0.1 0.3 0.3' };
    expect(sentence(() => readBoxes([file]))).toMatch(
      /whose size is not known; bring the picture a/,
    );
    const { boxes } = readBoxes([file], { assumedSize: { width: 100, height: 100 } });
    // The second is an outline.
    expect([...boxes.boxes].map(Math.round)).toEqual([45, 40, 55, 60, 10, 10, 30, 30]);
  });
});

describe('boxes that are no use', () => {
  it('are counted by what is wrong with them', () => {
    const set = coco([
      { ...one, boxes: [...one.boxes, [630, 10, 50, 20], [700, 0, 9, 9], [5, 5, 0, 9]] },
    ]);
    set.annotations.push(
      { image_id: 0, category_id: 1, bbox: [0, 0, 50, 50], iscrowd: 1 },
      { image_id: 99, category_id: 1, bbox: [0, 0, 50, 50] },
      // Rounding: half a pixel out.
      { image_id: 0, category_id: 1, bbox: [-0.5, 0, 50, 50] },
    );
    const { boxes } = readBoxes([json(set)]);
    expect(boxes.count).toBe(3);
    expect(boxes.skipped).toEqual({
      ...{ ...NOTHING_SKIPPED, clipped: 1, outside: 1, empty: 1, crowds: 1, unlisted: 1 },
    });
    expect(skippedText(boxes.skipped)).toBe(
      '1 crowd, 1 box outside of their picture, 1 box without an area and 1 box of pictures that are not listed left out; 1 box cut at the edge of its picture',
    );
    expect(skippedText({ ...NOTHING_SKIPPED, clipped: 2 })).toBe(
      '2 boxes cut at the edges of their pictures',
    );
    expect(skippedText(NOTHING_SKIPPED)).toBe('');
  });

  it('are cut at the edge of their picture where a part of them lies in it', () => {
    const around = fc.tuple(fc.integer({ min: -60, max: 160 }), fc.integer({ min: 1, max: 90 }));
    fc.assert(
      fc.property(around, around, ([x, wide], [y, high]) => {
        const inside: Picture = { width: 100, height: 100, boxes: [[1, 1, 9, 9]] };
        const set = coco([{ ...inside, boxes: [...inside.boxes, [x, y, wide, high]] }]);
        const { boxes } = readBoxes([json(set)]);
        const { clipped, outside } = boxes.skipped;
        const [left, top] = [Math.max(0, x), Math.max(0, y)];
        const [right, bottom] = [Math.min(100, x + wide), Math.min(100, y + high)];
        const out = Math.max(-x, -y, x + wide - 100, y + high - 100);
        if (right <= left || bottom <= top) {
          if (out > 1) expect([clipped, outside]).toEqual([0, 1]);
        } else if (out > 1) {
          expect([clipped, outside]).toEqual([1, 0]);
          expect([...boxes.boxes.subarray(4)]).toEqual([left, top, right, bottom]);
        } else {
          expect([clipped, outside]).toEqual([0, 0]);
          expect([...boxes.boxes.subarray(4)]).toEqual([x, y, x + wide, y + high]);
        }
      }),
    );
  });

  it('cost nobody the rest of a COCO file, whatever is wrong with them', () => {
    const set = coco([one]);
    const bad = [null, 7, {}, { image_id: 0 }, { image_id: 0, bbox: [1, 2, 'x', 4] }, [1]];
    set.annotations.push(...(bad as object[]), { id: 'a', image_id: 0, bbox: [1, 2, 8, 8] });
    const { boxes } = readBoxes([json(set)]);
    expect(boxes.count).toBe(2);
    expect(boxes.skipped).toEqual({ ...NOTHING_SKIPPED, broken: bad.length });
    expect(skippedText(boxes.skipped)).toBe('6 entries without a box left out');
  });

  it('of a picture of an impossible size are left out, and told', () => {
    const huge = { width: 1e9, height: 1e9, boxes: one.boxes };
    const { boxes } = readBoxes([json(coco([one, huge, one]))]);
    expect(boxes.count).toBe(2);
    expect([...boxes.pictureSizes]).toEqual([640, 480, 640, 480]);
    expect(skippedText(boxes.skipped)).toBe('1 box of pictures of an impossible size left out');
    expect(sentence(() => readBoxes([json(coco([huge]))]))).toBe(
      'train.json has no boxes to choose anchors for (1 box of pictures of an impossible size left out); choose annotations with objects in them.',
    );
    expect(sentence(() => readBoxes([{ name: 'a.xml', text: voc(huge) }]))).toContain(
      'impossible size',
    );
  });
});

describe('what is no annotation', () => {
  const sized = { pictureSizes: new Map([['a.jpg', { width: 10, height: 10 }]]) };
  const cases: [
    what: string,
    name: string,
    text: string,
    message: RegExp,
    options?: ReadOptions,
  ][] = [
    [
      'broken JSON',
      'a.json',
      '{"images": [\n{"id": 1,}',
      /^a\.json is not JSON: line 2, column 10 /,
    ],
    [
      'XML under a COCO name',
      'a.json',
      voc(one),
      /^a\.json is called JSON but looks like VOC XML; /,
    ],
    ['YOLO under a COCO name', 'a.json', yolo(one), /looks like YOLO text/],
    ['results under a COCO name', 'a.json', '[{"image_id": 1}]', /is not a COCO ground truth/],
    ['another JSON', 'a.json', '{"shapes": []}', /has no list of "images"/],
    ['an empty file', 'a.json', '', /^a\.json is not JSON: it is empty\.$/],
    ['an empty set', 'a.json', JSON.stringify({ ...coco([one]), annotations: [] }), /has no boxes/],
    [
      'no boxes that are any',
      'a.json',
      JSON.stringify(coco([{ ...one, boxes: [[0, 0, 0, 0]] }])),
      /has no boxes .*\(1 box without an area left out\)/,
    ],
    [
      'pictures without a size',
      'a.json',
      JSON.stringify({ ...coco([one]), images: [{ id: 0 }] }),
      /has no "width" and "height"/,
    ],
    [
      'broken XML',
      'a.xml',
      '<annotation>\n<size></annotation>',
      /^a\.xml is not XML: line 2, column \d+: /,
    ],
    ['another XML', 'a.xml', '<svg></svg>', /is XML, but no VOC annotation/],
    ['XML without a size', 'a.xml', '<annotation></annotation>', /has no <size>/],
    [
      'XML without a box',
      'a.xml',
      voc(one).replace('<xmin>11</xmin>', ''),
      /has no boxes .*\(1 entry without a box left out\)/,
    ],
    [
      'text without labels',
      'readme.txt',
      'Made in 2024.\nThanks!',
      /^readme\.txt is a text without/,
    ],
    [
      'a word in a label',
      'a.txt',
      '0 0.1 0.1 0.1 0.1\ncup 1 2',
      /^a\.txt, line 2: a YOLO label is/,
      sized,
    ],
    ['pixels in a label', 'a.txt', '0 50 50 20 20', /with shares of the picture/, sized],
    ['something else', 'a.doc', 'Dear annotator', /^a\.doc is neither COCO JSON nor/],
  ];
  it.each(cases)('%s is told in a sentence', (_, name, text, message, options) => {
    const told = sentence(() => readBoxes([{ name, text }], options));
    expect(told).toMatch(message);
    expect(told).toMatch(/\.$/);
    expect(told).not.toContain('\n');
  });

  it('XML that was cut is told as such, wherever it was cut', () => {
    const text = voc(one).replace('<annotation>', '\n<annotation>');
    fc.assert(
      fc.property(fc.integer({ min: text.indexOf('<annot') + 3, max: text.length - 1 }), (end) => {
        expect(sentence(() => readBoxes([{ name: 'a.xml', text: text.slice(0, end) }]))).toBe(
          'a.xml ends too early, in line 2, and may be cut; copy it again.',
        );
      }),
    );
  });

  it('notes beside annotations are passed over, in a drop and in a zip', () => {
    const notes = [
      { name: 'set/README.txt', text: 'Made in 2024, 3 of 4 by hand.\n' },
      { name: 'set/licence.txt', text: '[CC0] <none>' },
      { name: 'set/data.yaml', text: 'nc: 1' },
      { name: 'set/README.md', text: '[![badge](x)](y)' },
      { name: 'set/empty.txt', text: '' },
    ];
    const pictureSizes = new Map([['a.jpg', one]]);
    const expected = readBoxes([json(coco([one]))]).boxes;
    const files = [json(coco([one])), { name: 'a.xml', text: voc(one) }];
    for (const file of files) {
      expect(readBoxes([...notes, file]).boxes).toEqual(expected);
      const zip = Object.fromEntries([...notes, file].map((f) => [f.name, strToU8(f.text)]));
      expect(readZippedBoxes(zipSync(zip), 'set.zip').boxes).toEqual(expected);
    }
    const labels = { name: 'a.txt', text: yolo(one) };
    expect(readBoxes([...notes.slice(0, 4), labels], { pictureSizes }).boxes).toEqual(expected);
    // A label that is not right is no note.
    const wrong = { name: 'b.txt', text: 'cup 0.5 0.5 0.1 0.1' };
    expect(sentence(() => readBoxes([labels, wrong], { assumedSize: one }))).toMatch(
      /^b\.txt, line 1: a YOLO label is/,
    );
  });

  it('no files, two sets and a mix are told, too', () => {
    const set = JSON.stringify(coco([one]));
    const two = ['a.json', 'b.json'].map((name) => ({ name, text: set }));
    expect(sentence(() => readBoxes([]))).toMatch(/^There are no annotations/);
    expect(sentence(() => readBoxes(two))).toMatch(/^a\.json and b\.json are two COCO files/);
    const mix = [{ name: 'a.xml', text: voc(one) }, ...two];
    expect(sentence(() => readBoxes(mix))).toMatch(/choose files of one format/);
  });
});
