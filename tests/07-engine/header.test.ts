/**
 * Reading picture headers: files of every kind, made here by sharp or by hand, and what is left of
 * them when they are cut anywhere or altered anyhow.
 */
import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { readImageHeader } from '../../src/core/images/header.ts';

const photo = (width = 37, height = 21, channels: 3 | 4 = 3) => {
  const length = width * height * channels;
  const noise = Uint8Array.from({ length }, (_, i) => (i * 97 + (i >> 4)) % 256);
  return sharp(noise, { raw: { width, height, channels } });
};

describe('a whole file', () => {
  test.each([
    ['jpeg', () => photo().jpeg(), { format: 'jpeg', bitDepth: 8, cmyk: false }],
    ['progressive jpeg', () => photo().jpeg({ progressive: true }), { format: 'jpeg' }],
    ['grey jpeg', () => photo().greyscale().jpeg(), { format: 'jpeg', cmyk: false }],
    ['CMYK jpeg', () => photo().toColourspace('cmyk').jpeg(), { format: 'jpeg', cmyk: true }],
    ['png', () => photo().png(), { format: 'png', bitDepth: 8, animated: false }],
    ['png with alpha', () => photo(37, 21, 4).png(), { format: 'png', bitDepth: 8 }],
    ['16-bit png', () => photo().toColourspace('rgb16').png(), { format: 'png', bitDepth: 16 }],
    ['gif', () => photo().gif(), { format: 'gif', animated: false }],
    ['lossy webp', () => photo().webp(), { format: 'webp' }],
    ['lossless webp', () => photo().webp({ lossless: true }), { format: 'webp' }],
    ['webp with metadata', () => photo().withMetadata().webp(), { format: 'webp' }],
    ['avif', () => photo().avif(), { format: 'avif', animated: false }],
  ] as const)('of %s tells its format and size', async (_, make, facts) => {
    const header = readImageHeader(await make().toBuffer());
    expect(header).toMatchObject({ width: 37, height: 21, complete: true, ...facts });
  });

  test('of tiff is recognised', async () => {
    expect(readImageHeader(await photo().tiff().toBuffer())).toMatchObject({ format: 'tiff' });
  });

  test('of an animated GIF has more than one frame', async () => {
    const header = readImageHeader(await animatedGif());
    expect(header).toMatchObject({ format: 'gif', width: 37, height: 21, animated: true });
  });

  test('with an EXIF thumbnail and bytes after its end is complete', async () => {
    const jpeg = await photo().jpeg().toBuffer();
    const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 6, 0xff, 0xd9, 0, 0])]);
    const file = Buffer.concat([
      jpeg.subarray(0, 2),
      thumbnail,
      jpeg.subarray(2),
      Buffer.alloc(99),
    ]);
    expect(readImageHeader(file)).toMatchObject({ width: 37, height: 21, complete: true });
    expect(readImageHeader(file.subarray(0, file.length - 130))?.complete).toBe(false);
  });

  test('of BMP tells its size, also with its rows from the top', () => {
    expect(readImageHeader(bmp(5, -9))).toMatchObject({ format: 'bmp', width: 5, height: 9 });
  });

  test('that only claims to be 20,000 x 20,000 tells so from its header', () => {
    const header = readImageHeader(pngHeader(20_000, 20_000));
    expect(header).toMatchObject({ width: 20_000, height: 20_000, complete: false });
  });
});

describe('something else', () => {
  test.each([
    ['nothing', ''],
    ['text', 'Dear Sir or Madam,'],
    ['HTML', '<!doctype html><html><body>404</body></html>'],
    ['PDF', '%PDF-1.7 and so on'],
    ['ZIP', 'PK\u0003\u0004'],
  ])('such as %s is no picture', (_, content) => {
    expect(readImageHeader(Buffer.from(content))).toBeUndefined();
  });

  test('that can be named is: HEIC and SVG', () => {
    const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    expect(readImageHeader(heic)).toMatchObject({ format: 'heic' });
    const svg = Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>');
    expect(readImageHeader(svg)).toMatchObject({ format: 'svg' });
  });
});

describe('a file that is cut or altered', () => {
  const files: Record<string, Buffer> = {};
  beforeAll(async () => {
    files.jpeg = await photo(64, 48).jpeg().toBuffer();
    files.progressive = await photo(64, 48).jpeg({ progressive: true }).toBuffer();
    files.png = await photo(64, 48).png().toBuffer();
    files.webp = await photo(64, 48).webp().toBuffer();
    files.gif = await animatedGif();
    files.avif = await photo(64, 48).avif().toBuffer();
  });

  test.each(['jpeg', 'progressive', 'png', 'webp'])(
    '%s is seen to be cut wherever it is',
    (kind) => {
      const file = files[kind] as Buffer;
      for (let length = 16; length < file.length - 1; length += 7) {
        expect(readImageHeader(file.subarray(0, length))?.complete, `${length} bytes`).toBe(false);
      }
    },
  );

  test('never throws, hangs or gives a size below 0', () => {
    const kinds = fc.constantFrom('jpeg', 'progressive', 'png', 'webp', 'gif', 'avif');
    const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(kinds, fc.nat(), edits, (kind, cut, changes) => {
        const bytes = Uint8Array.from(files[kind] as Buffer);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const header = readImageHeader(bytes.subarray(0, cut % bytes.length));
        expect(header?.width ?? 0).toBeGreaterThanOrEqual(0);
        expect(header?.height ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});

async function animatedGif(): Promise<Buffer> {
  const frames = [photo(), photo().negate(), photo().flip()].map((frame) => frame.png().toBuffer());
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer();
}

function pngHeader(width: number, height: number): Buffer {
  const file = Buffer.alloc(33);
  file.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  file.write('IHDR', 12);
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  file.set([8, 2, 0, 0, 0], 24);
  return file;
}

function bmp(width: number, height: number): Buffer {
  const file = Buffer.alloc(54);
  file.write('BM');
  file.writeUInt32LE(54, 2);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  return file;
}
