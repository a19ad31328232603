/**
 * The geometry of a view: how large it is, what there is to find in it, and the name by which its
 * features are kept. How views are chosen is in views.ts.
 */
import { createHash } from 'node:crypto';
import { area, type Box, type Boxes, boxAt, clip, packBoxes } from '../../src/core/boxes/box.ts';
import { workingDimensions } from '../../src/core/detection/transform.ts';
import type { TrainingPhoto } from './dataset.ts';

/** Of an object that is cut off, at least this share must be inside for it to count. */
const VISIBLE_SHARE = 0.6;

export interface View {
  /** pixels of the long side of the whole working picture */
  readonly longSide: number;
  /** whether it is mirrored, left to right */
  readonly flip: boolean;
  /** the part that is seen, in pixels of the (mirrored) working picture; left out: all of it */
  readonly window?: Window;
  /** objects of other photos that are pasted into it, see copyPaste.ts */
  readonly pasted?: readonly PastedObject[];
}

/** An object cut out of another photo. */
export interface PastedObject {
  readonly photo: TrainingPhoto;
  /** what is cut out of that photo, object and margin: a view of it */
  readonly cut: View & { readonly window: Window };
  /** where the corner of what is cut out comes to lie, in pixels of the view */
  readonly left: number;
  readonly top: number;
  /** the object, in pixels of the view */
  readonly box: Box;
  readonly label: number;
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
  for (const { box, label } of view.pasted ?? []) {
    boxes.push(box);
    labels.push(label);
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
export function moveBoxes(
  photo: TrainingPhoto,
  boxes: Boxes,
  { longSide, flip, window }: View,
): Boxes {
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

/** What tells a view from the others of its photo, short enough for the name of a file. */
export function viewName({ longSide, flip, window, pasted }: View): string {
  const part = window ? `+${window.left}+${window.top}+${window.width}x${window.height}` : '';
  return `${longSide}${part}${flip ? '.flip' : ''}${pasted ? `.${pastedName(pasted)}` : ''}`;
}

/** Of pasted objects there are too many to name them all: a hash does. */
function pastedName(pasted: readonly PastedObject[]): string {
  const names = pasted.map(({ photo, cut, left, top }) => [
    `${photo.key}@${viewName(cut)}`,
    left,
    top,
  ]);
  const hash = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  return `pasted-${hash.slice(0, 12)}`;
}
