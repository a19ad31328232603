/**
 * How sure a recall is: the bootstrap over images of a share of objects that are reached, drawn as
 * mAP50's is (bootstrap.ts), so that systems on the same images are compared on the same draws.
 */
import { type Drawn, drawImages, RESAMPLES } from './bootstrap.ts';

/** Of each image. */
export interface Reached {
  /** `[images]` objects that there are */
  readonly objects: readonly number[];
  /** `[images]` those of them that are reached */
  readonly reached: readonly number[];
}

/**
 * The recall over all objects, draw by draw, the mean over seeds.
 *
 * @param seeds what each run of one system reaches of one data set
 * @param random uniform numbers in [0, 1); with the same ones differences are paired
 * @throws RangeError when there is nothing to reach, or seeds are of different images
 */
export function recallDraws(
  seeds: readonly Reached[],
  random: () => number,
  resamples = RESAMPLES,
): Drawn {
  const [first, ...others] = seeds;
  if (!first || first.objects.every((count) => count === 0)) {
    throw new RangeError('A bootstrap needs at least one run, and objects to reach.');
  }
  if (others.some(({ objects }) => objects.join() !== first.objects.join())) {
    throw new RangeError('A bootstrap needs runs on the same images and objects; these differ.');
  }
  const objects = Int32Array.from(first.objects);
  const images = objects.length;
  // Seeds have their objects in common, so the mean of their recalls is the mean reached over them.
  const reached = Float64Array.from({ length: images }, (_, image) =>
    seeds.reduce((sum, seed) => sum + (seed.reached[image] as number) / seeds.length, 0),
  );
  const weights = new Int32Array(images).fill(1);
  const recall = () => {
    let [all, found] = [0, 0];
    for (let image = 0; image < images; image++) {
      all += (weights[image] as number) * (objects[image] as number);
      found += (weights[image] as number) * (reached[image] as number);
    }
    return found / all;
  };
  const estimate = recall();
  const values = new Float64Array(resamples).map(() => {
    drawImages({ images, objects }, random, weights);
    return recall();
  });
  return { estimate, values };
}
