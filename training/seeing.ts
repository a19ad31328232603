/**
 * From options to a pair of eyes: the detector and what classifies again, loaded once, and the function that
 * looks at a photo with them. The process and its workers load the same.
 */
import { detectorConfigOf, detectorFromModel } from '../src/core/detection/fromModel.ts';
import { type Look, looksOf } from '../src/core/detection/looks.ts';
import type { DetectOptions } from '../src/core/detection/options.ts';
import type { DetectorClass } from '../src/core/detection/types.ts';
import { loadModel } from '../src/core/models/loader.ts';
import {
  loadReclassifying,
  type Reclassifying,
  type ReclassifyingOptions,
} from './classifier/reclassifying.ts';
import { type See, seeWith } from './detecting.ts';
import { prepareDetection } from './engine.ts';
import { createFileSource } from './fileSource.ts';

/** Plain data. */
export interface SeeingSetup {
  /** the detector's folder */
  readonly model: string;
  /** as the model's manifest says for "Fine"; else by what follows, or as the model was trained */
  readonly fine: boolean;
  readonly size?: number | undefined;
  readonly slices: boolean;
  readonly options: DetectOptions;
  /** left out, nothing is classified again */
  readonly again?: ReclassifyingOptions | undefined;
}

export interface Seeing {
  /** the model's, for people */
  readonly name: string;
  readonly classes: readonly DetectorClass[];
  readonly see: See;
  dispose(): void;
}

/**
 * Loads what it takes; the tfjs backend must be set.
 * @throws UserError where a model is not there; ModelError for one that is no good or does not fit
 */
export async function loadSeeing(setup: SeeingSetup): Promise<Seeing> {
  prepareDetection();
  const model = await loadModel(createFileSource(setup.model));
  let again: Reclassifying | undefined;
  const dispose = () => {
    again?.dispose();
    model.dispose();
  };
  try {
    const { manifest } = model;
    const detector = detectorFromModel(model);
    if (setup.again) again = await loadReclassifying(setup.again, { network: detector, manifest });
    const look: Look = setup.fine
      ? looksOf(detectorConfigOf(manifest)).fine
      : { workingSize: setup.size ?? detector.workingSize, slices: setup.slices };
    const see = seeWith(detector, look, setup.options, again?.refine);
    return { name: manifest.name, classes: detector.classes, see, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
