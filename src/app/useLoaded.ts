/**
 * Something that is fetched when a component first shows: undefined until it is there, or the
 * sentence that says why it cannot be had, with a way to try again.
 */
import { useCallback, useEffect, useRef, useState } from 'react';

type Loaded<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** @param load a function that stays the same between renders; it rejects with an Error */
export function useLoaded<T>(load: () => Promise<T>): Partial<Loaded<T>> & { retry(): void } {
  const [loaded, setLoaded] = useState<Loaded<T>>();
  const [attempt, setAttempt] = useState(0);
  const isThere = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again
  useEffect(() => {
    // A page that was hidden runs its effects anew; what it has it keeps.
    if (isThere.current) return;
    let isWanted = true;
    load().then(
      (value) => {
        if (!isWanted) return;
        isThere.current = true;
        setLoaded({ value });
      },
      (error: Error) => isWanted && setLoaded({ problem: error.message }),
    );
    return () => {
      isWanted = false;
    };
  }, [load, attempt]);
  const retry = useCallback(() => {
    setLoaded(undefined);
    setAttempt((before) => before + 1);
  }, []);
  return { ...loaded, retry };
}
