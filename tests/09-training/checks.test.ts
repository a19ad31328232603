/**
 * Chapter 9: what is looked at before hours are spent: photos, annotations, the disk.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../../training/console.ts';
import { checkDiskSpace, readCheckedTruth } from '../../training/detector/checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-checks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const images = join(folder, 'images');
mkdirSync(images);
writeFileSync(join(images, 'a.jpg'), 'a photo');

const IMAGE = { id: 1, file_name: 'a.jpg', width: 100, height: 80 };
const BOX = { id: 7, image_id: 1, category_id: 3, bbox: [10, 20, 30, 40] };

function check(content: { image?: object; box?: object }) {
  const path = join(folder, 'annotations.json');
  const coco = {
    images: [{ ...IMAGE, ...content.image }],
    annotations: [{ ...BOX, ...content.box }],
    categories: [{ id: 3, name: 'cup' }],
  };
  writeFileSync(path, JSON.stringify(coco));
  return readCheckedTruth(path, images);
}

describe('The check of a data set', () => {
  test.each([
    [[10, 20, 30, 40]],
    [[0, 0, 100, 80]],
    [[-0.4, -0.9, 100.8, 81.5]],
    [[99.5, 0, 1.2, 5]],
    [[3, 3, 0.5, 0.5]],
  ])('lets boxes pass that stick out by a fraction of a pixel: %j', async (bbox) => {
    const truth = await check({ box: { bbox } });
    expect(truth.annotations).toHaveLength(1);
  });

  test.each([
    [{ box: { bbox: [90, 20, 30, 40] } }, /annotation 7 \(on a\.jpg\) has a box outside of its ph/],
    [{ box: { bbox: [10, -3, 30, 40] } }, /outside of its photo, \[10, -3, 30, 40\] in 100 x 80 p/],
    [{ box: { bbox: [10, 20, 0, 40] } }, /7 \(on a\.jpg\) has a box without an area, \[10, 20, 0,/],
    [{ box: { bbox: [10, 20, 30] } }, /has no "bbox" of four numbers/],
    [{ box: { category_id: 4 } }, /7 \(on a\.jpg\) is of class 4, which the file does not list/],
    [{ box: { image_id: 2 } }, /annotation 7 is of a photo with the id 2, which the file does no/],
    [{ image: { width: 0 } }, /the photo a\.jpg has no "width" and "height"\.$/],
  ])('names the file and the annotation that is broken (case %#)', async (content, sentence) => {
    const checked = check(content);
    await expect(checked).rejects.toThrow(UserError);
    await expect(checked).rejects.toThrow(sentence);
    await expect(checked).rejects.toThrow(/annotations\.json/);
  });

  test('names the photo that is missing', async () => {
    const checked = check({ image: { file_name: 'b.jpg' } });
    await expect(checked).rejects.toThrow(
      /^There is no file .*b\.jpg, which .*annotations\.json lists\.$/,
    );
  });
});

describe('The check of the disk', () => {
  test('lets pass what there is room for, in a folder that is not there yet', () => {
    const place = join(folder, 'not/yet');
    expect(() => checkDiskSpace(place, 0, 'Nothing')).not.toThrow();
    expect(() => checkDiskSpace('/', 0, 'Nothing')).not.toThrow();
  });

  test('says in one sentence how much is missing, and where', () => {
    const place = join(folder, 'not/yet');
    expect(() => checkDiskSpace(place, 1e15, 'The features of x')).toThrow(UserError);
    expect(() => checkDiskSpace(place, 1e15, 'The features of x')).toThrow(
      /^The features of x need 1000000\.0 GB in .*not\/yet, where [\d.]+ GB are free .*cache folder\.$/,
    );
  });
});
