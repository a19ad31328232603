/**
 * Paints detections on a 2D canvas: the stage and the exported picture share it. Strokes and labels
 * are measured in units (one CSS pixel on the stage), never in picture pixels, so they stay legible
 * at any zoom; each stroke is a light line on a wider dark one, so it shows on any picture.
 * All boxes go into one path, which is stroked twice; of a crowd it is kept while the photo is panned.
 */
import type { Box } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import { formatScore } from '../format.ts';
import { BoxIndex } from './boxIndex.ts';
import { type Outline, pathOf, wholePath } from './boxPath.ts';
import { boxToScreen, type Size, toPicture, type View } from './geometry.ts';
import { type LabelWish, type PlacedLabel, placeLabels } from './labels.ts';

/** The one accent, and the ink that lies on it: the same in both themes, as photos have no theme. */
export const MARK = '#ffd91a';
export const MARK_INK = '#14171a';
const HALO = 'rgba(8, 10, 12, 0.78)';
/** With more boxes than this in sight only those that must have one get a label: zooming in makes room. */
const CROWD = 300;
const FAMILY = "'Instrument Sans Variable', system-ui, sans-serif";

export interface Scene {
  readonly detections: readonly Detection[];
  /** Of the detections' boxes; made on the spot where it is not given. */
  readonly index?: BoxIndex;
  readonly view: View;
  readonly stage: Size;
  readonly hovered: number | null;
  readonly selected: number | null;
  /** Canvas pixels per unit: 1 on the stage, more on an exported picture of many megapixels. */
  readonly unit?: number;
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Paints the boxes, then their labels, and returns where the labels lie. */
export function paintDetections(context: Context, scene: Scene): PlacedLabel[] {
  const { detections, view, stage, hovered, selected, unit = 1 } = scene;
  const { index = new BoxIndex(detections.map(({ box }) => box)) } = scene;
  const visible = index.touching(inPicture(view, [0, 0, stage.width, stage.height], 4 * unit));
  const onStage = (place: number) => boxToScreen(view, index.boxes[place] as Box);
  const plain = { width: 1.75 * unit, unit };
  context.save();
  context.lineJoin = 'round';
  context.globalAlpha = selected === null ? 1 : 0.75;
  if (visible.length > CROWD) {
    context.translate(view.x, view.y);
    stroke(context, wholePath(index, view.scale, plain), plain);
    context.translate(-view.x, -view.y);
  } else {
    const others = Array.from(visible).filter((place) => place !== hovered && place !== selected);
    stroke(context, pathOf(others.map(onStage), plain), plain);
  }
  context.globalAlpha = 1;
  const strong = { width: 2.75 * unit, unit };
  for (const place of [hovered, selected]) {
    if (place === null || !index.boxes[place]) continue;
    stroke(context, pathOf([onStage(place)], strong), strong);
  }
  context.restore();
  return paintLabels(context, scene, index, visible, unit);
}

/** What of the picture is in an area of the stage with a margin around it. */
function inPicture(view: View, [x1, y1, x2, y2]: Box, margin: number): Box {
  const from = toPicture(view, { x: x1 - margin, y: y1 - margin });
  const to = toPicture(view, { x: x2 + margin, y: y2 + margin });
  return [from.x, from.y, to.x, to.y];
}

/** A light line on a wider dark one. */
function stroke(context: Context, path: Path2D, { width, unit }: Outline): void {
  context.strokeStyle = HALO;
  context.lineWidth = width + 2.5 * unit;
  context.stroke(path);
  context.strokeStyle = MARK;
  context.lineWidth = width;
  context.stroke(path);
}

function paintLabels(
  context: Context,
  { detections, view, stage, hovered, selected }: Scene,
  index: BoxIndex,
  visible: Uint32Array,
  unit: number,
): PlacedLabel[] {
  const height = 20 * unit;
  const padding = 6 * unit;
  const gap = 5 * unit;
  const nameFont = `600 ${12 * unit}px ${FAMILY}`;
  const scoreFont = `500 ${12 * unit}px ${FAMILY}`;
  const nameWidth = ({ className }: Detection) => {
    context.font = nameFont;
    return widthOf(context, className);
  };
  const scoreWidth = ({ score }: Detection) => {
    context.font = scoreFont;
    return widthOf(context, formatScore(score));
  };
  const rank = (place: number) => (place === hovered ? 0 : place === selected ? 1 : 2);
  // The label's foot stands on the outer edge of the stroke.
  const ground = (place: number): Box => {
    const [x1, y1, x2, y2] = boxToScreen(view, index.boxes[place] as Box);
    return [x1 - 3 * unit, y1 - 3 * unit, x2 + 3 * unit, y2 + 3 * unit];
  };
  const wishes = Array.from(visible)
    .filter((place) => visible.length <= CROWD || rank(place) < 2)
    .map((place): LabelWish => {
      const detection = detections[place] as Detection;
      const width = nameWidth(detection) + gap + scoreWidth(detection) + 2 * padding;
      return {
        ...{ index: place, box: ground(place), must: rank(place) < 2 },
        size: { width, height },
      };
    })
    .sort((a, b) => rank(a.index) - rank(b.index));
  const placed = placeLabels(wishes, stage);
  context.textBaseline = 'middle';
  // Backwards, so that the most important label is painted last and lies on top.
  for (const { index, rect } of placed.slice().reverse()) {
    const detection = detections[index] as Detection;
    const strong = rank(index) < 2;
    context.globalAlpha = selected !== null && !strong ? 0.8 : 1;
    context.beginPath();
    context.roundRect(rect[0], rect[1], rect[2] - rect[0], height, 3 * unit);
    context.fillStyle = strong ? MARK : MARK_INK;
    context.fill();
    context.fillStyle = strong ? MARK_INK : '#ffffff';
    const middle = rect[1] + height / 2 + unit;
    context.font = nameFont;
    context.fillText(detection.className, rect[0] + padding, middle);
    context.fillStyle = strong ? MARK_INK : MARK;
    const after = rect[0] + padding + nameWidth(detection) + gap;
    context.font = scoreFont;
    context.fillText(formatScore(detection.score), after, middle);
  }
  context.globalAlpha = 1;
  return placed;
}

const widths = new Map<string, number>();

/** To call when a font arrives: what was measured before was measured in another one. */
export const forgetTextWidths = (): void => widths.clear();

/** Text widths, remembered: a stage repaints on every pointer move, its words hardly change. */
function widthOf(context: Context, text: string): number {
  const key = `${context.font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  if (widths.size > 2000) widths.clear();
  const { width } = context.measureText(text);
  widths.set(key, width);
  return width;
}
