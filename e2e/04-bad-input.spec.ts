/**
 * Files that are no photos, broken or merely unusual. Each gives the right result or one plain
 * sentence, and a bad one leaves on screen what was there.
 */
import sharp, { type Sharp } from 'sharp';
import { expect, test } from './support/fixtures.ts';
import { openPhoto, photoOnStage, pickFile, useTinyModel } from './support/tinyModel.ts';

// Flat squares on the 8-pixel grid of JPEG, so that it decodes to the same pixels however turned.
const WIDTH = 64;
const HEIGHT = 48;
const COLOURS = ['c81e1e', '1ec81e', '1e1ec8', 'dcdc28'].map((hex) => Buffer.from(hex, 'hex'));

function photo(): Sharp {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const quarter = (x < WIDTH / 2 ? 0 : 1) + (y < HEIGHT / 2 ? 0 : 2);
      data.set(COLOURS[quarter] as Buffer, (y * WIDTH + x) * 3);
    }
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

/** A PNG that promises 20,000 x 20,000 pixels and holds none. */
function hugePng(): Buffer {
  const file = Buffer.alloc(33);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  file.write('IHDR', 12);
  file.writeUInt32BE(20_000, 16);
  file.writeUInt32BE(20_000, 20);
  file.set([8, 2], 24);
  return file;
}

const bad: [name: string, make: () => Promise<Buffer> | Buffer, sentence: RegExp][] = [
  [
    'an empty file',
    () => Buffer.alloc(0),
    /^This file is empty \(0 bytes\); choose another photo\.$/,
  ],
  ['a text', () => Buffer.from('Dear all,'), /^This file is not a picture Loupe can read;/],
  ['a web page', () => Buffer.from('<!doctype html><p>404'), /^This file is not a picture/],
  [
    'a cut JPEG',
    async () => (await photo().resize(640, 480).jpeg().toBuffer()).subarray(0, 4000),
    /^This JPEG is cut short; copy or download it again\.$/,
  ],
  [
    'a picture of 400 megapixels',
    hugePng,
    /^This picture is too large \(20,000 x 20,000 pixels\);/,
  ],
  [
    'a damaged PNG',
    async () => {
      const file = await photo().png().toBuffer();
      return file.fill(0x55, file.indexOf('IDAT') + 4, file.indexOf('IEND') - 8);
    },
    /^This PNG is damaged and cannot be read; copy or download it again\.$/,
  ],
  [
    'a HEIC picture',
    () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
    /^This browser cannot read HEIC pictures; save it as a JPEG and try again\.$/,
  ],
  ['a drawing', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /^This is an SVG/],
];

test.beforeEach(async ({ page }) => {
  await useTinyModel(page);
  await page.goto('./?backend=wasm');
});

test('bad files get one plain sentence each and leave on screen what was there', async ({
  page,
}) => {
  const good = await photo().png().toBuffer();
  await openPhoto(page, 'good.png', good);
  const list = page.getByRole('list', { name: 'Detections' });
  const before = await list.getByRole('listitem').allTextContents();
  expect(before.length).toBeGreaterThan(0);
  for (const [what, make, sentence] of bad) {
    await test.step(what, async () => {
      await pickFile(page, `${what}.jpg`, await make());
      const alert = page.getByRole('alert');
      await expect(alert.getByRole('paragraph')).toHaveText(sentence);
      await expect(photoOnStage(page, 'good.png')).toBeVisible();
      expect(await list.getByRole('listitem').allTextContents()).toEqual(before);
      await alert.getByRole('button', { name: 'Dismiss' }).click();
      await expect(alert).toHaveCount(0);
    });
  }
});

test('a bad file is an error, and the start page stays, where nothing was on screen', async ({
  page,
}) => {
  await pickFile(page, 'empty.jpg', Buffer.alloc(0));
  await expect(page.getByRole('alert')).toContainText('This file is empty');
  await expect(page.getByRole('button', { name: /^Open the example/ }).first()).toBeVisible();
});

test('all eight EXIF orientations give the same upright picture', async ({ page }) => {
  // How a camera that was held so stores the picture; sharp takes one of these steps at a time.
  const turn = (degrees: number) => (image: Sharp) => image.rotate(degrees);
  const mirror = (image: Sharp) => image.flop();
  const flip = (image: Sharp) => image.flip();
  const stored = [
    [],
    [mirror],
    [turn(180)],
    [flip],
    [turn(90), mirror],
    [turn(270)],
    [turn(90), flip],
    [turn(90)],
  ];
  const results: string[][] = [];
  for (const [index, steps] of stored.entries()) {
    const orientation = index + 1;
    let png = await photo().png().toBuffer();
    for (const step of steps) png = await step(sharp(png)).png().toBuffer();
    const file = await sharp(png)
      .withMetadata({ orientation })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    await openPhoto(page, `orientation ${orientation}.jpg`, file);
    await expect(page.getByRole('banner')).toContainText(`${WIDTH} × ${HEIGHT} px`);
    const list = page.getByRole('list', { name: 'Detections' });
    results.push(await list.getByRole('listitem').allTextContents());
  }
  expect(results[0]?.length).toBeGreaterThan(0);
  for (const result of results) expect(result).toEqual(results[0]);
});

test('unusual pictures are read like any other', async ({ page }) => {
  const single = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: 'red' } });
  const unusual: [name: string, file: Buffer, size: string][] = [
    ['one pixel.png', await single(1, 1).png().toBuffer(), '1 × 1 px'],
    ['a thread.png', await single(1, 5000).png().toBuffer(), '1 × 5000 px'],
    ['a wide thread.jpg', await single(40_000, 1).jpeg().toBuffer(), '40000 × 1 px'],
    ['transparent.png', await photo().ensureAlpha(0.5).png().toBuffer(), '64 × 48 px'],
    ['inks.jpg', await photo().toColourspace('cmyk').jpeg().toBuffer(), '64 × 48 px'],
    ['deep.png', await photo().toColourspace('rgb16').png().toBuffer(), '64 × 48 px'],
    ['grey.jpg', await photo().greyscale().jpeg().toBuffer(), '64 × 48 px'],
    ['webp.jpg', await photo().webp().toBuffer(), '64 × 48 px'],
    ['avif.jpg', await photo().avif().toBuffer(), '64 × 48 px'],
  ];
  for (const [name, file, size] of unusual) {
    await test.step(name, async () => {
      await openPhoto(page, name, file);
      await expect(page.getByRole('banner')).toContainText(size);
      await expect(page.getByRole('alert')).toHaveCount(0);
    });
  }
});

test('of an animated GIF the first frame is looked at, and that is said', async ({ page }) => {
  const frames = await Promise.all(
    [photo(), photo().negate()].map((frame) => frame.png().toBuffer()),
  );
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  await openPhoto(page, 'moving.gif', gif);
  await expect(page.getByText('Only the first frame of this GIF was looked at.')).toBeVisible();
  const list = page.getByRole('list', { name: 'Detections' });
  const moving = await list.getByRole('listitem').allTextContents();
  await openPhoto(page, 'still.gif', await photo().gif().toBuffer());
  expect(await list.getByRole('listitem').allTextContents()).toEqual(moving);
  await expect(page.getByText('Only the first frame')).toHaveCount(0);
});
