/**
 * The batches of a second look, shared out between this worker and its helpers, with one progress and
 * one account of the time: what several do at once is not counted twice.
 */
import type { Box } from '../core/boxes/box.ts';
import { type Hand, shareOut } from './shareOut.ts';
import type { ClassifiedCuts, Report } from './wire.ts';

/** Boxes to classify at once, and who hears how far that is. */
export interface Batch {
  readonly boxes: readonly Box[];
  readonly report: Report;
}

/**
 * Classifies boxes in batches, which come in any order.
 *
 * @param own classifies a batch here, and `helpers` elsewhere; see `shareOut`
 * @param onShare told the share of the boxes that is done, 0..1, between layers
 * @returns batches whose indices are places among `boxes`, and whose times add up to that of the whole
 */
export async function* classifyTogether(
  boxes: readonly Box[],
  batchSize: number,
  own: Hand<Batch, ClassifiedCuts>,
  helpers: readonly Promise<Hand<Batch, ClassifiedCuts>>[],
  onShare: (share: number) => void,
): AsyncGenerator<ClassifiedCuts, void, undefined> {
  const firsts = Array.from(
    { length: Math.ceil(boxes.length / batchSize) },
    (_, at) => at * batchSize,
  );
  const shares = firsts.map(() => 0);
  const jobs = firsts.map((first, at) => {
    const some = boxes.slice(first, first + batchSize);
    // A helper's first batch waits for its models, whose download is told like any other work.
    const report: Report = ({ stage, within }) => {
      shares[at] = stage === 'sharpen' ? some.length * within : 0;
      onShare(shares.reduce((sum, share) => sum + share, 0) / boxes.length);
    };
    return { first, boxes: some, report };
  });
  const placing = (hand: Hand<Batch, ClassifiedCuts>) => async (job: (typeof jobs)[number]) => {
    const { classified, cost } = await hand(job);
    const placed = classified.map((one) => ({ ...one, index: job.first + one.index }));
    return { classified: placed, cost };
  };
  const helping = helpers.map(async (starting) => placing(await starting));
  let before = performance.now();
  for await (const { classified, cost } of shareOut(jobs, placing(own), helping)) {
    const now = performance.now();
    const milliseconds = Math.min(cost.milliseconds, now - before);
    before = now;
    yield { classified, cost: { ...cost, milliseconds } };
  }
}
