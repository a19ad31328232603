/**
 * Reads the fixtures: numbers that other people's programs computed, kept in tests/fixtures.
 */
import { readFileSync } from 'node:fs';

/** Parsed JSON of tests/fixtures/<path>. */
export function readFixture<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8')) as T;
}

/** The largest absolute difference; NaN where one of the numbers is none. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(error <= largest)) largest = error;
  }
  return largest;
}
