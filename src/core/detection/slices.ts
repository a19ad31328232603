/**
 * Sliced inference: the photo is looked at whole and then once more in overlapping tiles, each
 * enlarged to the working size, and what the passes found becomes one result. An object of 12 pixels
 * in the whole photo has 21 in a tile, which the anchors and the strides see much better; the whole
 * photo is needed all the same, for what is larger than a tile's overlap.
 *
 * A tile's inner edges cut objects in two. What such an edge cuts is dropped: an object smaller than
 * the overlap is whole in a neighbour, a larger one in the whole photo. What remains is merged by NMS
 * per class. Each pass costs what one detection costs, two readbacks included.
 */
import { type Box, packBoxes } from '../boxes/box.ts';
import { argsortDescending, nms } from '../boxes/nms.ts';
import type { DetectionResult, DetectOptions, FasterRcnn } from './fasterRcnn.ts';
import { DEFAULT_DETECTION_OPTIONS } from './roiHeads.ts';
import { DEFAULT_PROPOSAL_OPTIONS, type ProposalOptions } from './rpn.ts';
import { workingDimensions } from './transform.ts';
import type { Detection, Picture, Proposal, StageRecord } from './types.ts';

/** A part of a photo, in whole pixels of it. */
export interface Tile {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface SliceOptions {
  /** a tile's width and height as shares of the photo's, above 0 and at most 1 */
  readonly tileShare: number;
  /** how much of its side a tile shares with its neighbour at least, from 0 and below 1 */
  readonly overlap: number;
}

/** Two tiles a side that overlap by exactly a quarter: four tiles, each enlarged 1.75 times. */
export const DEFAULT_SLICE_OPTIONS: SliceOptions = { tileShare: 4 / 7, overlap: 0.25 };

export interface SlicedResult extends DetectionResult {
  /** what was looked at besides the whole photo; empty where tiles would show nothing more */
  readonly tiles: readonly Tile[];
}

/** Tiles that enlarge less than this are not worth their time: small photos are enlarged already. */
const LEAST_GAIN = 1.5;
/** An object this near to an inner edge counts as cut: half a cell of conv4_3, in working pixels. */
const CUT_MARGIN = 4;

/** What one pass found, in pixels of its tile. */
export interface Pass {
  readonly tile: Tile;
  /** how near to an inner edge a box counts as cut, in pixels of the photo */
  readonly margin: number;
  readonly result: DetectionResult;
}

/**
 * Finds the objects in a picture, whole and in tiles. Proposals are those of all passes, by falling
 * objectness; stages add up over the passes.
 *
 * @param detector any detector; of a FasterRcnn only `detect` and the working size are used
 * @throws what `FasterRcnn.detect` throws
 */
export async function detectInSlices(
  detector: Pick<FasterRcnn, 'detect' | 'workingSize'>,
  picture: Picture,
  options: DetectOptions & Partial<SliceOptions> = {},
): Promise<SlicedResult> {
  const { tileShare, overlap, ...detectOptions } = { ...DEFAULT_SLICE_OPTIONS, ...options };
  const longSide = options.workingSize ?? detector.workingSize;
  const whole: Tile = { left: 0, top: 0, width: picture.width, height: picture.height };
  const tiles = tilesOf(picture.width, picture.height, { tileShare, overlap }).filter(
    (tile) => enlargement(tile, longSide) >= LEAST_GAIN * enlargement(whole, longSide),
  );
  const passes: Pass[] = [];
  for (const tile of [whole, ...tiles]) {
    const result = await detector.detect(tile === whole ? picture : cropPicture(picture, tile), {
      ...detectOptions,
      onProgress: (fraction) =>
        options.onProgress?.((passes.length + fraction) / (1 + tiles.length)),
    });
    passes.push({ tile, margin: CUT_MARGIN / enlargement(tile, longSide), result });
  }
  return { ...mergePasses(passes, picture, options), tiles };
}

/**
 * Tiles that together cover a photo of `width` by `height` pixels, row by row; a photo that one tile
 * covers has one.
 *
 * @throws RangeError for a share or an overlap out of its range
 */
export function tilesOf(width: number, height: number, options: SliceOptions): Tile[] {
  const { tileShare, overlap } = options;
  if (!(tileShare > 0 && tileShare <= 1 && overlap >= 0 && overlap < 1)) {
    throw new RangeError(
      `Tiles of share ${tileShare} with overlap ${overlap} do not cover a photo.`,
    );
  }
  const across = intervals(width, options);
  return intervals(height, options).flatMap(({ start: top, length: height }) =>
    across.map(({ start: left, length: width }) => ({ left, top, width, height })),
  );
}

/** The tile's own pixels, as a picture. */
export function cropPicture(picture: Picture, { left, top, width, height }: Tile): Picture {
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    data.set(picture.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

/** A box in pixels of the tile, in pixels of the photo. */
export const toPhoto = (box: Box, { left, top }: Tile): Box => moved(box, left, top);

/** A box in pixels of the photo, in pixels of the tile. */
export const toTile = (box: Box, { left, top }: Tile): Box => moved(box, -left, -top);

/** Whether an inner edge of the tile may cut this object (`box` in pixels of the photo). */
export function isCut(
  [x1, y1, x2, y2]: Box,
  { left, top, width, height }: Tile,
  photo: { readonly width: number; readonly height: number },
  margin: number,
): boolean {
  return (
    (left > 0 && x1 < left + margin) ||
    (top > 0 && y1 < top + margin) ||
    (left + width < photo.width && x2 > left + width - margin) ||
    (top + height < photo.height && y2 > top + height - margin)
  );
}

/** One result of what several passes over a photo found: cut boxes dropped, the rest merged. */
export function mergePasses(
  passes: readonly Pass[],
  photo: { readonly width: number; readonly height: number },
  options: Pick<DetectOptions, 'nmsThreshold' | 'detectionsPerImage'> = {},
): DetectionResult {
  const proposals: Proposal[] = [];
  const detections: Detection[] = [];
  for (const { tile, margin, result } of passes) {
    const first = proposals.length;
    for (const proposal of result.proposals) {
      const { box, anchor } = proposal;
      proposals.push({ ...proposal, box: toPhoto(box, tile), anchor: toPhoto(anchor, tile) });
    }
    for (const detection of result.detections) {
      const box = toPhoto(detection.box, tile);
      if (isCut(box, tile, photo, margin)) continue;
      detections.push({ ...detection, box, proposal: first + detection.proposal });
    }
  }
  // Proposals are promised by falling objectness; detections follow theirs to its new place.
  const order = argsortDescending(proposals.map(({ objectness }) => objectness));
  const place = new Uint32Array(order.length);
  order.forEach((from, to) => {
    place[from] = to;
  });
  const kept = nms(
    packBoxes(detections.map(({ box }) => box)),
    detections.map(({ score }) => score),
    {
      iouThreshold: options.nmsThreshold ?? DEFAULT_DETECTION_OPTIONS.nmsThreshold,
      limit: options.detectionsPerImage ?? DEFAULT_DETECTION_OPTIONS.detectionsPerImage,
      groups: detections.map(({ label }) => label),
    },
  );
  return {
    detections: Array.from(kept, (index) => {
      const detection = detections[index] as Detection;
      return { ...detection, proposal: place[detection.proposal] as number };
    }),
    proposals: Array.from(order, (index) => proposals[index] as Proposal),
    stages: addStages(passes.flatMap(({ result }) => result.stages)),
  };
}

/**
 * The proposals of several passes over one photo as a single list, as one pass would have made it:
 * NMS by objectness over all of them, and the best so many. A list of one pass stays as it is.
 *
 * @param proposals in pixels of the photo, as `detectInSlices` and `detectWithLook` return them
 */
export function mergeProposals(
  proposals: readonly Proposal[],
  options: Partial<Pick<ProposalOptions, 'postNmsTopN' | 'nmsThreshold'>> = {},
): Proposal[] {
  const { postNmsTopN, nmsThreshold } = { ...DEFAULT_PROPOSAL_OPTIONS, ...options };
  const kept = nms(
    packBoxes(proposals.map(({ box }) => box)),
    proposals.map(({ objectness }) => objectness),
    { iouThreshold: nmsThreshold, limit: postNmsTopN },
  );
  return Array.from(kept, (index) => proposals[index] as Proposal);
}

const moved = ([x1, y1, x2, y2]: Box, dx: number, dy: number): Box => [
  x1 + dx,
  y1 + dy,
  x2 + dx,
  y2 + dy,
];

/** Working pixels per pixel of the photo, along the longer side. */
function enlargement({ width, height }: Tile, longSide: number): number {
  const working = workingDimensions(width, height, longSide);
  return Math.max(working.width, working.height) / Math.max(width, height);
}

/** One side of a photo as evenly spread pieces of one length. */
function intervals(
  side: number,
  { tileShare, overlap }: SliceOptions,
): { start: number; length: number }[] {
  const length = Math.min(side, Math.ceil(side * tileShare));
  const longestStep = Math.max(1, Math.floor(length * (1 - overlap)));
  const steps = Math.ceil((side - length) / longestStep);
  return Array.from({ length: steps + 1 }, (_, index) => ({
    start: steps === 0 ? 0 : Math.floor((index * (side - length)) / steps),
    length,
  }));
}

/** The same stage of several passes is one stage that took as long as all of them. */
function addStages(stages: readonly StageRecord[]): StageRecord[] {
  const total = new Map<string, number>();
  for (const { name, milliseconds } of stages) {
    total.set(name, (total.get(name) ?? 0) + milliseconds);
  }
  return Array.from(total, ([name, milliseconds]) => ({ name, milliseconds }));
}
