/**
 * Photos for the command line: what comes out is upright 8-bit sRGB on white whatever went in, and
 * what cannot be read is refused in one sentence that names the file.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Create, type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readPicture } from '../../training/images.ts';

const folder = mkdtempSync(join(tmpdir(), 'loupe-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const WIDTH = 48;
const HEIGHT = 32;

/** Red on the upper left quarter, else green: every turn and mirror image of it looks different. */
function marked(channels: 3 | 4 = 3): Sharp {
  const data = new Uint8Array(WIDTH * HEIGHT * channels);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const red = i % WIDTH < WIDTH / 2 && i < (WIDTH * HEIGHT) / 2;
    data.set(red ? [220, 30, 30] : [30, 160, 30], i * channels);
    if (channels === 4) data[i * channels + 3] = red ? 0 : 255;
  }
  return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels } });
}

async function pixelAt(path: string, x: number, y: number): Promise<number[]> {
  const { width, height, data } = await readPicture(path);
  const at = 3 * (Math.floor(y * height) * width + Math.floor(x * width));
  return [...data.subarray(at, at + 3)];
}

function expectNear(actual: readonly number[], expected: readonly number[], within: number) {
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThanOrEqual(within);
  });
}

const RED = [220, 30, 30];

describe('what comes out is the picture as a person sees it', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('EXIF orientation %i is applied', async (orientation) => {
    // EXIF says where the stored first row and first column are on the upright picture; here is
    // the upright [y, x] that each stored [row, column] holds.
    const [bottom, right] = [HEIGHT - 1, WIDTH - 1];
    const uprightAt = (row: number, column: number): number[] =>
      [
        [row, column], // 1: first row on top, first column left
        [row, right - column], // 2: top, right
        [bottom - row, right - column], // 3: bottom, right
        [bottom - row, column], // 4: bottom, left
        [column, row], // 5: left, top
        [column, right - row], // 6: right, top
        [bottom - column, right - row], // 7: right, bottom
        [bottom - column, row], // 8: left, bottom
      ][orientation - 1] as number[];
    const upright = await marked().raw().toBuffer();
    const [width, height] = orientation < 5 ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH];
    const stored = new Uint8Array(upright.length);
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const [y = 0, x = 0] = uprightAt(Math.floor(i / width), i % width);
      stored.set(upright.subarray(3 * (y * WIDTH + x), 3 * (y * WIDTH + x) + 3), 3 * i);
    }
    const jpeg = await sharp(stored, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer();
    const path = file(`orientation-${orientation}.jpg`, jpeg);
    expect(await readPicture(path)).toMatchObject({ width: WIDTH, height: HEIGHT });
    expectNear(await pixelAt(path, 0.2, 0.2), RED, 12);
    for (const [x, y] of [[0.8, 0.2] as const, [0.2, 0.8] as const, [0.8, 0.8] as const]) {
      expect((await pixelAt(path, x, y))[0]).toBeLessThan(80);
    }
  });

  it('transparent parts are white', async () => {
    const path = file('alpha.png', await marked(4).png().toBuffer());
    expect(await pixelAt(path, 0.2, 0.2)).toEqual([255, 255, 255]);
    expect(await pixelAt(path, 0.8, 0.8)).toEqual([30, 160, 30]);
  });

  it('16 bits become 8, and half transparent ones mix with white', async () => {
    const png = await marked().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expectNear(await pixelAt(file('deep.png', png), 0.2, 0.2), RED, 1);

    const pixel = {
      width: 4,
      height: 4,
      channels: 4,
      background: { r: 0, g: 0, b: 0, alpha: 0.5 },
    };
    const half = await sharp({ create: pixel as Create })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expectNear(await pixelAt(file('deep-alpha.png', half), 0.5, 0.5), [127, 127, 127], 2);
  });

  it('CMYK becomes RGB', async () => {
    const jpeg = await marked().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    const [red = 0, green = 255, blue = 255] = await pixelAt(file('ink.jpg', jpeg), 0.2, 0.2);
    expect(red).toBeGreaterThan(170);
    expect(Math.max(green, blue)).toBeLessThan(90);
  });

  it('a grey picture has three equal channels', async () => {
    const png = await marked().toColourspace('b-w').png().toBuffer();
    const picture = await readPicture(file('grey.png', png));
    expect(picture.channels).toBe(3);
    expect(picture.data.length).toBe(WIDTH * HEIGHT * 3);
    expect(picture.data[0]).toBe(picture.data[2]);
  });

  it('of an animation only the first frame is read, and that is said', async () => {
    const frames = Buffer.concat([
      await marked().raw().toBuffer(),
      Buffer.alloc(WIDTH * HEIGHT * 3, 255),
    ]);
    const raw = { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT } as const;
    const path = file('moving.gif', await sharp(frames, { raw }).gif().toBuffer());
    const notes: string[] = [];
    const picture = await readPicture(path, (note) => notes.push(note));
    expect([picture.width, picture.height]).toEqual([WIDTH, HEIGHT]);
    expect(notes).toEqual([`${path}: Only the first frame of this GIF was looked at.`]);
    expectNear([...picture.data.subarray(0, 3)], RED, 20);
  });

  it('a picture of one pixel is a picture', async () => {
    const one = sharp(Uint8Array.from(RED), { raw: { width: 1, height: 1, channels: 3 } });
    const picture = await readPicture(file('one.png', await one.png().toBuffer()));
    expect(picture).toMatchObject({ width: 1, height: 1, channels: 3 });
    expect([...picture.data]).toEqual(RED);
  });
});

describe('what cannot be read is refused in a sentence that names the file', () => {
  const refuses = async (path: string, why: RegExp) => {
    const error = await readPicture(path).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name).toBe('UserError');
    expect(error?.message).toContain(path);
    expect(error?.message).toMatch(why);
    expect(error?.message).not.toContain('\n');
  };

  it('no file, a folder', async () => {
    await refuses(join(folder, 'nowhere.jpg'), /^There is no file/);
    await refuses(folder, /is a folder/);
  });

  it('an empty file, and one that is no picture', async () => {
    await refuses(file('empty.jpg', ''), /empty/);
    await refuses(file('words.jpg', 'These are words.'), /not a picture/);
  });

  it.each(['jpeg', 'png', 'webp', 'gif'] as const)('a %s that is cut short', async (format) => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const image = sharp({
      create: { width: 200, height: 200, channels: 3, background: '#888', noise },
    });
    const whole = await image.toFormat(format).toBuffer();
    const cut = whole.subarray(0, Math.floor(whole.length * 0.6));
    await refuses(file(`cut.${format}`, cut), /cut short|damaged/);
  });

  it('a JPEG whose middle has been overwritten', async () => {
    const whole = Buffer.from(await marked().resize(400).jpeg().toBuffer());
    whole.fill(0xff, 200, 400);
    await refuses(file('scratched.jpg', whole), /damaged|cut short/);
  });

  it('20,000 x 20,000 pixels, from the header alone', async () => {
    const header = Buffer.alloc(8 + 25 + 12);
    header.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    header.writeUInt32BE(13, 8);
    header.write('IHDR', 12, 'latin1');
    header.writeUInt32BE(20_000, 16);
    header.writeUInt32BE(20_000, 20);
    header.set([8, 2], 24);
    header.write('IEND', 8 + 25 + 4, 'latin1');
    await refuses(file('huge.png', header), /too large \(20,000 x 20,000 pixels\)/);
  });
});
