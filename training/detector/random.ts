/**
 * Seeded randomness for training. Every step draws from a generator of its own, made from the
 * run's seed and the step's number: nothing has to be saved for a run to resume exactly.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers in 0..1 that depend on the seeds alone. */
export function seededRandom(...seeds: readonly number[]): () => number {
  // A plain sum would give seed 1, step 2 and seed 2, step 1 the same numbers.
  const mixed = seeds.reduce((hash, seed) => Math.imul(hash ^ seed, 0x9e3779b1) ^ (hash >>> 15), 7);
  const generator = xoroshiro128plus(mixed);
  return () => uniformFloat64(generator);
}

/** The numbers 0 ... count - 1 in random order. */
export function permutation(count: number, ...seeds: readonly number[]): Int32Array {
  const random = seededRandom(...seeds);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    const value = order[i] as number;
    order[i] = order[other] as number;
    order[other] = value;
  }
  return order;
}

/** Normally distributed numbers (Box-Muller), for fresh weights. */
export function normalArray(length: number, deviation: number, random: () => number): Float32Array {
  return Float32Array.from(
    { length },
    () => deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
