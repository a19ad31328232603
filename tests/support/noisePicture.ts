/** A picture of noise, the same on every machine: something to look at for networks with random weights. */
import type { Picture } from '../../src/core/detection/types.ts';

export function noisePicture(width: number, height: number, seed = 1): Picture {
  let state = seed >>> 0;
  const data = Uint8Array.from({ length: width * height * 3 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return { width, height, channels: 3, data };
}
