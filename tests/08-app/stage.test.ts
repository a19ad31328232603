/** The geometry of the stage, as invariants over any picture, stage and view. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoxIndex } from '../../src/app/stage/boxIndex.ts';
import {
  between,
  clampView,
  fitView,
  lensView,
  panBy,
  scaleLimits,
  toPicture,
  toScreen,
  type View,
  viewOfBox,
  zoomAt,
} from '../../src/app/stage/geometry.ts';
import { hitTest } from '../../src/app/stage/hitTest.ts';
import { type LabelWish, placeLabels } from '../../src/app/stage/labels.ts';
import { createViewStore } from '../../src/app/store/viewStore.ts';
import { heatOf } from '../../src/app/viewer/frames.ts';
import type { Box } from '../../src/core/boxes/box.ts';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const aPoint = fc.record({ x: real(-2000, 4000), y: real(-2000, 4000) });
const aView: fc.Arbitrary<View> = fc.record({
  scale: real(0.05, 32),
  x: real(-4000, 4000),
  y: real(-4000, 4000),
});
const aPicture = fc.record({
  width: fc.integer({ min: 1, max: 12_000 }),
  height: fc.integer({ min: 1, max: 12_000 }),
});
const aStage = fc.record({
  width: fc.integer({ min: 200, max: 3000 }),
  height: fc.integer({ min: 200, max: 2000 }),
});
const aBox: fc.Arbitrary<Box> = fc
  .tuple(real(0, 1000), real(0, 1000), real(0.1, 300), real(0.1, 300))
  .map(([x, y, width, height]) => [x, y, x + width, y + height]);

test('screen to picture and back is where one started', () => {
  fc.assert(
    fc.property(aView, aPoint, (view, point) => {
      const back = toScreen(view, toPicture(view, point));
      expect(back.x).toBeCloseTo(point.x, 6);
      expect(back.y).toBeCloseTo(point.y, 6);
    }),
  );
});

test('zooming keeps what is under the pointer under the pointer, within the limits', () => {
  fc.assert(
    fc.property(aView, aPoint, real(0.1, 10), (view, at, factor) => {
      const limits = { min: 0.05, max: 32 };
      const after = zoomAt(view, at, factor, limits);
      const stays = toScreen(after, toPicture(view, at));
      expect(stays.x).toBeCloseTo(at.x, 4);
      expect(stays.y).toBeCloseTo(at.y, 4);
      expect(after.scale).toBeGreaterThanOrEqual(limits.min);
      expect(after.scale).toBeLessThanOrEqual(limits.max);
    }),
  );
});

test('a fitted picture lies wholly on the stage, between the insets', () => {
  fc.assert(
    fc.property(aPicture, aStage, (picture, stage) => {
      const insets = { side: 20, top: 20, bottom: 60 };
      const view = fitView(picture, stage, insets);
      const end = toScreen(view, { x: picture.width, y: picture.height });
      expect(view.x).toBeGreaterThan(19.99);
      expect(view.y).toBeGreaterThan(19.99);
      expect(end.x).toBeLessThan(stage.width - 19.99);
      expect(end.y).toBeLessThan(stage.height - 59.99);
      expect(clampView(view, picture, stage, insets).x).toBeCloseTo(view.x, 6);
      expect(clampView(view, picture, stage, insets).y).toBeCloseTo(view.y, 6);
    }),
  );
});

test('however far a picture is dragged, some of it stays on the stage', () => {
  fc.assert(
    fc.property(aPicture, aStage, aView, (picture, stage, wild) => {
      const view = clampView(wild, picture, stage);
      const end = toScreen(view, { x: picture.width, y: picture.height });
      expect(Math.min(end.x, stage.width) - Math.max(view.x, 0)).toBeGreaterThan(0);
      expect(Math.min(end.y, stage.height) - Math.max(view.y, 0)).toBeGreaterThan(0);
      expect(clampView(view, picture, stage)).toEqual(view);
    }),
  );
});

test('a box that is zoomed to lies in the middle, and never smaller than when fitted', () => {
  fc.assert(
    fc.property(aPicture, aStage, aBox, (picture, stage, box) => {
      const view = viewOfBox(box, picture, stage);
      const middle = toScreen(view, { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 });
      expect(middle.x).toBeCloseTo(stage.width / 2, 4);
      expect(middle.y).toBeCloseTo(stage.height / 2, 4);
      const { min, max } = scaleLimits(picture, stage);
      expect(view.scale).toBeGreaterThanOrEqual(min);
      expect(view.scale).toBeLessThanOrEqual(max);
    }),
  );
});

test('the lens shows the whole box in its middle', () => {
  fc.assert(
    fc.property(aBox, (box) => {
      const view = lensView(box, 232, 0.5);
      const start = toScreen(view, { x: box[0], y: box[1] });
      const end = toScreen(view, { x: box[2], y: box[3] });
      expect((start.x + end.x) / 2).toBeCloseTo(116, 4);
      expect(start.x).toBeGreaterThanOrEqual(57.9);
      expect(end.y).toBeLessThanOrEqual(174.1);
    }),
  );
});

test('a glide starts and ends where it should', () => {
  fc.assert(
    fc.property(aView, aView, (from, to) => {
      for (const [t, view] of [
        [0, from],
        [1, to],
      ] as const) {
        const there = between(from, to, t);
        expect(there.scale).toBeCloseTo(view.scale, 6);
        expect(there.x).toBeCloseTo(view.x, 4);
        expect(there.y).toBeCloseTo(view.y, 4);
      }
    }),
  );
});

test('of boxes inside each other the smallest is hit, and tiny ones have a target of 24 px', () => {
  const view = { scale: 1, x: 0, y: 0 };
  const boxes = new BoxIndex([
    [0, 0, 200, 200],
    [90, 90, 96, 96],
  ]);
  expect(hitTest(boxes, view, { x: 93, y: 93 })).toBe(1);
  expect(hitTest(boxes, view, { x: 82, y: 93 })).toBe(1);
  expect(hitTest(boxes, view, { x: 70, y: 93 })).toBe(0);
  expect(hitTest(boxes, view, { x: 260, y: 93 })).toBeNull();
});

test('the index by place finds what a look at every box finds', () => {
  fc.assert(
    fc.property(fc.array(aBox, { maxLength: 60 }), aBox, aView, aPoint, (boxes, area, view, at) => {
      const index = new BoxIndex(boxes);
      const touches = ([x1, y1, x2, y2]: Box) =>
        x1 <= area[2] && x2 >= area[0] && y1 <= area[3] && y2 >= area[1];
      const expected = boxes.flatMap((box, place) => (touches(box) ? [place] : []));
      expect([...index.touching(area)]).toEqual(expected);
      const hit = hitTest(index, view, at);
      const hits = boxes.map((box) => hitTest(new BoxIndex([box]), view, at) !== null);
      expect(hit === null ? false : hits[hit]).toBe(hits.includes(true));
    }),
  );
});

test('in a crowd of boxes smaller than their targets the one that is pointed at is hit', () => {
  const view = { scale: 2, x: 5, y: 7 };
  const crowd = Array.from({ length: 400 }, (_, i): Box => {
    const [x, y] = [4 * (i % 20), 4 * Math.floor(i / 20)];
    return [x, y, x + 3 - (i % 3) / 10, y + 3];
  });
  const index = new BoxIndex(crowd);
  crowd.forEach(([x1, y1, x2, y2], place) => {
    const middle = toScreen(view, { x: (x1 + x2) / 2, y: (y1 + y2) / 2 });
    expect(hitTest(index, view, middle)).toBe(place);
  });
});
test('labels stay on the stage and, unless one must be shown, never cover each other', () => {
  const stage = { width: 800, height: 600 };
  const wishes = fc.array(
    fc.record({
      box: aBox.map(([x1, y1, x2, y2]): Box => [x1 * 0.8, y1 * 0.6, x2 * 0.8, y2 * 0.6]),
      size: fc.record({ width: real(30, 120), height: fc.constant(20) }),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(wishes, (list) => {
      const placed = placeLabels(
        list.map((wish, index): LabelWish => ({ ...wish, index, must: false })),
        stage,
      );
      for (const [index, { rect }] of placed.entries()) {
        expect(rect[0]).toBeGreaterThanOrEqual(0);
        expect(rect[1]).toBeGreaterThanOrEqual(0);
        expect(rect[2]).toBeLessThanOrEqual(stage.width + 1e-6);
        expect(rect[3]).toBeLessThanOrEqual(stage.height + 1e-6);
        for (const { rect: other } of placed.slice(index + 1)) {
          const apart =
            rect[2] <= other[0] ||
            other[2] <= rect[0] ||
            rect[3] <= other[1] ||
            other[3] <= rect[1];
          expect(apart).toBe(true);
        }
      }
    }),
  );
});

test('a hovered label is shown even where it covers others', () => {
  const wish = { box: [10, 30, 40, 60] as Box, size: { width: 60, height: 20 } };
  const crowd = Array.from({ length: 12 }, (_, index) => ({ ...wish, index, must: index === 11 }));
  expect(placeLabels(crowd, { width: 90, height: 90 }).map(({ index }) => index)).toContain(11);
});

test('a fitted view follows the size of the stage, a moved one keeps its middle', () => {
  const store = createViewStore();
  const { setStage, setPicture, zoomBy } = store.getState();
  setStage({ width: 800, height: 600 });
  setPicture({ width: 400, height: 400 });
  setStage({ width: 1000, height: 900 });
  expect(store.getState()).toMatchObject({ fitted: true, view: { scale: 2.05 } });
  zoomBy(4);
  const middle = toPicture(store.getState().view, { x: 500, y: 450 });
  setStage({ width: 600, height: 500 });
  const after = toPicture(store.getState().view, { x: 300, y: 250 });
  expect(after.x).toBeCloseTo(middle.x, 6);
  expect(after.y).toBeCloseTo(middle.y, 6);
  expect(store.getState().fitted).toBe(false);
});

test('actual pixels means one picture pixel on one pixel of the screen', () => {
  const store = createViewStore();
  store.getState().setStage({ width: 800, height: 600 });
  store.getState().setPicture({ width: 4000, height: 3000 });
  store.getState().oneToOne(2);
  expect(store.getState().view.scale).toBeCloseTo(0.5, 9);
  expect(panBy(store.getState().view, 3, 4).x).toBeCloseTo(store.getState().view.x + 3, 9);
});

test('a map of objectness has a scale of its own: its order shows, however small its numbers', () => {
  fc.assert(
    fc.property(
      fc.float32Array({ min: Math.fround(1e-5), max: Math.fround(0.1), noNaN: true, minLength: 3 }),
      (values) => {
        const heat = heatOf(values);
        const highest = Math.max(...values);
        values.forEach((value, at) => {
          const shade = heat[at] as number;
          expect(shade).toBeGreaterThanOrEqual(0);
          expect(shade).toBeLessThanOrEqual(1);
          if (value === highest) expect([0, 1]).toContain(shade);
          values.forEach((other, place) => {
            if (other > value) expect(heat[place]).toBeGreaterThanOrEqual(shade);
          });
        });
      },
    ),
  );
  expect([...heatOf(Float32Array.of(0.2, 0.2, 0.2))]).toEqual([0, 0, 0]);
});
