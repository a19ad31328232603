/**
 * Copy-paste of small objects (Kisantal et al. 2019): most photos show few of them, so few anchors
 * ever learn what a small object is. Here objects under 1 % of their picture are cut out of other
 * photos of the same set and pasted into a view before the trunk sees it, each with a margin that
 * fades into its new surroundings, a little larger or smaller than it was, perhaps mirrored, where
 * it covers no object. Which objects and where follows from the seed and the turn's slot, so that
 * the view is the same in every epoch and its features can be kept.
 */
import { area, type Box, boxAt, clip, iou } from '../../src/core/boxes/box.ts';
import { type WorkingPicture, workingDimensions } from '../../src/core/detection/transform.ts';
import type { TrainingPhoto, Turn } from './dataset.ts';
import { seededRandom } from './random.ts';
import {
  moveBoxes,
  type PastedObject,
  truthInView,
  type View,
  viewSize,
  type Window,
} from './viewGeometry.ts';

/** Keeps these draws apart from those of weights, steps and views. */
const STREAM = 700;
/** An object is small below this share of its picture. */
const SMALL = 0.01;
/** Working pixels along the shorter side; of less there is nothing to learn. */
const LEAST_SIDE = 8;
/** Sizes are multiplied by a factor between these. */
const FACTORS = [0.8, 1.2] as const;
/** The margin that fades, as a share of the object's longer side, and at least so many pixels. */
const MARGIN_SHARE = 0.15;
const LEAST_MARGIN = 2;
/** So often another place and object are tried before a view gets one object less. */
const ATTEMPTS = 20;

/** An object that may be pasted. */
interface Donor {
  readonly photo: TrainingPhoto;
  /** which of the photo's */
  readonly index: number;
}

/**
 * A view with up to `count` small objects of the other photos of the turn's set in it; fewer where
 * there are none or no room for them.
 *
 * @param seed of the run
 */
export function pasteInto(
  view: View,
  { photo, siblings, slot }: Turn,
  count: number,
  seed: number,
): View {
  const donors = smallObjects(siblings).filter((donor) => donor.photo !== photo);
  if (donors.length === 0) return view;
  const random = seededRandom(seed, STREAM, slot);
  const below = (limit: number) => Math.floor(random() * limit);
  const { width, height } = viewSize(photo, view);
  const { boxes } = truthInView(photo, view);
  const taken = Array.from({ length: boxes.length / 4 }, (_, index) => boxAt(boxes, index));
  const pasted: PastedObject[] = [];
  for (let attempt = 0; attempt < count * ATTEMPTS && pasted.length < count; attempt++) {
    const donor = donors[below(donors.length)] as Donor;
    const factor = FACTORS[0] + (FACTORS[1] - FACTORS[0]) * random();
    const seen = { longSide: Math.round(view.longSide * factor), flip: random() < 0.5 };
    const { window, object } = cutOut(donor, seen);
    if (window.width > width || window.height > height) continue;
    const left = below(width - window.width + 1);
    const top = below(height - window.height + 1);
    const place: Box = [left, top, left + window.width, top + window.height];
    const side = Math.min(object[2] - object[0], object[3] - object[1]);
    if (side < LEAST_SIDE || taken.some((box) => iou(box, place) > 0)) continue;
    const [x, y] = [left - window.left, top - window.top];
    pasted.push({
      photo: donor.photo,
      cut: { ...seen, window },
      left,
      top,
      box: [object[0] + x, object[1] + y, object[2] + x, object[3] + y],
      label: donor.photo.labels[donor.index] as number,
    });
    taken.push(place);
  }
  return pasted.length > 0 ? { ...view, pasted } : view;
}

function smallObjects(photos: readonly TrainingPhoto[]): Donor[] {
  return photos.flatMap((photo) =>
    Array.from(photo.labels, (_, index) => ({ photo, index })).filter(({ index }) => {
      return area(boxAt(photo.boxes, index)) < SMALL * photo.width * photo.height;
    }),
  );
}

/** An object and the window around it, both in pixels of its photo's working picture. */
function cutOut(
  { photo, index }: Donor,
  seen: Pick<View, 'longSide' | 'flip'>,
): { window: Window; object: Box } {
  const whole = workingDimensions(photo.width, photo.height, seen.longSide);
  const moved = moveBoxes(photo, photo.boxes.subarray(4 * index, 4 * index + 4), seen);
  const object = clip(boxAt(moved, 0), whole.width, whole.height);
  const [x1, y1, x2, y2] = object;
  const margin = Math.max(LEAST_MARGIN, MARGIN_SHARE * Math.max(x2 - x1, y2 - y1));
  const left = Math.max(0, Math.floor(x1 - margin));
  const top = Math.max(0, Math.floor(y1 - margin));
  return {
    object,
    window: {
      left,
      top,
      width: Math.min(whole.width, Math.ceil(x2 + margin)) - left,
      height: Math.min(whole.height, Math.ceil(y2 + margin)) - top,
    },
  };
}

/**
 * Lays what was cut out over a picture, which is changed in place: the object as it is, its margin
 * the more faintly the further out.
 *
 * @param cut the view `object.cut`, computed
 */
export function layOver(picture: WorkingPicture, cut: WorkingPicture, object: PastedObject): void {
  const { left, top, box } = object;
  const across = opacities(cut.width, box[0] - left, box[2] - left);
  const down = opacities(cut.height, box[1] - top, box[3] - top);
  for (let y = 0; y < cut.height; y++) {
    for (let x = 0; x < cut.width; x++) {
      const opacity = (across[x] as number) * (down[y] as number);
      const from = 3 * (y * cut.paddedWidth + x);
      const to = 3 * ((top + y) * picture.paddedWidth + left + x);
      for (let channel = 0; channel < 3; channel++) {
        const old = picture.data[to + channel] as number;
        picture.data[to + channel] = old + opacity * ((cut.data[from + channel] as number) - old);
      }
    }
  }
}

/** For each pixel of a line, 1 from `low` to `high` and falling towards both ends. */
function opacities(size: number, low: number, high: number): number[] {
  return Array.from({ length: size }, (_, index) => {
    const middle = index + 0.5;
    return Math.min(1, middle / low, (size - middle) / (size - high));
  });
}
