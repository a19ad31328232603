/**
 * Sizes are counted in pixels of the working picture, every object once.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sizeCountsSchema } from '../../src/core/results/schema.ts';
import { countSizes } from '../../training/report/sizes.ts';
import { tinyExperiment } from '../support/tinyExperiment.ts';
import { makeTinyTraining, removeTinyTraining } from '../support/tinyTraining.ts';

let folder: string;
beforeAll(async () => {
  folder = await makeTinyTraining(3);
});
afterAll(() => removeTinyTraining(folder));

it('Each object is in the bin of its side; crowds and other classes are in none', async () => {
  // The red squares have a side of 16, the green rectangles of the root of 16 x 24.
  const counts = sizeCountsSchema.parse(await countSizes(tinyExperiment(folder)));
  const { train } = counts.sets[0]?.counts ?? {};
  const at = (side: number) => train?.[counts.edges.findIndex((edge) => edge > side) - 1] as number;
  expect(train?.reduce((sum, count) => sum + count, 0)).toBe(6);
  expect([at(16), at(Math.sqrt(16 * 24))]).toEqual([3, 3]);
  expect(Object.keys(counts.sets[0]?.counts ?? {})).toEqual(['train', 'val', 'test']);
});

it('A photo twice as large has its objects in the same bins', async () => {
  const image = { id: 1, file_name: '1.png', width: 128, height: 96 };
  const boxes = [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 32, 32], iscrowd: 0 },
    { id: 2, image_id: 1, category_id: 1, bbox: [0, 0, 32, 32], iscrowd: 1 },
    { id: 3, image_id: 1, category_id: 9, bbox: [0, 0, 32, 32], iscrowd: 0 },
    { id: 4, image_id: 1, category_id: 1, bbox: [0, 0, 2, 2], iscrowd: 0 },
  ];
  const categories = [
    { id: 1, name: 'red' },
    { id: 2, name: 'green' },
    { id: 9, name: 'other' },
  ];
  const annotations = join(folder, 'large.json');
  writeFileSync(annotations, JSON.stringify({ images: [image], annotations: boxes, categories }));
  const experiment = tinyExperiment(folder);
  const sets = experiment.sets.map((set) => ({ ...set, annotations: { train: annotations } }));
  const { sets: counted, edges } = await countSizes({ ...experiment, sets });
  const { train } = counted[0]?.counts ?? {};
  expect(train?.[edges.indexOf(16)]).toBe(1);
  // What is below the first edge is in the first bin.
  expect(train?.[0]).toBe(1);
  expect(train?.reduce((sum, count) => sum + count, 0)).toBe(2);
});
