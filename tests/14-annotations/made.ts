/** The same made-up annotations in three formats, and the sentence that reading something ends with. */
import fc from 'fast-check';
import { AnnotationError } from '../../src/core/annotations/annotationError.ts';

export interface Picture {
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
export const pictures = fc.array(picture, { minLength: 1, maxLength: 5 });

export const coco = (list: readonly Picture[]) => ({
  images: list.map(({ width, height }, id) => ({ id, width, height })),
  annotations: list.flatMap(({ boxes }, image_id) =>
    boxes.map((bbox) => ({ image_id, category_id: 1, bbox })),
  ) as object[],
  categories: [{ id: 1, name: 'cup' }],
});
export const json = (value: unknown, name = 'train.json') => ({
  name,
  text: JSON.stringify(value),
});

export const voc = ({ width, height, boxes }: Picture) =>
  `<?xml version="1.0"?><annotation><filename>a.jpg</filename><size><width>${width}</width><height>${height}</height><depth>3</depth></size>${boxes
    .map(
      ([x, y, w, h]) =>
        `<object><name>cup</name><bndbox><xmin>${x + 1}</xmin><ymin>${y + 1}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>`,
    )
    .join('')}</annotation>`;

export const yolo = ({ width, height, boxes }: Picture) =>
  boxes
    .map(
      ([x, y, w, h]) =>
        `0 ${(x + w / 2) / width} ${(y + h / 2) / height} ${w / width} ${h / height}`,
    )
    .join('\n');

export const one: Picture = { width: 640, height: 480, boxes: [[10, 20, 30, 40]] };

export function sentence(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof AnnotationError) return error.message;
    throw error;
  }
  throw new Error('It was read.');
}
