/**
 * Views: what of a photo the network sees in one turn of training.
 *
 * Without `views` in the config it is the whole photo at the detector's working size, mirrored every
 * other epoch. With them, every turn of a photo is a view of its own, the same in each epoch so that
 * the frozen trunk runs once for it: the photo at a random size (multi-scale training) and, where
 * that is larger than the window, a window around one of its objects. Objects that the window cuts
 * off are ignored regions: half a cup is neither a cup nor background. With `copyPaste` small
 * objects of other photos come into it (copyPaste.ts).
 */
import { boxAt } from '../../src/core/boxes/box.ts';
import { workingDimensions } from '../../src/core/detection/transform.ts';
import type { TrainingConfig } from './config.ts';
import { pasteInto } from './copyPaste.ts';
import type { Turn } from './dataset.ts';
import { seededRandom } from './random.ts';
import { moveBoxes, type View } from './viewGeometry.ts';

/** So often a window is laid around an object; the others are anywhere. */
const AROUND_OBJECT = 0.85;
/** Keeps these draws apart from those of weights and steps. */
const STREAM = 500;

/**
 * The view of a turn; it depends on the config, the turn's photo and slot and, where objects are
 * pasted into it, on the set's other photos.
 */
export function chooseView(turn: Turn, config: TrainingConfig): View {
  const view = viewOfPhoto(turn, config);
  return config.copyPaste ? pasteInto(view, turn, config.copyPaste.objects, config.seed) : view;
}

function viewOfPhoto({ photo, flip, slot }: Turn, config: TrainingConfig): View {
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
