/**
 * Where the labels of the boxes go. A label sits on the outside of its box where it can, never
 * leaves the stage, never covers another label and never hides another small object. Where there is
 * no such place, the label with less right to be read (a lower score, neither hovered nor selected)
 * is left out until there is room, which zooming in makes. Pure, so that this can be tested.
 */
import { area, type Box } from '../../core/boxes/box.ts';
import type { Size } from './geometry.ts';

export interface LabelWish {
  /** Which detection this is the label of. */
  readonly index: number;
  /** The box on the stage, in CSS pixels. */
  readonly box: Box;
  /** The label's size, in CSS pixels. */
  readonly size: Size;
  /** A label that must be shown (hovered, selected) is placed even where it covers others. */
  readonly must: boolean;
}

export interface PlacedLabel {
  readonly index: number;
  readonly rect: Box;
}

/** All labels together take no more of the stage than this: the photo is what one came to see. */
const BUDGET = 0.12;

/** A label may cover this much of another box, and no more. */
const COVER = 0.25;

const overlaps = (a: Box, b: Box) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

function hides(label: Box, box: Box): boolean {
  const width = Math.min(label[2], box[2]) - Math.max(label[0], box[0]);
  const height = Math.min(label[3], box[3]) - Math.max(label[1], box[1]);
  return width > 0 && height > 0 && width * height > COVER * area(box);
}

/**
 * Places labels in the order given, most important first.
 *
 * @param wishes labels in order of their right to be read
 * @param stage the room there is, in CSS pixels
 * @returns the labels that found a place, each wholly on the stage (as far as it fits there)
 */
export function placeLabels(wishes: readonly LabelWish[], stage: Size): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  let room = BUDGET * stage.width * stage.height;
  for (const wish of wishes) {
    const [x1, y1, x2, y2] = wish.box;
    if (x2 < 0 || y2 < 0 || x1 > stage.width || y1 > stage.height) continue;
    const ground = wish.size.width * wish.size.height;
    if (ground > room && !wish.must) continue;
    const rects = candidates(wish, stage);
    const isFree = (rect: Box) =>
      !placed.some((other) => overlaps(rect, other.rect)) &&
      !wishes.some((other) => other !== wish && hides(rect, other.box));
    const free = rects.find(isFree);
    const rect = free ?? (wish.must ? rects[0] : undefined);
    if (!rect) continue;
    placed.push({ index: wish.index, rect });
    room -= ground;
  }
  return placed;
}

/** Above the box, below it, beside it, then inside its top: the first that is free is taken. */
function candidates({ box: [x1, y1, x2, y2], size }: LabelWish, stage: Size): Box[] {
  const spots: [number, number][] = [
    [x1, y1 - size.height],
    [x2 - size.width, y1 - size.height],
    [x1, y2],
    [x2 - size.width, y2],
    [x2, y1],
    [x1 - size.width, y1],
    [x1, Math.max(0, y1)],
  ];
  const onStage = (value: number, length: number, room: number) =>
    Math.max(0, Math.min(value, room - length));
  const wholly = spots.filter(([, y]) => y >= 0 && y + size.height <= stage.height);
  const usable = wholly.length > 0 ? wholly : spots;
  return usable.map(([x, y]): Box => {
    const left = onStage(x, size.width, stage.width);
    const top = onStage(y, size.height, stage.height);
    return [left, top, left + size.width, top + size.height];
  });
}
