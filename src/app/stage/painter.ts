/**
 * Paints detections on a 2D canvas: the stage and the exported picture share it. Strokes and labels
 * are measured in units (one CSS pixel on the stage), never in picture pixels, so they stay legible
 * at any zoom; each stroke is a light line on a wider dark one, so it shows on any picture.
 * Hundreds of boxes go into two paths, which makes them as cheap as one.
 */
import type { Box } from '../../core/boxes/box.ts';
import type { Detection } from '../../core/detection/types.ts';
import { formatScore } from '../format.ts';
import { boxToScreen, type Size, type View } from './geometry.ts';
import { type LabelWish, type PlacedLabel, placeLabels } from './labels.ts';

/** The one accent, and the ink that lies on it: the same in both themes, as photos have no theme. */
export const MARK = '#ffd91a';
export const MARK_INK = '#14171a';
const HALO = 'rgba(8, 10, 12, 0.78)';
const FAMILY = "'Instrument Sans Variable', system-ui, sans-serif";

export interface Scene {
  readonly detections: readonly Detection[];
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
  const boxes = detections.map((detection) => boxToScreen(view, detection.box));
  const special = (index: number) => index === hovered || index === selected;
  const plain = boxes.filter((box, index) => !special(index) && isOnStage(box, stage));
  context.lineJoin = 'round';
  strokeBoxes(context, plain, 1.75 * unit, unit, selected === null ? 1 : 0.75);
  for (const index of [hovered, selected]) {
    const box = index === null ? undefined : boxes[index];
    if (box) strokeBoxes(context, [box], 2.75 * unit, unit, 1);
  }
  return paintLabels(context, scene, boxes, unit);
}

const isOnStage = ([x1, y1, x2, y2]: Box, stage: Size) =>
  x2 >= -4 && y2 >= -4 && x1 <= stage.width + 4 && y1 <= stage.height + 4;

function strokeBoxes(
  context: Context,
  boxes: readonly Box[],
  width: number,
  unit: number,
  opacity: number,
): void {
  if (boxes.length === 0) return;
  context.save();
  context.globalAlpha = opacity;
  context.beginPath();
  for (const [x1, y1, x2, y2] of boxes) {
    // The line lies just outside, so that a knob of six pixels is framed and not covered.
    const out = width / 2;
    context.roundRect(x1 - out, y1 - out, x2 - x1 + width, y2 - y1 + width, 2 * unit);
  }
  context.strokeStyle = HALO;
  context.lineWidth = width + 2.5 * unit;
  context.stroke();
  context.strokeStyle = MARK;
  context.lineWidth = width;
  context.stroke();
  context.restore();
}

function paintLabels(
  context: Context,
  { detections, stage, hovered, selected }: Scene,
  boxes: readonly Box[],
  unit: number,
): PlacedLabel[] {
  const height = 20 * unit;
  const padding = 6 * unit;
  const gap = 5 * unit;
  const nameFont = `600 ${12 * unit}px ${FAMILY}`;
  const scoreFont = `500 ${12 * unit}px ${FAMILY}`;
  const parts = detections.map(({ className, score }) => {
    context.font = nameFont;
    const name = widthOf(context, className);
    context.font = scoreFont;
    return { name, score: widthOf(context, formatScore(score)) };
  });
  const rank = (index: number) => (index === hovered ? 0 : index === selected ? 1 : 2);
  const wishes = boxes
    .map(([x1, y1, x2, y2], index): LabelWish => {
      const part = parts[index] as { name: number; score: number };
      return {
        index,
        // The label's foot stands on the outer edge of the stroke.
        box: [x1 - 3 * unit, y1 - 3 * unit, x2 + 3 * unit, y2 + 3 * unit],
        size: { width: part.name + gap + part.score + 2 * padding, height },
        must: rank(index) < 2,
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
    context.font = scoreFont;
    context.fillStyle = strong ? MARK_INK : MARK;
    const after = rect[0] + padding + (parts[index]?.name ?? 0) + gap;
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
