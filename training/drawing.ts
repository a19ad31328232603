/**
 * Pictures with boxes drawn on: a light line on a dark one, so that they show on any photo. For
 * whole pictures with class and score above; the size of line and letters follows the picture's.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';
import type { Box } from '../src/core/boxes/box.ts';
import type { Detection, Picture } from '../src/core/detection/types.ts';
import { UserError } from './console.ts';

/** The colour of what was found: the app's accent. */
export const MARK = '#ffd91a';
const INK = '#14171a';
/** Estimated width of a letter, in letter heights: generous, for whatever font the machine has. */
const LETTER_WIDTH = 0.6;

/**
 * Writes the picture as a JPEG with the detections drawn on it; makes the folder where needed.
 *
 * @throws UserError when the file cannot be written
 */
export async function drawDetections(
  picture: Picture,
  detections: readonly Pick<Detection, 'box' | 'score' | 'className'>[],
  path: string,
): Promise<void> {
  const { width, height, channels, data } = picture;
  const letters = Math.max(10, Math.round(Math.max(width, height) / 55));
  // The best last, so that it lies on top.
  const marks = detections.toReversed().map((detection) => mark(detection, width, letters));
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <g font-family="sans-serif" font-size="${letters}" stroke-linejoin="round">${marks.join('')}</g>
  </svg>`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await sharp(data, { raw: { width, height, channels } })
      .composite([{ input: Buffer.from(overlay) }])
      .jpeg({ quality: 90 })
      .toFile(path);
  } catch (error) {
    throw new UserError(`${path} cannot be written (${(error as Error).message}).`);
  }
}

function mark(
  { box, score, className }: Pick<Detection, 'box' | 'score' | 'className'>,
  pictureWidth: number,
  letters: number,
): string {
  const [x1, y1] = box;
  const line = Math.max(1, letters / 8);
  const label = `${className} ${score.toFixed(2)}`;
  const wide = (label.length * LETTER_WIDTH + 0.6) * letters;
  const tall = 1.35 * letters;
  const left = Math.max(0, Math.min(x1, pictureWidth - wide));
  const top = y1 >= tall ? y1 - tall : y1;
  return `${outline(box, line, MARK)}
    <rect x="${left}" y="${top}" width="${wide}" height="${tall}" fill="${MARK}" fill-opacity="0.9"/>
    <text x="${left + 0.3 * letters}" y="${top + letters}" fill="${INK}">${escapeXml(label)}</text>`;
}

/**
 * A box as SVG: the coloured line on a wider dark one.
 *
 * @param dashes lengths of line and gap, where it is to be dashed
 */
export function outline(box: Box, width: number, colour: string, dashes = ''): string {
  const [x1, y1, x2, y2] = box;
  const rect = `x="${x1}" y="${y1}" width="${x2 - x1}" height="${y2 - y1}" fill="none"`;
  return `<rect ${rect} stroke="${INK}" stroke-opacity="0.7" stroke-width="${2.4 * width}"/>
    <rect ${rect} stroke="${colour}" stroke-width="${width}" stroke-dasharray="${dashes}"/>`;
}

/** Text as it stands in XML and HTML, in attributes too. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
