/**
 * Which crops of a training photo the classifier learns from: its objects, once as they were drawn,
 * moved a little, and once as a proposal of the detector reaches them; and background, which is what
 * the detector itself proposes there, half of it what it is most sure of. Which ones follows from the
 * photo and the seed alone, whatever other photos there are: features that are cached stay of use.
 */
import { type Box, type Boxes, boxAt, packBoxes } from '../../src/core/boxes/box.ts';
import { proposalsToClassify } from '../../src/core/classification/merge.ts';
import { BACKGROUND, matchBoxes, ROI_MATCHER } from '../../src/core/detection/matcher.ts';
import type { TrainingPhoto } from '../detector/dataset.ts';
import { permutation, seededRandom } from '../detector/random.ts';
import type { Candidates } from './candidates.ts';
import type { SamplingConfig } from './config.ts';

/** Crops of a photo, to be cut and learned. */
export interface PhotoSamples {
  readonly boxes: readonly Box[];
  /** 0 is background, k the class k - 1 */
  readonly targets: readonly number[];
}

/** Chooses the crops of a photo. Each photo has its own dice. */
export function samplesOf(
  photo: TrainingPhoto,
  { proposals, detections }: Candidates,
  config: SamplingConfig,
): PhotoSamples {
  const letters = [...photo.key].map((letter) => letter.codePointAt(0) as number);
  const random = seededRandom(config.seed, ...letters);
  const best = proposals.slice(0, config.proposals).map(({ box }) => box);
  const matches = matchBoxes(packBoxes(best), photo.boxes, photo.ignored, ROI_MATCHER);
  const reached = new Map<number, number[]>();
  matches.forEach((object, place) => {
    if (object < 0) return;
    reached.set(object, [...(reached.get(object) ?? []), place]);
  });
  const boxes: Box[] = [];
  const targets: number[] = [];
  const add = (box: Box, target: number) => {
    boxes.push(box);
    targets.push(target);
  };
  const order = permutation(photo.labels.length, config.seed, ...letters, 1);
  for (const object of order) {
    const target = (photo.labels[object] as number) + 1;
    const places = reached.get(object) ?? [];
    const place = places[Math.floor(random() * places.length)];
    if (boxes.length < config.objects)
      add(jittered(photo.boxes, object, config.jitter, random), target);
    if (place !== undefined && boxes.length < config.objects) add(best[place] as Box, target);
  }
  for (const place of backgroundsOf(matches, detections, config.backgrounds, random)) {
    add(best[place] as Box, 0);
  }
  return { boxes, targets };
}

/** Half of them, or as many as there are, where the detector is most sure; the others anywhere. */
function backgroundsOf(
  matches: Int32Array,
  detections: Candidates['detections'],
  count: number,
  random: () => number,
): number[] {
  const isBackground = (place: number) => matches[place] === BACKGROUND;
  const sure = proposalsToClassify(detections, Number.POSITIVE_INFINITY).filter(isBackground);
  const chosen = new Set(sure.slice(0, Math.ceil(count / 2)));
  const rest = Array.from(matches, (_, place) => place).filter(
    (place) => isBackground(place) && !chosen.has(place),
  );
  while (chosen.size < count && rest.length > 0) {
    const [place] = rest.splice(Math.floor(random() * rest.length), 1);
    chosen.add(place as number);
  }
  return [...chosen];
}

/** The box moved and resized, each by up to a share of its sides. */
function jittered(boxes: Boxes, index: number, share: number, random: () => number): Box {
  const [x1, y1, x2, y2] = boxAt(boxes, index);
  const shake = () => share * (2 * random() - 1);
  const [width, height] = [x2 - x1, y2 - y1];
  const [x, y] = [(x1 + x2) / 2 + shake() * width, (y1 + y2) / 2 + shake() * height];
  const [halfWidth, halfHeight] = [(width / 2) * (1 + shake()), (height / 2) * (1 + shake())];
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight];
}
