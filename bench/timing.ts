/** How benches time and sum up. */

/** The middle one of some times; of an even number the upper of both. */
export function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** Milliseconds of a piece of work. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Milliseconds of each round; of the first alone where there is no time for more.
 *
 * @param more whether another may begin
 */
export async function timeRounds(
  rounds: number,
  more: () => boolean,
  work: () => Promise<unknown>,
): Promise<number[]> {
  const times = [await time(work)];
  while (times.length < rounds && more()) times.push(await time(work));
  return times;
}
