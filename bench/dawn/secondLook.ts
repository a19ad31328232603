/**
 * The second look in Node: crops of a photo enlarged, sharpened by RED-Net or not, and
 * classified again, a batch at a time.
 */
import path from 'node:path';
import type { HeadKind } from '../../src/core/classification/config.ts';
import { classifierFromModel } from '../../src/core/classification/fromModel.ts';
import { BATCH_SIZE } from '../../src/core/classification/proposalClassifier.ts';
import type { Picture } from '../../src/core/detection/types.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { compileAhead } from '../../src/engine/compileAhead.ts';
import type { StageCost } from '../../src/engine/costs.ts';
import { cropsAtOnce } from '../../src/engine/device.ts';
import { measureStages } from '../../src/engine/instrument.ts';
import { createFileSource } from '../../training/fileSource.ts';
import { smallBoxes } from '../secondLook/boxes.ts';
import { time, timeRounds } from '../timing.ts';
import { type Bench, backendHere, withKernels } from './setup.ts';

const KINDS: readonly HeadKind[] = ['bicubic', 'super-resolution'];

export interface SecondLookReport {
  readonly kernels: 'chosen' | 'stock';
  readonly upscaling: HeadKind;
  readonly boxes: number;
  readonly compiled: number;
  readonly first: number;
  /** milliseconds of a batch */
  readonly rounds: readonly number[];
  readonly cost: StageCost;
}

/**
 * Batches as large as the app takes on a GPU, and as small as it takes elsewhere.
 *
 * @param onReport hears of each as it is measured
 */
export async function measureSecondLook(
  bench: Bench,
  picture: Picture,
  onReport: (report: SecondLookReport) => void,
): Promise<void> {
  const load = (name: string) => loadModel(createFileSource(path.join(bench.models, name)));
  const { detector, model } = bench;
  const [heads, sharpener] = [await load('classifier'), await load('red-net')];
  const about = { network: detector, manifest: model.manifest };
  const classifier = classifierFromModel(heads, about, redNetFromModel(sharpener));
  const atOnce = cropsAtOnce(backendHere().device.limits, classifier.config.crop.side, bench.crops);
  for (const kernels of ['chosen', 'stock'] as const) {
    const choices = kernels === 'chosen' ? bench.choices : null;
    await withKernels(choices, {}, async () => {
      const boxes = smallBoxes(atOnce);
      const sizes = [...new Set([Math.min(BATCH_SIZE, atOnce), atOnce])];
      for (const [upscaling, count] of KINDS.flatMap((kind) =>
        sizes.map((size) => [kind, size] as const),
      )) {
        const some = boxes.slice(0, count);
        const batch = () =>
          classifier.classifyCuts(classifier.cut(picture, some, upscaling), { upscaling });
        const compiled = await time(() =>
          compileAhead(() => classifier.rehearse(upscaling, some.length)),
        );
        const first = await time(batch);
        const rounds = await timeRounds(bench.rounds, bench.more, batch);
        const { cost } = await measureStages(async (mark) => {
          await batch();
          mark('second look');
        });
        onReport({
          ...{ kernels, upscaling, boxes: some.length, compiled, first, rounds },
          cost: cost.stages[0] as StageCost,
        });
      }
    });
  }
  heads.dispose();
  sharpener.dispose();
}
