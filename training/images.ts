/**
 * Photos for the command line: any picture file to upright 8-bit sRGB pixels, decoded by sharp at
 * full resolution. What is refused, and in what words, is decided in core from the header, so that
 * the command line and the browser say the same of the same file, before anything is decoded.
 */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Picture } from '../src/core/detection/types.ts';
import { type ImageFormat, type ImageHeader, readImageHeader } from '../src/core/images/header.ts';
import { FORMAT_NAMES, NOT_AN_IMAGE, refusalOf, tooLarge } from '../src/core/images/refusal.ts';
import { UserError } from './console.ts';

/**
 * Reads a picture: EXIF orientation applied, transparency on white, CMYK and 16 bits brought to
 * 8-bit sRGB, the first frame of an animation.
 *
 * @param onNote hears what was not looked at, in a sentence that names the file
 * @throws UserError with one sentence that names the file
 */
export async function readPicture(
  path: string,
  onNote: (sentence: string) => void = () => {},
): Promise<Picture> {
  const { bytes, header } = await checkedFile(path);
  // "error", not sharp's "warning": what cuts a picture short fails, an odd EXIF tag does not.
  const source = sharp(bytes, { failOn: 'error', limitInputPixels: false });
  try {
    const { width = 0, height = 0, pages = 1 } = await source.metadata();
    const refusal = tooLarge(width, height); // for formats whose header core does not read
    if (refusal) throw new UserError(`${path}: ${refusal}`);
    const { data, info } = await source
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    if (header.animated || pages > 1) {
      onNote(`${path}: Only the first frame of this ${FORMAT_NAMES[header.format]} was looked at.`);
    }
    return {
      width: info.width,
      height: info.height,
      channels: 3,
      data: info.channels === 3 ? data : fromGrey(data, info.channels),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: ${whyNot(header.format)}`);
  }
}

async function checkedFile(path: string): Promise<{ bytes: Buffer; header: ImageHeader }> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new UserError(`There is no file ${path}.`);
    if (error.code === 'EISDIR') throw new UserError(`${path} is a folder, not a picture.`);
    throw new UserError(`${path} cannot be read (${error.message}).`);
  });
  const header = readImageHeader(bytes);
  const refusal = refusalOf(header, bytes.length);
  if (refusal || !header) throw new UserError(`${path}: ${refusal ?? NOT_AN_IMAGE}`);
  return { bytes, header };
}

/** Formats a browser may read but sharp, as it comes from npm, does not. */
const NOT_HERE: readonly ImageFormat[] = ['bmp', 'heic'];

function whyNot(format: ImageFormat): string {
  return NOT_HERE.includes(format)
    ? `The command line cannot read ${FORMAT_NAMES[format]} pictures; save it as a JPEG or PNG first.`
    : `This ${FORMAT_NAMES[format]} is damaged and cannot be read; copy or download it again.`;
}

/** libvips may keep a grey picture on one channel. */
function fromGrey(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const rgb = new Uint8Array(3 * pixels);
  for (let i = 0; i < pixels; i++) rgb.fill(data[channels * i] as number, 3 * i, 3 * i + 3);
  return rgb;
}
