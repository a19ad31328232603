/**
 * How fast coverage is recomputed: 10,000 boxes, 10 sizes in 3 ratios, one slider moved at each tick,
 * beside the straightforward double loop over boxes and the anchors of the grid around each. Prints
 * ratios, and for a slider the milliseconds of a tick, which have to stay below 16 (processor's time).
 *
 *   npx tsx bench/anchors.bench.ts
 */
import { CoverageCache, coverageBySize, coverageOf } from '../src/core/anchors/coverage.ts';
import { FIT_METHODS, fitSizes } from '../src/core/anchors/fitting.ts';
import { type PlacedBoxes, placeBoxes } from '../src/core/anchors/placement.ts';
import { matchedPositions } from '../src/core/anchors/reach.ts';
import { type Extent, shapesOf, square } from '../src/core/anchors/shapes.ts';
import { BoxCollector } from '../src/core/annotations/boxSet.ts';
import { type Box, iou } from '../src/core/boxes/box.ts';
import { seededRandom } from '../training/detector/random.ts';

const BOXES = 10_000;
const RATIOS = [1, 0.5, 2];
const SIZES = [10, 14, 20, 28, 40, 57, 80, 113, 160, 226];
const STRIDE = 16;
const [WIDTH, HEIGHT] = [640, 480];
const THRESHOLD = 0.5;

const random = seededRandom(7);
const list = Array.from({ length: BOXES }, (): Box => {
  const side = 8 * 2 ** (4 * random());
  const ratio = 2 ** (2 * random() - 1);
  const [width, height] = [side / Math.sqrt(ratio), side * Math.sqrt(ratio)];
  const [x, y] = [random() * (WIDTH - width), random() * (HEIGHT - height)];
  return [x, y, x + width, y + height];
});
const collector = new BoxCollector();
for (const [x1, y1, x2, y2] of list) {
  collector.add(collector.addPicture(WIDTH, HEIGHT), x1, y1, x2 - x1, y2 - y1);
}
const set = collector.finish('The bench');
const placed = placeBoxes(set, STRIDE);

/** Every box with every anchor of the grid that could be the best, each an object of its own. */
function doubleLoop(shapes: readonly Extent[]): number {
  let found = 0;
  for (const box of list) {
    const cellX = Math.floor((box[0] + box[2]) / 2 / STRIDE);
    const cellY = Math.floor((box[1] + box[3]) / 2 / STRIDE);
    let best = 0;
    for (const { width, height } of shapes) {
      for (let row = Math.max(0, cellY - 1); row <= cellY + 1; row++) {
        for (let column = Math.max(0, cellX - 1); column <= cellX + 1; column++) {
          const [x, y] = [(column + 0.5) * STRIDE, (row + 0.5) * STRIDE];
          const anchor: Box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
          best = Math.max(best, iou(box, anchor));
        }
      }
    }
    if (best >= THRESHOLD) found++;
  }
  return found / list.length;
}

/** The median of the runs, in milliseconds of the processor's time: the machine does other things. */
function time(runs: number, work: (run: number) => void): number {
  const taken = Array.from({ length: runs }, (_, run) => {
    const start = process.cpuUsage();
    work(run);
    return process.cpuUsage(start).user / 1000;
  });
  return taken.sort((a, b) => a - b)[runs >> 1] as number;
}

const shapes = shapesOf({ sizes: SIZES, aspectRatios: RATIOS });
const expected = doubleLoop(shapes);
const { bestPossibleRecall } = coverageOf(placed, shapes, THRESHOLD);
if (bestPossibleRecall !== expected) {
  throw new Error(`Coverage is ${bestPossibleRecall}, by the double loop ${expected}.`);
}

const naive = time(5, () => doubleLoop(shapes));
const told = (what: string, milliseconds: number) =>
  console.log(
    `${what.padEnd(46)} ${milliseconds.toFixed(2).padStart(8)} ms  ${(naive / milliseconds).toFixed(0).padStart(5)} x`,
  );
console.log(`${BOXES.toLocaleString('en')} boxes, ${shapes.length} anchors, stride ${STRIDE}`);
told('double loop', naive);
told(
  'all anew: placing, every anchor',
  time(50, () => coverageOf(placeBoxes(set, STRIDE), shapes, THRESHOLD)),
);

/** A slider's move: the size at `moved` is another one, as no earlier tick had it. */
const at = (run: number, moved: number) =>
  shapesOf({
    sizes: SIZES.map((size, k) => (k === moved ? size + 0.01 * (run + 1) : size)),
    aspectRatios: RATIOS,
  });
function ticks(placed: PlacedBoxes, bySize: boolean) {
  const cache = new CoverageCache(placed);
  cache.measure(shapes, THRESHOLD);
  return time(200, (run) => {
    const coverage = cache.measure(at(run, 4), THRESHOLD);
    if (bySize) coverageBySize(placed, coverage);
  });
}
told('a tick: one size of three anchors moved', ticks(placed, false));
told('a tick with recall by size', ticks(placed, true));
const cache = new CoverageCache(placed);
cache.measure(shapes, THRESHOLD);
told(
  'a tick of the threshold',
  time(200, (run) => cache.measure(shapes, 0.3 + run / 1000)),
);
told(
  'the curve of matched positions, 60 sizes',
  time(20, () => {
    for (let k = 0; k < 60; k++) matchedPositions(shapes, STRIDE, square(4 * 1.08 ** k), THRESHOLD);
  }),
);
for (const method of FIT_METHODS) {
  const options = { method, count: 6, aspectRatios: RATIOS, threshold: THRESHOLD };
  told(
    `fit by ${method}`,
    time(3, () => fitSizes(placed, options)),
  );
}
