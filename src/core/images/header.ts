/**
 * What a picture file says of itself before anything is decoded: its format, its size, and whether
 * all of it is there. A browser's decoder is of little help with bad files: it may show half of a cut
 * JPEG without a word, or spend gigabytes on a picture whose header alone shows that it is too large.
 * Pure: bytes in, facts out.
 */

import { ByteView } from './byteView.ts';
import { type JpegFacts, readJpeg } from './jpeg.ts';

export type ImageFormat =
  | 'jpeg'
  | 'png'
  | 'gif'
  | 'webp'
  | 'bmp'
  | 'avif'
  | 'heic'
  | 'tiff'
  | 'svg';

export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels as stored, before any EXIF orientation; undefined where the header does not tell. */
  readonly width?: number;
  readonly height?: number;
  /** Bits of one channel, where the header tells. */
  readonly bitDepth?: number;
  /** Four ink channels instead of red, green and blue. */
  readonly cmyk?: boolean;
  /** Holds more than one frame. */
  readonly animated?: boolean;
  /** False when the file visibly ends too early. True says only that nothing was found missing. */
  readonly complete: boolean;
}

/**
 * Reads the header of a picture file.
 *
 * @param bytes the whole file: whether it is cut shows at its end
 * @returns undefined when these bytes are no picture format known here
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new ByteView(bytes);
  if (view.startsWith([0xff, 0xd8, 0xff])) return { format: 'jpeg', ...jpegFacts(bytes) };
  if (view.startsWith([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return readPng(view);
  if (view.text(0, 4) === 'GIF8') return readGif(view);
  if (view.text(0, 4) === 'RIFF' && view.text(8, 4) === 'WEBP') return readWebp(view);
  if (view.text(0, 2) === 'BM' && view.length >= 26) return readBmp(view);
  if (view.text(4, 4) === 'ftyp') return readIsoMedia(view);
  if (['II*\0', 'MM\0*'].includes(view.text(0, 4))) return { format: 'tiff', complete: true };
  if (
    /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/s.test(
      view.text(0, 1024),
    )
  ) {
    return { format: 'svg', complete: true };
  }
  return undefined;
}

function jpegFacts(bytes: Uint8Array): Omit<ImageHeader, 'format'> {
  const { components, ...facts }: JpegFacts = readJpeg(bytes);
  return { ...facts, cmyk: components === 4 };
}

/** PNG: chunks of length, type, data, checksum; IHDR first, IEND last, acTL makes it an APNG. */
function readPng(view: ByteView): ImageHeader {
  const seen = new Set<string>();
  let at = 8;
  while (at + 12 <= view.length && !seen.has('IEND')) {
    const end = at + 12 + view.u32(at);
    if (end > view.length) break;
    seen.add(view.text(at + 4, 4));
    at = end;
  }
  return {
    format: 'png',
    ...(view.text(12, 4) === 'IHDR' && view.length >= 25
      ? { width: view.u32(16), height: view.u32(20), bitDepth: view.u8(24) }
      : {}),
    animated: seen.has('acTL'),
    complete: seen.has('IEND'),
  };
}

/** GIF: screen size, then blocks; each 0x2C block is one more frame. */
function readGif(view: ByteView): ImageHeader {
  const colours = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  const skipSubBlocks = (from: number) => {
    let at = from;
    while (at < view.length && view.u8(at) !== 0) at += 1 + view.u8(at);
    return at + 1;
  };
  let at = 13 + colours(view.u8(10));
  let frames = 0;
  while (at < view.length && frames < 2) {
    const kind = view.u8(at);
    if (kind === 0x21) at = skipSubBlocks(at + 2);
    else if (kind === 0x2c) {
      at = skipSubBlocks(at + 10 + colours(view.u8(at + 9)) + 1);
      if (at <= view.length) frames++;
    } else break;
  }
  return {
    format: 'gif',
    width: view.u16le(6),
    height: view.u16le(8),
    animated: frames > 1,
    complete: frames > 0,
  };
}

/** WebP: a RIFF container whose first chunk is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
function readWebp(view: ByteView): ImageHeader {
  const rest = { format: 'webp', complete: view.length >= view.u32le(4) + 8 } as const;
  switch (view.text(12, 4)) {
    case 'VP8 ':
      return { ...rest, width: view.u16le(26) & 0x3fff, height: view.u16le(28) & 0x3fff };
    case 'VP8L': {
      const bits = view.u32le(21);
      return { ...rest, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return {
        ...rest,
        width: view.u24le(24) + 1,
        height: view.u24le(27) + 1,
        animated: (view.u8(20) & 2) !== 0,
      };
    default:
      return { ...rest, complete: false };
  }
}

function readBmp(view: ByteView): ImageHeader {
  const old = view.u32le(14) === 12; // the OS/2 header has 16-bit sizes
  return {
    format: 'bmp',
    width: old ? view.u16le(18) : Math.abs(view.i32le(18)),
    height: old ? view.u16le(20) : Math.abs(view.i32le(22)), // negative: rows from the top
    complete: view.length >= view.u32le(2),
  };
}

/** ISO base media: the brands tell AVIF from HEIC; the first 'ispe' box tells the size. */
function readIsoMedia(view: ByteView): ImageHeader | undefined {
  const brands = view.text(8, Math.min(view.u32(0), 64) - 8);
  const avif = /avif|avis/.test(brands);
  if (!avif && !/hei[cxms]|hev[cx]|mif1|msf1/.test(brands)) return undefined;
  const format = avif ? 'avif' : 'heic';
  const ispe = view.indexOf('ispe', 4096);
  const size = ispe < 0 ? {} : { width: view.u32(ispe + 8), height: view.u32(ispe + 12) };
  return { format, ...size, animated: /avis|msf1/.test(brands), complete: true };
}
