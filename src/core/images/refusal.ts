/**
 * Which files are not worth handing to a decoder, and what to tell the person who brought them: one
 * plain sentence that says what is wrong and what to do.
 */
import type { ImageFormat, ImageHeader } from './header.ts';

/** More pixels than any camera of today takes; decoded they need 400 MB. */
export const MAX_MEGAPIXELS = 100;

/** The formats as people write them. */
export const FORMAT_NAMES: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  gif: 'GIF',
  webp: 'WebP',
  bmp: 'BMP',
  avif: 'AVIF',
  heic: 'HEIC',
  tiff: 'TIFF',
  svg: 'SVG',
};

export const EMPTY_FILE = 'This file is empty (0 bytes); choose another photo.';
export const NOT_AN_IMAGE =
  'This file is not a picture Loupe can read; choose a JPEG, PNG, WebP, GIF, BMP or AVIF.';

/**
 * Why a file is refused undecoded, if it is.
 * @param header what readImageHeader made of the whole file
 * @param size the file's length in bytes
 */
export function refusalOf(header: ImageHeader | undefined, size: number): string | undefined {
  if (size === 0) return EMPTY_FILE;
  if (!header) return NOT_AN_IMAGE;
  const name = FORMAT_NAMES[header.format];
  if (header.format === 'svg')
    return 'This is an SVG drawing, not a photo; save it as a PNG first.';
  const { width, height } = header;
  if (width !== undefined && height !== undefined) {
    const large = tooLarge(width, height);
    if (large) return large;
    // A header that ends before its size was written reads as 0 x 0, too.
    if (width * height === 0 && header.complete)
      return `This ${name} has no pixels; choose another.`;
  }
  if (!header.complete) return `This ${name} is cut short; copy or download it again.`;
  return undefined;
}

/** The refusal of a picture with too many pixels; undefined for others. */
export function tooLarge(width: number, height: number): string | undefined {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= MAX_MEGAPIXELS) return undefined;
  const size = `${count(width)} x ${count(height)} pixels`;
  return `This picture is too large (${size}); make it at most ${MAX_MEGAPIXELS} megapixels first.`;
}

/** What to say when the browser's decoder gives up on a file that looked right. */
export function undecodable(format: ImageFormat): string {
  const name = FORMAT_NAMES[format];
  return format === 'heic' || format === 'tiff' || format === 'avif'
    ? `This browser cannot read ${name} pictures; save it as a JPEG and try again.`
    : `This ${name} is damaged and cannot be read; copy or download it again.`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
