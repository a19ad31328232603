/** A model as the worker sums it up, for tests of what is around the network. */
import type { ModelSummary } from '../../src/worker/protocol.ts';

/** Seven kinds of object and one that is not shown, measured on one data set of two. */
export function madeUpSummary(changes: Partial<ModelSummary> = {}): ModelSummary {
  const names = ['bottle', 'cup', 'bowl', 'cell phone', 'mouse', 'remote', 'spoon'];
  const perClass = names.map((name, index) => ({ name, AP50: 0.3 - index / 25, AP: 0.1 }));
  return {
    name: 'household',
    title: 'Household objects',
    classes: [
      ...names.map((name, index) => ({ id: index + 1, name, shown: true })),
      { id: 99, name: 'door', shown: false },
    ],
    attribution: 'VGG16 weights by the Visual Geometry Group, University of Oxford, CC BY 4.0.',
    bytes: 48_300_000,
    looks: {
      fast: { workingSize: 640, slices: false },
      fine: { workingSize: 960, slices: false },
      fineCost: 2.25,
    },
    data: [
      {
        name: 'sod_coco10',
        labels: names,
        measured: [
          { split: 'val', images: 98, AP50: 0.152, AP: 0.066, voc: 0.15, perClass },
          { split: 'test', images: 101, AP50: 0.179, AP: 0.078, voc: 0.18, perClass },
        ],
      },
      { name: 'doordetect', labels: ['door'], measured: [] },
    ],
    ...changes,
  };
}
