/**
 * Chapter 9: views, what of a photo the network sees in one turn.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workingDimensions } from '../../src/core/detection/transform.ts';
import type { TrainingConfig } from '../../training/detector/config.ts';
import type { TrainingPhoto, Turn } from '../../training/detector/dataset.ts';
import { truthInView, type View, viewSize } from '../../training/detector/viewGeometry.ts';
import { chooseView } from '../../training/detector/views.ts';
import { tinyConfig } from '../support/tinyTraining.ts';

const WINDOW: [number, number] = [96, 64];

function configWith(changes: object = {}): TrainingConfig {
  return tinyConfig('.', { views: { scales: [0.8, 2], window: WINDOW }, ...changes });
}

/** A photo of any shape with a few boxes in it. */
const photos = fc
  .record({
    width: fc.integer({ min: 40, max: 400 }),
    height: fc.integer({ min: 40, max: 400 }),
    parts: fc.array(
      fc.tuple(...[0, 1, 2, 3].map(() => fc.double({ min: 0, max: 1, noNaN: true }))),
      { maxLength: 5 },
    ),
  })
  .map(({ width, height, parts }): TrainingPhoto => {
    const boxes = parts.flatMap(([a, b, c, d]) => {
      const x = (a as number) * (width - 4);
      const y = (b as number) * (height - 4);
      return [
        x,
        y,
        x + 4 + (c as number) * (width - 4 - x),
        y + 4 + (d as number) * (height - 4 - y),
      ];
    });
    return {
      key: 'set/photo.jpg',
      path: '',
      width,
      height,
      boxes: Float32Array.from(boxes),
      labels: Int32Array.from(parts, (_, index) => index),
      ignored: new Float32Array(),
      labelled: new Float32Array(),
    };
  });

const turns = fc
  .tuple(photos, fc.nat(5000), fc.boolean())
  .map(([photo, slot, flip]): Turn => ({ photo, siblings: [photo], slot, flip }));

describe('A view', () => {
  test('is the whole photo at the working size when the config asks for no views', () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const view = chooseView(turn, configWith({ views: undefined }));
        expect(view).toEqual({ longSide: 64, flip: turn.flip });
      }),
    );
  });

  test('lies inside the working picture, and is no larger than the window', () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const { photo } = turn;
        const view = chooseView(turn, configWith());
        const whole = workingDimensions(photo.width, photo.height, view.longSide);
        const { left = 0, top = 0 } = view.window ?? {};
        const { width, height } = viewSize(photo, view);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(top).toBeGreaterThanOrEqual(0);
        expect(left + width).toBeLessThanOrEqual(whole.width);
        expect(top + height).toBeLessThanOrEqual(whole.height);
        expect(Math.max(width, height)).toBeLessThanOrEqual(WINDOW[0]);
        expect(Math.min(width, height)).toBeLessThanOrEqual(WINDOW[1]);
      }),
    );
  });

  test('is the same whenever it is asked for, so that its features can be kept', () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const again = { ...turn, flip: !turn.flip };
        expect(chooseView(again, configWith())).toEqual(chooseView(turn, configWith()));
      }),
    );
  });

  test('of one photo differs from turn to turn', () => {
    const [photo] = fc.sample(photos, { numRuns: 1, seed: 1 }) as [TrainingPhoto];
    const sizes = Array.from({ length: 20 }, (_, slot) => {
      return chooseView({ photo, siblings: [photo], slot, flip: false }, configWith()).longSide;
    });
    expect(new Set(sizes).size).toBeGreaterThan(10);
  });
});

describe('The truth in a view', () => {
  const truthOf = (turn: Turn) => {
    const view = chooseView(turn, configWith());
    return { view, truth: truthInView(turn.photo, view), size: viewSize(turn.photo, view) };
  };

  test('has every object once at most, as itself or as a region to ignore, inside of the view', () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const { truth, size } = truthOf(turn);
        const all = [...truth.boxes, ...truth.ignored];
        expect(truth.boxes.length).toBe(4 * truth.labels.length);
        expect(all.length / 4).toBeLessThanOrEqual(turn.photo.labels.length);
        expect(new Set(truth.labels).size).toBe(truth.labels.length);
        all.forEach((value, index) => {
          expect(value).toBeGreaterThanOrEqual(-1e-3);
          expect(value).toBeLessThanOrEqual((index % 2 ? size.height : size.width) + 1e-3);
        });
      }),
    );
  });

  test('of a mirrored view is the mirror image', () => {
    fc.assert(
      fc.property(photos, (photo) => {
        const plain: View = { longSide: 200, flip: false };
        const { width } = viewSize(photo, plain);
        const straight = truthInView(photo, plain);
        const mirrored = truthInView(photo, { ...plain, flip: true });
        for (let at = 0; at < straight.boxes.length; at += 4) {
          expect(mirrored.boxes[at]).toBeCloseTo(width - (straight.boxes[at + 2] as number), 2);
          expect(mirrored.boxes[at + 1]).toBeCloseTo(straight.boxes[at + 1] as number, 2);
        }
      }),
    );
  });

  test('counts an object that the window cuts in half as neither object nor background', () => {
    const [some] = fc.sample(photos, { numRuns: 1, seed: 1 }) as [TrainingPhoto];
    const photo = {
      ...some,
      width: 100,
      height: 100,
      boxes: Float32Array.of(40, 10, 60, 30, 0, 0, 20, 20, 80, 80, 95, 95),
      labels: Int32Array.of(3, 4, 5),
    };
    const window = { left: 0, top: 0, width: 50, height: 50 };
    const truth = truthInView(photo, { longSide: 100, flip: false, window });
    expect([...truth.labels]).toEqual([4]);
    expect([...truth.boxes]).toEqual([0, 0, 20, 20]);
    expect([...truth.ignored]).toEqual([40, 10, 50, 30]);
  });
});
