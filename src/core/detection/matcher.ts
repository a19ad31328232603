/**
 * The matcher: which object, if any, each anchor or proposal should answer for.
 *
 * As torchvision's `Matcher`: a box belongs to the object it overlaps most, when that IoU reaches
 * the high threshold; below the low one it is background, and between the two it is left out of
 * the loss. The RPN also gives every object its best anchor, however little they overlap, or
 * small objects at a coarse stride would have no positive anchor at all.
 */
import { type Boxes, pairwiseIou } from '../boxes/box.ts';

/** No object: the box counts as background. */
export const BACKGROUND = -1;
/** Left out of the loss. */
export const IGNORED = -2;

export interface MatcherOptions {
  /** objects are matched from this IoU on */
  readonly high: number;
  /** background is below this IoU */
  readonly low: number;
  /** every object also gets the boxes that overlap it most */
  readonly allowLowQualityMatches: boolean;
}

export const RPN_MATCHER: MatcherOptions = { high: 0.7, low: 0.3, allowLowQualityMatches: true };
export const ROI_MATCHER: MatcherOptions = { high: 0.5, low: 0.5, allowLowQualityMatches: false };

/** A background box that lies in an ignored region (a crowd) by more than this share is left out. */
const IGNORED_SHARE = 0.5;

/**
 * The object of each box.
 *
 * @param boxes `[count * 4]` anchors or proposals
 * @param objects `[objects * 4]` ground truth
 * @param ignored `[regions * 4]` regions where nobody knows what there is (COCO's crowds)
 * @returns `[count]` index of the object, BACKGROUND or IGNORED
 */
export function matchBoxes(
  boxes: Boxes,
  objects: Boxes,
  ignored: Boxes,
  options: MatcherOptions,
): Int32Array {
  const count = boxes.length / 4;
  const columns = objects.length / 4;
  const matches = new Int32Array(count).fill(BACKGROUND);
  if (columns > 0) assignObjects(pairwiseIou(boxes, objects), columns, matches, options);
  if (ignored.length > 0) {
    for (let i = 0; i < count; i++) {
      if (matches[i] === BACKGROUND && coveredShare(boxes, i, ignored) > IGNORED_SHARE) {
        matches[i] = IGNORED;
      }
    }
  }
  return matches;
}

function assignObjects(
  ious: Float32Array,
  columns: number,
  matches: Int32Array,
  { high, low, allowLowQualityMatches }: MatcherOptions,
): void {
  const bestOfObject = new Float32Array(columns);
  const bestOfBox = new Int32Array(matches.length);
  for (let i = 0; i < matches.length; i++) {
    let best = 0;
    for (let j = 0; j < columns; j++) {
      const value = ious[i * columns + j] as number;
      if (value > (ious[i * columns + best] as number)) best = j;
      if (value > (bestOfObject[j] as number)) bestOfObject[j] = value;
    }
    bestOfBox[i] = best;
    const value = ious[i * columns + best] as number;
    matches[i] = value >= high ? best : value < low ? BACKGROUND : IGNORED;
  }
  if (!allowLowQualityMatches) return;
  for (let i = 0; i < matches.length; i++) {
    for (let j = 0; j < columns; j++) {
      const value = ious[i * columns + j] as number;
      // Float noise must not decide between anchors that overlap the object alike.
      if (value > 0 && value >= (bestOfObject[j] as number) - 1e-6) {
        // torchvision restores the box's own best object here, not the object that chose it.
        matches[i] = bestOfBox[i] as number;
        break;
      }
    }
  }
}

/** The largest share of a box's area inside one of the regions. */
function coveredShare(boxes: Boxes, index: number, regions: Boxes): number {
  const at = 4 * index;
  const x1 = boxes[at] as number;
  const y1 = boxes[at + 1] as number;
  const x2 = boxes[at + 2] as number;
  const y2 = boxes[at + 3] as number;
  let share = 0;
  for (let r = 0; r < regions.length; r += 4) {
    const width = Math.min(x2, regions[r + 2] as number) - Math.max(x1, regions[r] as number);
    const height = Math.min(y2, regions[r + 3] as number) - Math.max(y1, regions[r + 1] as number);
    if (width > 0 && height > 0) {
      share = Math.max(share, (width * height) / ((x2 - x1) * (y2 - y1)));
    }
  }
  return share;
}
