/**
 * A system of Table II: what it finds in a photo when so many of the detector's proposals are classified
 * again. Candidates and features of crops come from the caches; the largest number of proposals is
 * classified once, and smaller numbers take the first of them.
 */
import { packBoxes } from '../../src/core/boxes/box.ts';
import type { WeightMap } from '../../src/core/models/weights.ts';
import {
  boxesToClassify,
  type ClassifiedPhoto,
  classifyPhoto,
  mergedDetections,
  type ScoringSource,
} from '../classifier/scoring.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import type { Found, Seeing } from '../experiment/cachedDetector.ts';
import type { Reclassification, ReclassifiedVariant } from './schema.ts';

export class ReclassifyingSystem {
  /**
   * @param heads of all kinds, as the core reads them; stay the caller's
   * @param classes names of the set's own classes: labels are places among them
   */
  constructor(
    private readonly variant: ReclassifiedVariant,
    private readonly merge: Reclassification['config']['merge'],
    private readonly heads: WeightMap,
    private readonly source: ScoringSource,
    private readonly classes: readonly string[],
  ) {}

  /**
   * Looks at one photo.
   *
   * @param counts numbers of proposals, rising
   * @returns the proposals in the order in which they are classified again
   * @throws UserError when the photo cannot be read
   */
  async look(
    photo: TrainingPhoto,
    { proposals: counts }: { readonly proposals: readonly number[] },
  ): Promise<Seeing> {
    const { upscaling } = this.variant;
    const most = counts.at(-1) as number;
    const candidates = await this.source.candidates.get(photo);
    const { places, boxes } = boxesToClassify(candidates, most);
    const classified: ClassifiedPhoto =
      upscaling === 'none'
        ? { candidates, scores: new Map() }
        : await classifyPhoto(photo, upscaling, this.heads, { ...this.source, proposals: most });
    return {
      proposals: packBoxes(boxes),
      // Only their order counts: recall is told of the first so many.
      objectness: Float32Array.from(places, (_, rank) => 1 / (1 + rank)),
      detections: counts.map((count) => this.detections(classified, places.slice(0, count))),
    };
  }

  private detections({ candidates, scores }: ClassifiedPhoto, places: readonly number[]): Found[] {
    const some = new Map([...scores].filter(([place]) => places.includes(place)));
    const merge = this.variant.merge ?? this.merge;
    return mergedDetections({ candidates, scores: some }, merge).flatMap(
      ({ box, score, className }) => {
        const label = this.classes.indexOf(className);
        return label < 0 ? [] : [{ box, score, label }];
      },
    );
  }
}
