/**
 * Whole detections of a photo in Node, Fast and Fine, as the app does them: with the kernels that are
 * chosen, the same with proposals chosen on plain arrays, and with nothing of ours.
 */
import { detectWithLook, type Look, type Quality } from '../../src/core/detection/looks.ts';
import { summariseModel } from '../../src/core/detection/modelSummary.ts';
import { rehearse } from '../../src/core/detection/rehearsal.ts';
import type { Detection, Picture } from '../../src/core/detection/types.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import type { RunCost } from '../../src/engine/costs.ts';
import { measureStages } from '../../src/engine/instrument.ts';
import { median, time, timeRounds } from '../timing.ts';
import { type Bench, detectOptions, sized, withKernels } from './setup.ts';

export const WAYS = ['chosen', 'proposals on arrays', 'stock'] as const;
export type Way = (typeof WAYS)[number];
export const QUALITIES: readonly Quality[] = ['fast', 'fine'];

export interface DetectionReport {
  readonly way: Way;
  readonly quality: Quality;
  readonly look: Look;
  /** milliseconds of the shaders' compilation, which the app does while the model downloads */
  readonly compiled: number;
  readonly first: number;
  readonly rounds: readonly number[];
  /** one measured run by stages: of some the one with the median time */
  readonly cost: RunCost;
  /** above the score that the app shows at first */
  readonly shown: number;
  readonly best: readonly Pick<Detection, 'className' | 'score' | 'box'>[];
}

const MEASURED_RUNS = 3;
const BEST = 5;

/** One way at one look. */
export async function measureDetection(
  bench: Bench,
  picture: Picture,
  way: Way,
  quality: Quality,
): Promise<DetectionReport> {
  const { looks, scoreThreshold = 0.5 } = summariseModel(bench.model.manifest);
  const look = withShare(looks[quality], bench.share);
  const choices = way === 'stock' ? null : bench.choices;
  const proposals = way === 'chosen';
  return withKernels(choices, { proposals }, async () => {
    const compiled = await time(() =>
      compileAhead(async () => {
        for (const size of [look.workingSize, look.alsoAt ?? look.workingSize]) {
          await rehearse(bench.detector, size);
        }
      }),
    );
    const options = detectOptions(bench);
    const detect = () => detectWithLook(bench.detector, picture, look, options);
    const first = await time(detect);
    const rounds = await timeRounds(bench.rounds, bench.more, detect);
    const costs: RunCost[] = [];
    let detections: readonly Detection[] = [];
    do {
      const { value, cost } = await measureStages((onStage) =>
        detectWithLook(bench.detector, picture, look, { ...options, onStage }),
      );
      costs.push(cost);
      detections = value.detections;
    } while (costs.length < MEASURED_RUNS && bench.more());
    const middle = median(costs.map(timeOf));
    return {
      ...{ way, quality, look, compiled, first, rounds },
      cost: costs.find((cost) => timeOf(cost) === middle) as RunCost,
      shown: detections.filter(({ score }) => score >= scoreThreshold).length,
      best: detections
        .slice(0, BEST)
        .map(({ className, score, box }) => ({ className, score, box })),
    };
  });
}

function withShare({ workingSize, alsoAt, slices }: Look, share: number): Look {
  const also = alsoAt !== undefined && { alsoAt: sized(alsoAt, share) };
  return { workingSize: sized(workingSize, share), ...also, slices };
}

function timeOf({ stages }: RunCost): number {
  return stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
