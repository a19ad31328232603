/**
 * Sharpen, then decide, for the commands that look at photos: the classifier of `--upscaling`, loaded
 * beside the detector, and what it makes of each photo's detections.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Upscaling } from '../../src/core/classification/config.ts';
import { classifierFromModel } from '../../src/core/classification/fromModel.ts';
import type { ProposalClassifier } from '../../src/core/classification/proposalClassifier.ts';
import { reclassify } from '../../src/core/classification/reclassify.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import type { LookResult } from '../../src/core/detection/looks.ts';
import { definedOnly } from '../../src/core/detection/options.ts';
import type { DetectionOptions } from '../../src/core/detection/roiHeads.ts';
import type { Detection, Picture } from '../../src/core/detection/types.ts';
import { type LoadedModel, loadModel } from '../../src/core/models/loader.ts';
import type { Manifest } from '../../src/core/models/manifest.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { UserError } from '../console.ts';
import { createFileSource } from '../fileSource.ts';
import { DEFAULT_MODEL as DEFAULT_RED_NET } from '../superResolution/model.ts';

/** Where the trained heads lie. */
export const DEFAULT_CLASSIFIER = 'public/models/classifier';

/** The app's number of proposals that are classified again. */
export const DEFAULT_RECLASSIFIED = 30;

/** Proposals of a batch: engines of the command line do not draw meanwhile. */
const BATCH_SIZE = 16;

export interface ReclassifyingOptions {
  readonly upscaling: Exclude<Upscaling, 'none'>;
  readonly classifier?: string;
  readonly redNet?: string;
  /** at most so many proposals of each photo */
  readonly proposals: number;
}

export interface Reclassifying {
  readonly classifier: ProposalClassifier;
  /**
   * A photo's detections after its best proposals were classified again.
   * @param found detected with `CANDIDATE_OPTIONS`
   */
  refine(
    picture: Picture,
    found: LookResult,
    limits: Partial<DetectionOptions>,
  ): Promise<readonly Detection[]>;
  dispose(): void;
}

/**
 * Loads the classifier, and RED-Net where it is needed; the tfjs backend must be set.
 *
 * @param detector the detector that runs; must outlive this
 * @throws UserError where a model is not there; ModelError for one that is no good or does not fit
 */
export async function loadReclassifying(
  {
    upscaling,
    classifier = DEFAULT_CLASSIFIER,
    redNet = DEFAULT_RED_NET,
    proposals,
  }: ReclassifyingOptions,
  detector: { readonly network: FasterRcnn; readonly manifest: Manifest },
): Promise<Reclassifying> {
  const loaded: LoadedModel[] = [];
  const load = async (folder: string, command: string) => {
    if (!existsSync(join(folder, 'manifest.json'))) {
      throw new UserError(
        `There is no model in ${folder}, which --upscaling ${upscaling} needs; train one with "loupe train ${command}", or use --upscaling none.`,
      );
    }
    const model = await loadModel(createFileSource(folder));
    loaded.push(model);
    return model;
  };
  const dispose = () => {
    for (const model of loaded) model.dispose();
  };
  try {
    const heads = await load(classifier, 'classifier');
    const network =
      upscaling === 'super-resolution'
        ? redNetFromModel(await load(redNet, 'super-resolution'))
        : undefined;
    try {
      const ready = classifierFromModel(heads, detector, network);
      if (!ready.kinds.includes(upscaling)) {
        throw new UserError(`The model in ${classifier} has no head for --upscaling ${upscaling}.`);
      }
      return {
        classifier: ready,
        async refine(picture, found, limits) {
          let detections: readonly Detection[] = found.detections;
          const options = { ...definedOnly(limits), upscaling, proposals, batchSize: BATCH_SIZE };
          for await (const batch of reclassify(ready, picture, found, options)) {
            detections = batch.detections;
          }
          return detections;
        },
        dispose() {
          network?.dispose();
          dispose();
        },
      };
    } catch (error) {
      network?.dispose();
      throw error;
    }
  } catch (error) {
    dispose();
    throw error;
  }
}
