/**
 * Undo and redo on the Anchors page: they lead back step by step, a gesture is one step, and what was
 * drawn on a photo is undone only while that photo is the one in sight.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANCHORS, partsInSight, photoKeyOf, withDrawn } from '../../src/app/lab/drawn.ts';
import {
  canRedo,
  canUndo,
  changed,
  givenUp,
  type History,
  historyOf,
  redone,
  settled,
  undone,
} from '../../src/app/lab/history.ts';
import { INITIAL, type Tuning, withSizeAt } from '../../src/app/lab/tuning.ts';

describe('undo and redo', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.option(fc.constantFrom('a', 'b'))));
  const historyAfter = (list: readonly (readonly [number, string | null])[]) =>
    list.reduce((now: History<number>, [value, gesture]) => {
      const next = changed(now, value, gesture);
      return gesture === 'b' ? settled(next) : next;
    }, historyOf(-1));

  it('lead back to the beginning and forward to the end', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const end = historyAfter(list);
        let now = end;
        for (let step = 0; step < end.past.length; step++) now = undone(now);
        expect(now.present).toBe(-1);
        expect(undone(now).present).toBe(-1);
        for (let step = 0; step < end.past.length; step++) now = redone(now);
        expect([now.past, now.present, now.future]).toEqual([end.past, end.present, []]);
      }),
    );
  });

  it('take a gesture as one step, and forget what was undone once something changes', () => {
    const dragged = historyAfter([
      [1, 'a'],
      [2, 'a'],
      [3, 'a'],
    ]);
    expect(undone(dragged).present).toBe(-1);
    expect(undone(changed(settled(dragged), 4, 'a')).present).toBe(3);
    const other = changed(undone(dragged), 9);
    expect(redone(other).present).toBe(9);
  });
});

describe('what was drawn on photos', () => {
  const draw = (history: History<Tuning>, photo: string, side: number, gesture?: string) =>
    changed(history, withDrawn(history.present, photo, [[0, 0, side, side]]), gesture, photo);
  const moved = (history: History<Tuning>, size: number) =>
    changed(history, withSizeAt(history.present, 0, size), null, ANCHORS);
  const sideOn = ({ present }: History<Tuning>, photo: string) => present.drawn?.[photo]?.[0]?.[2];

  it('is undone while its photo is open, and left alone while another one is', () => {
    const both = moved(draw(draw(historyOf(INITIAL), 'a', 5), 'b', 7), 20);
    const onB = partsInSight('b');
    const once = undone(both, onB);
    expect(once.present.sizes).toEqual(INITIAL.sizes);
    const twice = undone(once, onB);
    expect([sideOn(twice, 'a'), sideOn(twice, 'b')]).toEqual([5, undefined]);
    expect(canUndo(twice, onB)).toBe(false);
    expect(undone(twice, onB).present).toBe(twice.present);
    // Back on the first photo its own step is there still, and the other's is redone on the other alone.
    const back = undone(twice, partsInSight('a'));
    expect(sideOn(back, 'a')).toBeUndefined();
    const again = redone(redone(back, onB), onB);
    expect([sideOn(again, 'a'), sideOn(again, 'b'), again.present.sizes[0]]).toEqual([
      ...[undefined, 7, 20],
    ]);
    expect(sideOn(redone(again, partsInSight('a')), 'a')).toBe(5);
  });

  it('leads back to the beginning in whatever order photos and sizes were changed', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', ANCHORS), fc.integer({ min: 5, max: 90 }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const end = steps.reduce(
          (now, [part, value]) => (part === ANCHORS ? moved(now, value) : draw(now, part, value)),
          historyOf(INITIAL),
        );
        let now = end;
        for (const photo of ['b', 'a']) {
          const parts = partsInSight(photo);
          while (canUndo(now, parts)) now = undone(now, parts);
        }
        expect(now.past).toEqual([]);
        expect(now.present.sizes).toEqual(INITIAL.sizes);
        expect([sideOn(now, 'a'), sideOn(now, 'b')]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('is as if it had never begun where a gesture is given up', () => {
    const before = draw(historyOf(INITIAL), 'a', 5);
    const drawing = draw(draw(before, 'a', 6, 'draw 1'), 'a', 7, 'draw 1');
    expect(givenUp(drawing, 'draw 1')).toEqual(before);
    expect(givenUp(drawing, 'draw 2')).toBe(drawing);
    expect(givenUp(settled(drawing), 'draw 1')).toEqual(settled(drawing));
    // What could be redone before can be redone again.
    const back = undone(settled(draw(before, 'a', 8)), partsInSight('a'));
    expect(canRedo(back, partsInSight('a'))).toBe(true);
    expect(givenUp(draw(draw(back, 'a', 6, 'draw 3'), 'a', 7, 'draw 3'), 'draw 3')).toEqual(back);
  });

  it('belongs to the bytes of a photo, whatever it is called', async () => {
    const key = (text: string, name: string) => photoKeyOf(new Blob([text]), name);
    expect(await key('a', 'a.png')).toBe(await key('a', 'b.png'));
    expect(await key('a', 'a.png')).not.toBe(await key('b', 'a.png'));
  });
});
