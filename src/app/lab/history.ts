/**
 * Undo and redo. A gesture (a slider that is dragged, a key that is held) changes the present many
 * times and is one step back.
 */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** the gesture that the last change belongs to, while it goes on */
  readonly gesture: string | null;
}

/** Steps that are kept; nobody goes further back. */
const MOST = 200;

export const historyOf = <T>(present: T): History<T> => ({
  ...{ past: [], present, future: [], gesture: null },
});

/**
 * A new present. What was undone before can no longer be redone.
 *
 * @param gesture changes of the same one, until `settled`, are one step
 */
export function changed<T>(
  history: History<T>,
  present: T,
  gesture: string | null = null,
): History<T> {
  if (Object.is(present, history.present)) return history;
  const goesOn = gesture !== null && gesture === history.gesture;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present, future: [], gesture };
}

/** The gesture is over: the next change is another step. */
export const settled = <T>(history: History<T>): History<T> =>
  history.gesture === null ? history : { ...history, gesture: null };

/** One step back; the same where there is none. */
export function undone<T>({ past, present, future }: History<T>): History<T> {
  if (past.length === 0) return { past, present, future, gesture: null };
  return {
    past: past.slice(0, -1),
    present: past.at(-1) as T,
    future: [present, ...future],
    gesture: null,
  };
}

/** One step forward again. */
export function redone<T>({ past, present, future }: History<T>): History<T> {
  if (future.length === 0) return { past, present, future, gesture: null };
  return {
    past: [...past, present],
    present: future[0] as T,
    future: future.slice(1),
    gesture: null,
  };
}
