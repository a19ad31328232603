/**
 * A made-up detector for the tests of several passes: it sees every object of its picture, cut where the
 * picture ends, and knows by the pixels which part of a map it is shown.
 */
import type { Box } from '../../src/core/boxes/box.ts';
import type { FasterRcnn } from '../../src/core/detection/fasterRcnn.ts';
import type { Proposed } from '../../src/core/detection/pass.ts';
import { toTile } from '../../src/core/detection/slices.ts';
import { StageClock } from '../../src/core/detection/stages.ts';
import type { Picture } from '../../src/core/detection/types.ts';

const NOTHING = new Float32Array();

/** Red and green of the map's pixels say where they are: so a detector knows which part it sees. */
export function mapPicture(width: number, height: number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 0], 3 * i);
  return { width, height, channels: 3, data };
}

/**
 * Sees each object that its picture shows, as far as it shows it, each with a class of its own.
 * @param blindWhole whether it sees nothing in the whole map, as a network does not see the tiny
 */
export function allSeeing(objects: readonly Box[], map: Picture, blindWhole = false) {
  const see: FasterRcnn['see'] = async (picture, options, clock) => {
    const [left = 0, top = 0] = picture.data;
    await options.onProgress?.(0.5);
    options.signal?.throwIfAborted();
    await options.onProgress?.(0.9);
    clock.mark('trunk');
    const blind = blindWhole && picture.width === map.width;
    const seen = blind
      ? []
      : objects.map((box, label) => ({
          label,
          box: toTile(box, { left, top, width: 0, height: 0 }),
        }));
    const inside = seen.flatMap(({ label, box: [x1, y1, x2, y2] }) => {
      const box: Box = [
        Math.max(0, x1),
        Math.max(0, y1),
        Math.min(picture.width, x2),
        Math.min(picture.height, y2),
      ];
      return box[2] > box[0] && box[3] > box[1] ? [{ label, box }] : [];
    });
    let chosen: readonly number[] = [];
    const proposed: Proposed = {
      proposals: inside.map(({ label, box }) => ({ box, anchor: box, objectness: label / 100 })),
      score: (places) => {
        chosen = places;
        return null;
      },
      select: () =>
        chosen.map((place, proposal) => {
          const { label, box } = inside[place] as { label: number; box: Box };
          return { box, label, className: `object ${label}`, score: 0.9 - label / 100, proposal };
        }),
    };
    const nothing = { wanted: null, madeUp: () => NOTHING, dispose: () => {} };
    return { ...nothing, propose: () => proposed };
  };
  const detect: FasterRcnn['detect'] = async (picture, options = {}) => {
    const clock = new StageClock();
    const { proposals, score, select } = (await see(picture, options, clock)).propose(NOTHING);
    score(proposals.map((_, index) => index));
    return { detections: select(NOTHING), proposals, stages: [] };
  };
  return { detect, see };
}
