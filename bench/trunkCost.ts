/** What VGG16's trunk costs, for the speeds that the benches print. */
import { VGG16_LAYERS } from '../src/core/detection/vgg16.ts';

/**
 * GFLOP of each layer in the arithmetic of a plain convolution, a multiplication and an addition counted
 * as two.
 *
 * @param width of the picture, in pixels
 * @param height the same
 */
export function trunkGigaflop(width: number, height: number): Readonly<Record<string, number>> {
  let [w, h] = [width, height];
  return Object.fromEntries(
    VGG16_LAYERS.map(({ name, pool, inputs, filters }) => {
      if (pool) [w, h] = [Math.floor(w / 2), Math.floor(h / 2)];
      return [name, (2 * 9 * w * h * inputs * filters) / 1e9];
    }),
  );
}
