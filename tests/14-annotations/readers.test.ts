/**
 * Annotations of three formats become the same boxes, and what is no annotation gets one plain sentence.
 */

import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import {
  type ReadOptions,
  readBoxes,
  readZippedBoxes,
} from '../../src/core/annotations/readBoxes.ts';
import { coco, json, one, pictures, sentence, voc, yolo } from './made.ts';

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
