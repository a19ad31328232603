/**
 * The gallery's pictures: of each pick a crop with enough around it to see what it is, and the
 * whole photo, small, to see how small it is there. What was found is a solid yellow line, what is
 * labelled a dashed blue one: told apart without colours, too.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { area, type Box, fromXywh } from '../../src/core/boxes/box.ts';
import type { Tile } from '../../src/core/detection/slices.ts';
import type { Picture } from '../../src/core/detection/types.ts';
import type { CocoBbox, ImageId } from '../../src/core/evaluation/cocoJson.ts';
import { progressBar, UserError } from '../console.ts';
import { MARK, outline } from '../drawing.ts';
import { readPicture } from '../images.ts';
import type { Photo } from '../photoList.ts';
import { PICTURES } from './folder.ts';
import type { Pick } from './picks.ts';

/** The colour of what is labelled; blue, which no common colour blindness takes for yellow. */
export const LABELLED = '#4cc3ff';

/** Sides in pixels: twice what the page shows at most, for dense screens. */
const CROP_SIDE = 560;
const WHOLE_SIDE = 240;
/** The crop's side: so many times the box's longer one, and at least a share of the photo's. */
const CONTEXT = 3;
const LEAST_SHARE = 1 / 8;
const DASHES = '9 6';

/** A box of a photo: an annotation, a detection. */
interface Located {
  readonly image_id: ImageId;
  readonly bbox: CocoBbox;
}

/** A picture beside the page: its path there, and its size in pixels of the file. */
export interface DrawnPicture {
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

/** A pick with its pictures. */
export interface ShownPick {
  /** the photo's name */
  readonly photo: string;
  /** the box's share of the photo, in 0..1 */
  readonly share: number;
  readonly crop: DrawnPicture;
  readonly whole: DrawnPicture;
}

export interface DrawnPicks {
  /** without those whose photo could not be read */
  readonly shown: ReadonlyMap<Pick, ShownPick>;
  /** one sentence for each such photo */
  readonly failures: readonly string[];
}

/**
 * Draws picks into a gallery's folder, photo after photo, so that each is decoded once.
 *
 * @param around all that is labelled and what of the detections is to be drawn besides the picks
 * @throws UserError when a picture cannot be written
 */
export async function drawPicks(
  picks: readonly Pick[],
  photos: readonly Photo[],
  around: { readonly labelled: readonly Located[]; readonly found: readonly Located[] },
  folder: string,
): Promise<DrawnPicks> {
  const shown = new Map<Pick, ShownPick>();
  const failures: string[] = [];
  const numbers = new Map(picks.map((pick, index) => [pick, index + 1]));
  const progress = progressBar(picks.length, 'Drawing');
  try {
    for (const { path, imageId, name } of photos) {
      const here = picks.filter(({ image_id }) => image_id === imageId);
      if (here.length === 0) continue;
      const picture = await readPicture(path).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        failures.push(error.message);
      });
      const boxesHere = (list: readonly Located[]) =>
        list.filter(({ image_id }) => image_id === imageId).map(({ bbox }) => fromXywh(bbox));
      const others = { labelled: boxesHere(around.labelled), found: boxesHere(around.found) };
      for (const pick of here) {
        progress.tick();
        if (!picture) continue;
        const start = `${PICTURES}/${numbers.get(pick)}`;
        shown.set(pick, { photo: name, ...(await drawPick(picture, pick, others, folder, start)) });
      }
    }
  } finally {
    progress.stop();
  }
  return { shown, failures };
}

/** The crop and the whole photo of one pick. */
async function drawPick(
  picture: Picture,
  pick: Pick,
  others: { readonly labelled: readonly Box[]; readonly found: readonly Box[] },
  folder: string,
  start: string,
): Promise<Omit<ShownPick, 'photo'>> {
  const box = fromXywh(pick.bbox);
  const all: Tile = { left: 0, top: 0, width: picture.width, height: picture.height };
  const labelled = (other: Box, width: number) => outline(other, width, LABELLED, DASHES);
  const found = (other: Box, width: number) => outline(other, width, MARK);
  const focus = pick.kind === 'missed' ? labelled : found;
  // What was found besides matters only where it says what was seen instead, or seen before.
  const besides = pick.kind === 'missed' || pick.error === 'duplicate' ? others.found : [];
  const draw = async (part: Tile, side: number, what: string, marks: Marks) => {
    const path = `${start}-${what}.jpg`;
    return { path, ...(await drawPart(picture, part, side, join(folder, path), marks)) };
  };
  return {
    share: area(box) / (picture.width * picture.height),
    crop: await draw(partAround(box, picture), CROP_SIDE, 'crop', (to) => [
      ...besides.map((other) => found(to(other), 2)),
      ...others.labelled.map((other) => labelled(to(other), 2)),
      focus(to(box), 4),
    ]),
    whole: await draw(all, WHOLE_SIDE, 'photo', (to) => [focus(atLeast(to(box), 10), 2)]),
  };
}

/** A square of the photo around a box, moved inside; narrower where the photo is. In whole pixels. */
export function partAround(
  [x1, y1, x2, y2]: Box,
  photo: { readonly width: number; readonly height: number },
): Tile {
  const longest = Math.max(photo.width, photo.height);
  const side = Math.ceil(Math.max(CONTEXT * Math.max(x2 - x1, y2 - y1), LEAST_SHARE * longest));
  const place = (from: number, to: number, limit: number) => {
    const length = Math.max(1, Math.min(side, limit));
    const start = Math.round((from + to - length) / 2);
    return { start: Math.max(0, Math.min(start, limit - length)), length };
  };
  const across = place(x1, x2, photo.width);
  const down = place(y1, y2, photo.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

/** SVG of the boxes on a picture; the function given brings a box of the photo onto the picture. */
type Marks = (toDrawn: (box: Box) => Box) => readonly string[];

/** A part of a picture with boxes on it, its longer side `side` pixels. */
async function drawPart(
  { width, height, channels, data }: Picture,
  part: Tile,
  side: number,
  path: string,
  marks: Marks,
): Promise<{ width: number; height: number }> {
  const scale = side / Math.max(part.width, part.height);
  const drawn = {
    width: Math.max(1, Math.round(scale * part.width)),
    height: Math.max(1, Math.round(scale * part.height)),
  };
  const x = (value: number) => ((value - part.left) * drawn.width) / part.width;
  const y = (value: number) => ((value - part.top) * drawn.height) / part.height;
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${drawn.width}" height="${drawn.height}">
    ${marks(([x1, y1, x2, y2]) => [x(x1), y(y1), x(x2), y(y2)]).join('')}
  </svg>`;
  const jpeg = await sharp(data, { raw: { width, height, channels } })
    .extract(part)
    .resize({ ...drawn, fit: 'fill' })
    .composite([{ input: Buffer.from(overlay) }])
    .jpeg({ quality: 85 })
    .toBuffer();
  await writeFile(path, jpeg).catch((error: Error) => {
    throw new UserError(`${path} cannot be written (${error.message}).`);
  });
  return drawn;
}

/** A box grown around its centre to `side` pixels, where it is smaller: or nobody would see it. */
function atLeast([x1, y1, x2, y2]: Box, side: number): Box {
  const dx = Math.max(0, side - (x2 - x1)) / 2;
  const dy = Math.max(0, side - (y2 - y1)) / 2;
  return [x1 - dx, y1 - dy, x2 + dx, y2 + dy];
}
