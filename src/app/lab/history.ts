/**
 * Undo and redo. A gesture (a slider that is dragged, a key that is held) changes the present many
 * times and is one step back.
 *
 * The present has parts (the anchors; what was drawn on each photo), and every step changes one of
 * them. So steps of a part that is out of sight can be left alone: undo goes to the newest step of
 * those that are in sight.
 */

export interface Step<T> {
  readonly part: string;
  readonly before: T;
  readonly after: T;
}

export interface History<T> {
  readonly past: readonly Step<T>[];
  readonly present: T;
  /** what was undone, the newest step last */
  readonly future: readonly Step<T>[];
  /** the gesture that the last change belongs to, while it goes on */
  readonly gesture: string | null;
  /** what could be redone when that gesture began */
  readonly cut: readonly Step<T>[];
}

/** Which parts there are to undo, and how one is put into a present. */
export interface Parts<T> {
  isInSight(part: string): boolean;
  /** the present with this part as it is in `from` */
  put(present: T, from: T, part: string): T;
}

/** Steps that are kept; nobody goes further back. */
const MOST = 200;

/** The part of those who have only one. */
const WHOLE = '';

const whole = { isInSight: () => true, put: <T>(_: T, from: T): T => from };

export const historyOf = <T>(present: T): History<T> => ({
  ...{ past: [], present, future: [], gesture: null, cut: [] },
});

/**
 * A new present. What was undone before can no longer be redone.
 *
 * @param gesture changes of the same one, until `settled`, are one step
 * @param part the part that is another one now
 */
export function changed<T>(
  history: History<T>,
  present: T,
  gesture: string | null = null,
  part = WHOLE,
): History<T> {
  if (Object.is(present, history.present)) return history;
  const last = history.past.at(-1);
  if (last && gesture !== null && gesture === history.gesture && last.part === part) {
    const past = history.past.with(-1, { ...last, after: present });
    return { ...history, past, present, future: [] };
  }
  const step = { part, before: history.present, after: present };
  const past = [...history.past, step].slice(-MOST);
  return { past, present, future: [], gesture, cut: gesture === null ? [] : history.future };
}

/** The gesture is over: the next change is another step. */
export const settled = <T>(history: History<T>): History<T> =>
  history.gesture === null ? history : { ...history, gesture: null, cut: [] };

/** As if the gesture that goes on had never begun; the same where none does. */
export function givenUp<T>(history: History<T>, gesture: string): History<T> {
  const last = history.past.at(-1);
  if (history.gesture !== gesture || !last) return history;
  const past = history.past.slice(0, -1);
  return { past, present: last.before, future: history.cut, gesture: null, cut: [] };
}

export const canUndo = <T>({ past }: History<T>, { isInSight }: Parts<T> = whole): boolean =>
  past.some(({ part }) => isInSight(part));

export const canRedo = <T>({ future }: History<T>, { isInSight }: Parts<T> = whole): boolean =>
  future.some(({ part }) => isInSight(part));

/** One step back; the same where there is none. */
export function undone<T>(history: History<T>, { isInSight, put }: Parts<T> = whole): History<T> {
  const { past, present, future } = history;
  const at = past.findLastIndex(({ part }) => isInSight(part));
  const step = past[at];
  if (!step) return settled(history);
  return {
    past: past.toSpliced(at, 1),
    present: put(present, step.before, step.part),
    future: [...future, step],
    ...{ gesture: null, cut: [] },
  };
}

/** One step forward again. */
export function redone<T>(history: History<T>, { isInSight, put }: Parts<T> = whole): History<T> {
  const { past, present, future } = history;
  const at = future.findLastIndex(({ part }) => isInSight(part));
  const step = future[at];
  if (!step) return settled(history);
  return {
    past: [...past, step],
    present: put(present, step.after, step.part),
    future: future.toSpliced(at, 1),
    ...{ gesture: null, cut: [] },
  };
}
