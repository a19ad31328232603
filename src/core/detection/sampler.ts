/**
 * The sampler: which of the many matched boxes enter the loss of one step.
 *
 * As torchvision's `BalancedPositiveNegativeSampler`: a fixed number of boxes, at most a given
 * share of them positive, drawn at random. Without it the background, hundreds of times as
 * frequent, would be all that the network learns.
 */
import { BACKGROUND } from './matcher.ts';

export interface SamplerOptions {
  /** boxes per picture */
  readonly batchSize: number;
  /** at most this share of them is positive */
  readonly positiveFraction: number;
}

export const RPN_SAMPLER: SamplerOptions = { batchSize: 256, positiveFraction: 0.5 };
/** Nothing is left out but what nobody knows. */
export const EVERY_BOX: SamplerOptions = {
  batchSize: Number.POSITIVE_INFINITY,
  positiveFraction: 1,
};

/** Indices into the matches; positives first. */
export interface Sample {
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
}

/**
 * Draws positives and negatives.
 *
 * @param matches what `matchBoxes` said of each box
 * @param random numbers in 0..1, seeded by the caller so that a step can be repeated
 */
export function sampleMatches(
  matches: Int32Array,
  options: SamplerOptions,
  random: () => number,
): Sample {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let i = 0; i < matches.length; i++) {
    const match = matches[i] as number;
    if (match >= 0) positives.push(i);
    else if (match === BACKGROUND) negatives.push(i);
  }
  const wanted = Math.floor(options.batchSize * options.positiveFraction);
  const chosen = draw(positives, wanted, random);
  return {
    positives: chosen,
    negatives: draw(negatives, options.batchSize - chosen.length, random),
  };
}

/** `count` of the values without repetition: the first steps of a Fisher-Yates shuffle. */
function draw(values: number[], count: number, random: () => number): Int32Array {
  const size = Math.min(count, values.length);
  for (let i = 0; i < size; i++) {
    const other = i + Math.floor(random() * (values.length - i));
    const value = values[i] as number;
    values[i] = values[other] as number;
    values[other] = value;
  }
  return Int32Array.from(values.slice(0, size));
}
