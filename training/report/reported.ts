/**
 * What the report is about, in words: which experiments, what is claimed of them, how the data
 * differs from the paper's, and what is known of the paper's own figures. Numbers of ours are never
 * written here; they come from the records of the runs.
 */
import type { Results } from '../../src/core/results/schema.ts';

export interface ReportedExperiment {
  /** its file in training/experiments, and the folder of its records */
  readonly name: string;
  readonly title: string;
  /** by name of a variant, for people */
  readonly variants: Readonly<Record<string, string>>;
  /** what is compared, system first */
  readonly claims: readonly (readonly [system: string, baseline: string])[];
  /** sets that claims are also made over, together */
  readonly together: readonly string[];
  /** whether the paper's own table has these rows, and figures by set, variant and class */
  readonly inPaper: readonly string[];
  /** an experiment on reclassification: AP is also told weighted by the classes' objects */
  readonly weighted?: boolean;
}

export const REPORTED: readonly ReportedExperiment[] = [
  {
    name: 'table-1',
    title: 'Table I: anchor sets',
    variants: {
      'faster-rcnn': 'Faster R-CNN {128, 256, 512}',
      chen: 'Chen {16, 40, 100}',
      paper: 'Paper {16, 25, 32, 45, 64, 90}',
      'paper-plus': 'Paper and {40, 100}',
    },
    claims: [
      ['chen', 'faster-rcnn'],
      ['paper', 'chen'],
      ['paper-plus', 'paper'],
    ],
    together: ['nyu_small', 'sod_coco10'],
    inPaper: ['nyu_small'],
  },
  {
    name: 'placement',
    title: 'Where the RPN slides',
    variants: {
      'conv3-3': 'conv3_3 (stride 4)',
      'conv4-3': 'conv4_3 (stride 8)',
      'conv5-3': 'conv5_3 (stride 16)',
    },
    claims: [
      ['conv4-3', 'conv5-3'],
      ['conv3-3', 'conv4-3'],
      ['conv3-3', 'conv5-3'],
    ],
    together: ['nyu_small', 'sod_coco10'],
    inPaper: [],
  },
  {
    name: 'table-2',
    title: 'Table II: sharpen, then decide',
    variants: {
      'faster-rcnn': 'Faster R-CNN end to end',
      'bicubic-alone': 'RPN and bicubic, alone',
      'super-resolution-alone': 'RPN and super-resolution, alone',
      bicubic: 'RPN and bicubic',
      'super-resolution': 'RPN and super-resolution',
    },
    claims: [
      ['bicubic', 'faster-rcnn'],
      ['super-resolution', 'bicubic'],
      ['super-resolution', 'faster-rcnn'],
      ['super-resolution-alone', 'bicubic-alone'],
    ],
    together: ['nyu_small', 'sod_coco10', 'doordetect'],
    inPaper: ['nyu_small'],
    weighted: true,
  },
];

/** How each set differs from the paper's data. */
export const SETS: Readonly<Record<string, { readonly title: string; readonly note: string }>> = {
  nyu_small: {
    title: 'nyu_small (ten classes)',
    note:
      "The paper's own ten classes, but in 848 video frames of rooms (NYU Depth v2, 624 x 468) " +
      "instead of the 4,925 photos of the paper's Small Object Dataset (COCO and SUN), which could " +
      'not be obtained: fewer examples, smaller and blurrier objects, boxes taken from label maps, ' +
      'some objects unlabelled. Five of the ten classes have at most 12 objects in test.',
  },
  sod_coco10: {
    title: 'sod_coco10',
    note:
      'Photos of COCO 2017 as in the paper, but 1,326 of them and with ten classes that COCO labels; ' +
      "mouse, cell phone (the paper's telephone) and clock are the paper's, the other seven are not. " +
      'A third of the boxes is larger than 1 % of the photo.',
  },
  doordetect: {
    title: 'doordetect (handle)',
    note:
      "One class, door and cabinet handles, none of the paper's: the tiniest objects (92 % of the " +
      'boxes are under 1 % of the photo, half of them under 0.13 %).',
  },
};

export const PAPER: Results['paper'] = {
  citation: 'H. Krishna, C. V. Jawahar, "Improving Small Object Detection", ACPR 2017.',
  bestMap: 0.224,
  note:
    'The best mAP that the paper reports, 22.4, is on its own Small Object Dataset. Of its tables and ' +
    'figures only that number was at hand when this was written; the other figures of the paper are ' +
    'left empty here rather than guessed.',
};

/** Why a row of the paper's table is empty. */
export const PAPER_ROW_NOTE =
  "The paper's table has this row, on its own data; its figures were not at hand.";

/** Measured with other people's detectors on the same photos (design.md). */
export const YARDSTICKS: Results['yardsticks'] = [
  {
    name: 'CenterNet-MobileNetV3',
    set: 'sod_coco10',
    AP50: 0.306,
    note: "4 MB, trained on COCO's 118,000 photos; whole photos.",
  },
  {
    name: 'CenterNet-MobileNetV3, 320-px slices',
    set: 'sod_coco10',
    AP50: 0.405,
    note: 'The same network, looking at slices as well.',
  },
  {
    name: 'NanoDet-g',
    set: 'sod_coco10',
    AP50: 0.272,
    note: "Trained on COCO's 118,000 photos; whole photos.",
  },
  {
    name: 'NanoDet-g, 320-px slices',
    set: 'sod_coco10',
    AP50: 0.35,
    note: 'The same network, looking at slices as well.',
  },
];
