/**
 * One thing at a time: the worker's engine belongs to whoever computes. Kernels that run while shaders
 * are made ahead would compute nothing, and two detections at once would only wait for each other.
 */
let turn: Promise<unknown> = Promise.resolve();

/** Lets no two pieces of work compute at once: the newer one begins when the older has ended. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}
