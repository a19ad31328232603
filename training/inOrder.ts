/**
 * Work on several items at once, its results taken one by one in the items' order.
 */

/** How a piece of work ended. */
export type Ended<Result> = { readonly value: Result } | { readonly error: unknown };

/**
 * Works on items, at most `lanes` at a time, and gives out how each ended, in order. With one lane nothing is
 * begun before the last result was taken. Who stops taking has no more begun, and
 * waits for what was.
 */
export async function* inOrder<T, Result>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<Result>,
): AsyncGenerator<Ended<Result>, void, undefined> {
  const begun: Promise<Ended<Result>>[] = [];
  const begin = (item: T) =>
    work(item).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
  try {
    for (const item of items) {
      begun.push(begin(item));
      if (begun.length === lanes) yield await (begun.shift() as Promise<Ended<Result>>);
    }
    while (begun.length > 0) yield await (begun.shift() as Promise<Ended<Result>>);
  } finally {
    await Promise.all(begun);
  }
}
