/**
 * Recall of proposals: what counts is whether an object has a proposal, not which class it is.
 */
import { describe, expect, it } from 'vitest';
import { parseGroundTruth, parseResults } from '../../src/core/evaluation/cocoJson.ts';
import { proposalRecall } from '../../src/core/evaluation/recall.ts';
import { cocoCases } from './fixtures.ts';

/** A cup under 1 % of the picture and a clock of 25 %. */
const TRUTH = {
  images: [{ id: 1, width: 100, height: 100 }],
  categories: [
    { id: 1, name: 'cup' },
    { id: 2, name: 'clock' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [0, 0, 9, 9] },
    { id: 2, image_id: 1, category_id: 2, bbox: [50, 50, 50, 50], area: 40 },
  ],
};

const proposal = (bbox: number[], score: number) => ({ image_id: 1, category_id: 0, bbox, score });

describe('proposal recall', () => {
  it('looks at so many proposals of each image, best objectness first', () => {
    const misses = Array.from({ length: 100 }, () => proposal([20, 20, 5, 5], 0.9));
    const proposals = parseResults([
      ...misses,
      proposal([0, 0, 9, 9], 0.5),
      proposal([50, 50, 50, 50], 0.95),
    ]);
    expect(proposalRecall(parseGroundTruth(TRUTH), proposals)).toEqual([
      { proposals: 100, recall: 0.5, recallSmall: 0 },
      { proposals: 300, recall: 1, recallSmall: 1 },
      { proposals: 1000, recall: 1, recallSmall: 1 },
    ]);
  });

  it('small is the box, not its outline: a thin object in a large box is large', () => {
    const proposals = parseResults([proposal([50, 50, 50, 50], 0.5)]);
    const [first] = proposalRecall(parseGroundTruth(TRUTH), proposals);
    expect(first).toEqual({ proposals: 100, recall: 0.5, recallSmall: 0 });
  });

  it('is -1 for small objects where the images have no size', () => {
    const truth = parseGroundTruth({ ...TRUTH, images: [{ id: 1 }] });
    expect(proposalRecall(truth, []).map(({ recallSmall }) => recallSmall)).toEqual([-1, -1, -1]);
  });

  it('never falls with more proposals', () => {
    for (const { ground_truth, detections } of cocoCases()) {
      const rows = proposalRecall(
        parseGroundTruth(ground_truth),
        parseResults(detections),
        [1, 3, 10, 100],
      );
      const recalls = rows.map(({ recall }) => recall);
      expect(recalls).toEqual(recalls.toSorted((a, b) => a - b));
    }
  });
});
