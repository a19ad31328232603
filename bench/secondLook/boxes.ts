/** Boxes of small objects for the benches of the second look, the same everywhere. */
import type { Box } from '../../src/core/boxes/box.ts';

/** In pixels of a picture of 640 x 480 or more, 16 high and 16 to 23 wide. */
export function smallBoxes(count: number): Box[] {
  return Array.from({ length: count }, (_, i): Box => {
    const [x, y] = [10 + ((37 * i) % 500), 10 + ((53 * i) % 400)];
    return [x, y, x + 16 + (i % 8), y + 16];
  });
}
