/**
 * The open photo on the Anchors page, without the page: boxes under the hands of a visitor stay boxes of
 * the photo, its objects are what was drawn or else what was found, and a head is asked anew whenever
 * the answer would be another, and only then.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLabStore, type LabClient } from '../../src/app/lab/labStore.ts';
import {
  boxAround,
  boxBetween,
  CORNERS,
  keyedBox,
  LEAST_SIDE,
  movedBox,
  pulledBox,
} from '../../src/app/lab/photo/boxEdits.ts';
import {
  bestAnchorIous,
  bestProposalIous,
  boxSetOf,
  gridOf,
  gridPointAt,
  isSameGrid,
} from '../../src/app/lab/photo/figures.ts';
import { meaningOf } from '../../src/app/lab/photo/HeadPicker.tsx';
import { createPhotoStore } from '../../src/app/lab/photo/photoStore.ts';
import { withSizeAt } from '../../src/app/lab/tuning.ts';
import { createLoupeStore } from '../../src/app/store/loupeStore.ts';
import type { PagesStore } from '../../src/app/store/pages.ts';
import { AnchorGenerator } from '../../src/core/anchors/generator.ts';
import type { BoxSet } from '../../src/core/annotations/boxSet.ts';
import { type Box, iou, packBoxes } from '../../src/core/boxes/box.ts';
import { measureOn, prepare } from '../../src/worker/anchorLab/ground.ts';
import type { ProposeOptions, Reproposed } from '../../src/worker/protocol.ts';
import { detection, FakeWorker, settled } from './fakeWorker.ts';

const PHOTO = { width: 100, height: 80 };

const point = fc.record({
  x: fc.double({ min: -50, max: 150, noNaN: true }),
  y: fc.double({ min: -50, max: 130, noNaN: true }),
});
const anyBox = fc.tuple(point, point).map(([a, b]) => boxBetween(a, b, PHOTO));

function expectBoxOfPhoto([x1, y1, x2, y2]: Box): void {
  expect([x1, y1, x2, y2].every(Number.isInteger)).toBe(true);
  expect(x1).toBeGreaterThanOrEqual(0);
  expect(y1).toBeGreaterThanOrEqual(0);
  expect(x2).toBeLessThanOrEqual(PHOTO.width);
  expect(y2).toBeLessThanOrEqual(PHOTO.height);
  expect(x2 - x1).toBeGreaterThanOrEqual(LEAST_SIDE);
  expect(y2 - y1).toBeGreaterThanOrEqual(LEAST_SIDE);
}

describe('a box on the photo', () => {
  it('stays on it and has an area, however it is drawn, moved, pulled or keyed', () => {
    const key = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown');
    const press = fc.record({ key, shiftKey: fc.boolean(), altKey: fc.boolean() });
    fc.assert(
      fc.property(anyBox, point, fc.constantFrom(...CORNERS), press, (box, by, corner, pressed) => {
        expectBoxOfPhoto(box);
        expectBoxOfPhoto(movedBox(box, by, PHOTO));
        expectBoxOfPhoto(pulledBox(box, corner, by, PHOTO));
        expectBoxOfPhoto(keyedBox(box, pressed, PHOTO) as Box);
        expectBoxOfPhoto(boxAround(by, 20, PHOTO));
      }),
    );
  });

  it('keeps its size when it is moved, and its opposite corner when it is pulled', () => {
    fc.assert(
      fc.property(anyBox, point, (box, by) => {
        const moved = movedBox(box, by, PHOTO);
        expect([moved[2] - moved[0], moved[3] - moved[1]]).toEqual([
          box[2] - box[0],
          box[3] - box[1],
        ]);
        expect(pulledBox(box, 'se', { x: box[2], y: box[3] }, PHOTO)).toEqual(box);
        expect(pulledBox(box, 'nw', { x: box[0], y: box[1] }, PHOTO)).toEqual(box);
      }),
    );
  });
});

const list = (boxes: readonly Box[]) => ({
  boxes: packBoxes(boxes),
  objectness: Float32Array.from(boxes, () => 0.5),
});

const seenWith = (changes: Partial<Reproposed> = {}): Reproposed => ({
  ...{ width: 200, height: 160, scale: 2, rows: 10, columns: 13, stride: 16 },
  ...{ trained: { sizes: [16, 32], aspectRatios: [1] }, answering: [0, 1] },
  ...{ asTrained: list([]), tuned: list([]) },
  ...changes,
});

describe('what is measured on it', () => {
  const anchors = { sizes: [16, 30], aspectRatios: [1, 2] };

  it('the best anchor of an object is the best of all that there are', () => {
    const seen = seenWith();
    const all = new AnchorGenerator(anchors, seen.stride).generate(seen.rows, seen.columns);
    fc.assert(
      fc.property(anyBox, (box) => {
        const scaled = box.map((value) => 2 * value) as unknown as Box;
        let best = 0;
        for (let at = 0; at < all.length; at += 4) {
          best = Math.max(best, iou(scaled, [...all.subarray(at, at + 4)] as unknown as Box));
        }
        expect(bestAnchorIous([box], PHOTO, gridOf(seen), anchors)[0]).toBeCloseTo(best, 5);
      }),
    );
  });

  it('is the same as on the rest of the page, on the same grid', () => {
    const ground = { data: 'photo', stride: 8, threshold: 0.5, photos: 640 };
    fc.assert(
      fc.property(fc.array(anyBox, { minLength: 1 }), (boxes) => {
        const ious = bestAnchorIous(boxes, PHOTO, ground, anchors);
        const set = boxSetOf(boxes, PHOTO) as BoxSet;
        const { row } = measureOn(prepare(set, ground), ground, anchors);
        const reached = ious.filter((value) => value >= 0.5).length;
        expect(row.bestPossibleRecall).toBeCloseTo(reached / boxes.length, 12);
      }),
    );
    expect(isSameGrid({ stride: 8, photos: 0 }, { stride: 8, photos: 100 }, PHOTO)).toBe(true);
    expect(isSameGrid({ stride: 8, photos: 0 }, { stride: 16, photos: 0 }, PHOTO)).toBe(false);
    expect(isSameGrid({ stride: 8, photos: 0 }, { stride: 8, photos: 640 }, PHOTO)).toBe(false);
  });

  it('the best proposal is one of the first so many', () => {
    const proposals = list([
      [0, 0, 10, 10],
      [0, 0, 20, 20],
    ]);
    expect(bestProposalIous([[0, 0, 20, 20]], proposals, 1)).toEqual([0.25]);
    expect(bestProposalIous([[0, 0, 20, 20]], proposals, 2)).toEqual([1]);
    expect(bestProposalIous([], proposals, 2)).toEqual([]);
  });

  it('a point lies in the cell whose anchors are shown', () => {
    const {
      column,
      row,
      centre,
      anchors: boxes,
    } = gridPointAt({ x: 20, y: 5 }, seenWith(), anchors);
    expect({ column, row, centre }).toEqual({ column: 2, row: 0, centre: { x: 20, y: 4 } });
    expect(boxes).toHaveLength(4);
    expect(boxes[0]).toEqual([16, 0, 24, 8]);
    expect(gridPointAt({ x: 100, y: 80 }, seenWith(), anchors)).toMatchObject({
      column: 12,
      row: 9,
    });
  });
});

describe('what it means to read a head with other anchors', () => {
  const meaning = (sizes: readonly number[], answering: readonly number[]) =>
    meaningOf({ sizes, aspectRatios: [1] }, seenWith({ answering }));

  it('is said in words, and that nothing is changed where nothing is', () => {
    expect(meaning([16, 32], [0, 1])).toMatch(/^As it was trained: 16, 32 px, every 16 px\./);
    expect(meaning([20, 32], [0, 1])).toContain('its 16 px as 20.');
    expect(meaning([20], [0])).toContain('its 16 px as 20; its 32 px left out.');
    expect(meaning([16, 32, 40], [0, 1, 1])).toContain('share a neighbour’s answers');
  });
});

describe('the store of the photo', () => {
  // Heads lie beside the page.
  beforeAll(() => void vi.stubGlobal('document', { baseURI: 'http://here/' }));
  afterAll(() => void vi.unstubAllGlobals());

  async function made() {
    const worker = new FakeWorker();
    const asked: ProposeOptions[] = [];
    let answer: Reproposed | null = seenWith();
    worker.propose = async (_, options) => {
      asked.push(options);
      return answer;
    };
    const loupe = createLoupeStore(() => worker);
    const sets: (BoxSet | null)[] = [];
    const never = () => new Promise<never>(() => {});
    const client: LabClient = {
      ...{ builtIn: async () => [], open: never, measure: never, compare: never, fit: never },
      setPhoto: (set) => void sets.push(set),
    };
    const pages = { getState: () => ({ picks: {}, pick: () => {} }), subscribe: () => () => {} };
    const lab = createLabStore(client, pages as unknown as PagesStore, () => {});
    const store = createPhotoStore(lab, loupe);
    lab.getState().start();
    store.getState().start();
    const show = async (name: string) => {
      loupe.getState().openPhoto(new Blob([name]), name);
      await settled();
      await worker.opened();
      await worker.detected([detection('cup', 0.9, 20), detection('bowl', 0.1)]);
      await settled();
      await vi.waitUntil(() => store.getState().key !== null);
    };
    const nothing = () => {
      answer = null;
    };
    return { worker, asked, lab, loupe, store, sets, show, nothing };
  }

  it('asks once a run is over and whenever the anchors or the head are others', async () => {
    const { asked, lab, store, show } = await made();
    expect(asked).toEqual([]);
    await show('a');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      head: null,
      set: { sizes: lab.getState().history.present.sizes },
    });
    expect(store.getState().seen).not.toBeNull();

    lab.getState().change(withSizeAt(lab.getState().history.present, 0, 20));
    await settled();
    expect(asked.at(-1)?.set.sizes[0]).toBe(20);
    lab.getState().change({ ...lab.getState().history.present, threshold: 0.6 });
    await settled();
    expect(asked).toHaveLength(2);
    lab.getState().change({ ...lab.getState().history.present, head: 'chen' });
    await settled();
    expect(asked.at(-1)?.head).toMatchObject({ url: expect.stringContaining('models/rpn-chen/') });
    lab.getState().undo();
    await settled();
    expect(asked.at(-1)?.head).toBeNull();
  });

  it('takes what was found for the objects until some are drawn, and those for this photo alone', async () => {
    const { lab, store, sets, show } = await made();
    await show('a');
    expect(store.getState().objects).toEqual({ boxes: [[20, 20, 30, 30]], areDrawn: false });
    store.getState().draw([[0, 0, 9, 9]]);
    expect(store.getState().objects).toEqual({ boxes: [[0, 0, 9, 9]], areDrawn: true });
    expect(sets.at(-1)?.count).toBe(1);
    expect(lab.getState().photo).toMatchObject({ objects: 1, pictures: 1 });
    lab.getState().undo();
    expect(store.getState().objects.areDrawn).toBe(false);
    lab.getState().redo();
    expect(store.getState().objects.areDrawn).toBe(true);

    await show('b');
    expect(store.getState().objects).toEqual({ boxes: [[20, 20, 30, 30]], areDrawn: false });
    lab.getState().undo();
    await show('a');
    expect(store.getState().objects).toEqual({ boxes: [[0, 0, 9, 9]], areDrawn: true });
    lab.getState().undo();
    expect(store.getState().objects.areDrawn).toBe(false);
  });

  it('says so where what the network saw is gone', async () => {
    const { store, show, nothing } = await made();
    nothing();
    await show('a');
    expect(store.getState()).toMatchObject({
      seen: null,
      problem: expect.stringContaining('look at the photo again'),
    });
  });
});

it('Boxes without an area are no data', () => {
  expect(boxSetOf([], PHOTO)).toBeNull();
  expect(boxSetOf([[3, 3, 3, 9]], PHOTO)).toBeNull();
  expect(boxSetOf([[0, 0, 9, 9]], PHOTO)?.count).toBe(1);
});
