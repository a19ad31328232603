/**
 * Puts a function in the place of an object's method for a while, to look on: the counters of the engine
 * do so with tfjs's backends, which offer no other place to stand.
 */

type Method = (...args: never[]) => unknown;

/**
 * @param make gets the method as it was, bound to its object
 * @returns puts everything back as it was
 */
export function override<T extends object, K extends keyof T>(
  object: T,
  name: K,
  make: (original: T[K] & Method) => T[K],
): () => void {
  const own = Object.getOwnPropertyDescriptor(object, name);
  const original = object[name] as T[K] & Method;
  object[name] = make(original.bind(object) as T[K] & Method);
  return () => {
    if (own) Object.defineProperty(object, name, own);
    else delete object[name];
  };
}
