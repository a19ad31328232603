/**
 * Views: what of a photo the network sees in one turn of training.
 *
 * Without `views` in the config it is the whole photo at the detector's working size, mirrored every
 * other epoch. With them, every turn of a photo is a view of its own, the same in each epoch so that
 * the frozen trunk runs once for it: the photo at a random size (multi-scale training) and, where
 * that is larger than the window, a window around one of its objects. Objects that the window cuts
 * off are ignored regions: half a cup is neither a cup nor background.
 */
import { area, type Box, type Boxes, boxAt, clip, packBoxes } from '../../src/core/boxes/box.ts';
import { workingDimensions } from '../../src/core/detection/transform.ts';
import type { TrainingConfig } from './config.ts';
import type { TrainingPhoto, Turn } from './dataset.ts';
import { seededRandom } from './random.ts';

/** Of an object that is cut off, at least this share must be inside for it to count. */
const VISIBLE_SHARE = 0.6;
/** So often a window is laid around an object; the others are anywhere. */
const AROUND_OBJECT = 0.85;
/** Keeps these draws apart from those of weights and steps. */
const STREAM = 500;

export interface View {
  /** pixels of the long side of the whole working picture */
  readonly longSide: number;
  /** whether it is mirrored, left to right */
  readonly flip: boolean;
  /** the part that is seen, in pixels of the (mirrored) working picture; left out: all of it */
  readonly window?: Window;
}

export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Ground truth in pixels of a view. */
export interface Truth {
  readonly boxes: Boxes;
  /** the class of each box */
  readonly labels: Int32Array;
  readonly ignored: Boxes;
}

/** The view of a turn; it depends on the config, the photo and the turn's slot alone. */
export function chooseView({ photo, flip, slot }: Turn, config: TrainingConfig): View {
  const { workingSize } = config.detector;
  if (!config.views) return { longSide: workingSize, flip };
  const { scales, window } = config.views;
  const random = seededRandom(config.seed, STREAM, slot);
  const [least, most] = scales;
  const longSide = Math.round(workingSize * least * (most / least) ** random());
  const mirrored = config.flips && random() < 0.5;
  const whole = workingDimensions(photo.width, photo.height, longSide);
  const [long, short] = window;
  const [width, height] =
    photo.width >= photo.height
      ? [Math.min(long, whole.width), Math.min(short, whole.height)]
      : [Math.min(short, whole.width), Math.min(long, whole.height)];
  if (width === whole.width && height === whole.height) return { longSide, flip: mirrored };
  const uncut = { longSide, flip: mirrored };
  const { boxes } = photo;
  const object =
    boxes.length > 0 && random() < AROUND_OBJECT
      ? boxAt(moveBoxes(photo, boxes, uncut), Math.floor((random() * boxes.length) / 4))
      : undefined;
  return {
    ...uncut,
    window: {
      left: place(width, whole.width, object?.[0], object?.[2], random()),
      top: place(height, whole.height, object?.[1], object?.[3], random()),
      width,
      height,
    },
  };
}

/** Where a window of `size` begins in `limit` pixels; with an object from `low` to `high`, around it. */
function place(
  size: number,
  limit: number,
  low: number | undefined,
  high: number | undefined,
  share: number,
): number {
  let first = 0;
  let last = limit - size;
  if (low !== undefined && high !== undefined) {
    // An object larger than the window is looked at from anywhere within it.
    const [from, to] = high - low < size ? [high - size, low] : [low, high - size];
    first = Math.min(Math.max(from, first), last);
    last = Math.max(Math.min(to, last), first);
  }
  return Math.round(first + share * (last - first));
}

/** Width and height of what is seen, in working pixels. */
export function viewSize(
  photo: TrainingPhoto,
  { longSide, window }: View,
): { width: number; height: number } {
  return window ?? workingDimensions(photo.width, photo.height, longSide);
}

/** What there is to find in a view. */
export function truthInView(photo: TrainingPhoto, view: View): Truth {
  const { width, height } = viewSize(photo, view);
  const moved = moveBoxes(photo, photo.boxes, view);
  const boxes: Box[] = [];
  const labels: number[] = [];
  const ignored: Box[] = [];
  for (let i = 0; i < photo.labels.length; i++) {
    const box = boxAt(moved, i);
    const seen = clip(box, width, height);
    const share = area(seen) / area(box);
    if (!view.window || share >= VISIBLE_SHARE) {
      boxes.push(view.window ? seen : box);
      labels.push(photo.labels[i] as number);
    } else if (share > 0) {
      ignored.push(seen);
    }
  }
  const regions = moveBoxes(photo, photo.ignored, view);
  for (let i = 0; i < regions.length / 4; i++) ignored.push(boxAt(regions, i));
  return {
    boxes: packBoxes(boxes),
    labels: Int32Array.from(labels),
    ignored: packBoxes(ignored),
  };
}

/** Boxes of a photo in the pixels of a view, uncut. */
function moveBoxes(photo: TrainingPhoto, boxes: Boxes, { longSide, flip, window }: View): Boxes {
  const { width, height } = workingDimensions(photo.width, photo.height, longSide);
  const scaleX = width / photo.width;
  const scaleY = height / photo.height;
  const { left, top } = window ?? { left: 0, top: 0 };
  const result = new Float32Array(boxes.length);
  for (let at = 0; at < boxes.length; at += 4) {
    const x1 = (boxes[at] as number) * scaleX;
    const x2 = (boxes[at + 2] as number) * scaleX;
    result[at] = (flip ? width - x2 : x1) - left;
    result[at + 1] = (boxes[at + 1] as number) * scaleY - top;
    result[at + 2] = (flip ? width - x1 : x2) - left;
    result[at + 3] = (boxes[at + 3] as number) * scaleY - top;
  }
  return result;
}
