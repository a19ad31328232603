/**
 * results.json: computed from what was read, and nothing else, so that the same records give the
 * same file.
 */
import { RESAMPLES } from '../../src/core/evaluation/bootstrap.ts';
import { type Results, resultsSchema } from '../../src/core/results/schema.ts';
import { allDraws } from './draws.ts';
import { experimentResults, setsOf } from './experiments.ts';
import type { ReportInputs } from './inputs.ts';
import { PAPER, YARDSTICKS } from './reported.ts';
import { detectorResults } from './scored.ts';
import { sizesWithAnchors } from './sizes.ts';
import { triedResults } from './tried.ts';

/**
 * All results.
 *
 * @param resamples of every bootstrap
 * @throws UserError when a record lacks what its experiment reports
 */
export function computeResults(inputs: ReportInputs, resamples = RESAMPLES): Results {
  const draws = allDraws(resamples);
  const experiments = inputs.experiments.map((input) => experimentResults(input, draws));
  const detector = detectorResults(inputs.shipped, resamples);
  const [first] = inputs.experiments;
  return resultsSchema.parse({
    format: 1,
    paper: PAPER,
    sets: setsOf(inputs.experiments),
    experiments,
    sizes: inputs.sizes && first ? sizesWithAnchors(inputs.sizes, first) : null,
    detector: detector.rows,
    detectorDifferences: detector.differences,
    yardsticks: YARDSTICKS,
    tried: inputs.tried ? triedResults(inputs.tried, inputs.tries, resamples) : null,
    throughput: inputs.throughput,
  });
}
