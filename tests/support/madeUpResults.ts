/**
 * Results as `loupe report` writes them, made up by formula: two sets, four anchor sets with one
 * seed missing, a detector that looked Fast and Fine, everything in its place. For tests of what
 * reads docs/results/results.json; the numbers mean nothing.
 */
import {
  type AtProposals,
  type Cell,
  type Curve,
  type DetectorResults,
  type ExperimentResults,
  type Results,
  resultsSchema,
} from '../../src/core/results/schema.ts';

const CLASSES: Record<string, string[]> = {
  nyu_small: ['mouse', 'telephone', 'light switch', 'outlet', 'clock', 'faucet', 'plate', 'jar'],
  sod_coco10: ['bottle', 'wine glass', 'cup', 'spoon', 'bowl', 'mouse', 'remote', 'clock', 'vase'],
};
const SETS = Object.keys(CLASSES);
const ANCHORS: [name: string, title: string, sizes: number[]][] = [
  ['faster-rcnn', 'Faster R-CNN {128, 256, 512}', [128, 256, 512]],
  ['chen', 'Chen {16, 40, 100}', [16, 40, 100]],
  ['paper', 'Paper {16, 25, 32, 45, 64, 90}', [16, 25, 32, 45, 64, 90]],
  ['paper-plus', 'Paper and {40, 100}', [16, 25, 32, 40, 45, 64, 90, 100]],
];
const PROPOSALS = [10, 20, 50, 100, 200, 300, 500, 1000, 2000];
const SIZES = ['all', 'below 0.25 %', '0.25 to 1 %', 'above 1 %'];

const four = (value: number) => Math.round(value * 1e4) / 1e4;
/** Falls from 1 at recall 0 to nothing at `end`. */
const curve = (name: string, end: number): Curve => {
  const recall = Array.from({ length: 50 }, (_, at) => four((at / 49) * end));
  const precision = recall.map((value) => four((1 - value / end) ** 0.7));
  return { class: name, recall, precision };
};

function atProposals(strength: number, proposals: number): AtProposals {
  const share = (factor: number) =>
    four(Math.min(1, strength * factor * (1 - Math.exp(-proposals / 180))));
  return {
    proposals,
    AP50: share(0.5),
    VOC: share(0.52),
    recall: Object.fromEntries(SIZES.map((size, at) => [size, share(1.6 - 0.3 * ((at + 3) % 4))])),
  };
}

function cell(set: string, variant: number): Cell {
  const classes = CLASSES[set] as string[];
  const strength = 0.12 + 0.09 * Math.min(variant, 2) + (set === 'nyu_small' ? 0 : 0.05);
  const ofClass = (value: number, at: number) => four(value * (1.4 - at / classes.length));
  const curves = PROPOSALS.map((count) => atProposals(strength, count));
  const at300 = curves[5] as AtProposals;
  const mean = at300.AP50 as number;
  return {
    variant: ANCHORS[variant]?.[0] as string,
    set,
    seeds: variant === 3 ? [1, 2] : [1, 2, 3],
    missing: variant === 3 ? [3] : [],
    AP50: { estimate: mean, low: four(mean * 0.8), high: four(mean * 1.25) },
    VOC: at300.VOC,
    recall: at300.recall,
    perClass: classes.map((_, at) => ({ AP50: ofClass(mean, at), VOC: ofClass(mean, at) })),
    atProposals: curves.map((point) => ({
      ...point,
      perClass: classes.map((_, at) => ofClass(point.AP50 as number, at)),
    })),
    perSeed: (variant === 3 ? [0.95, 1.05] : [0.93, 1, 1.07]).map((factor) =>
      PROPOSALS.map((count) => atProposals(strength * factor, count)),
    ),
    curves: classes.map((name, at) => curve(name, Math.min(1, ofClass(mean, at) * 2))),
    paper:
      set === 'nyu_small' && variant < 3
        ? {
            mAP: four(0.12 + variant * 0.05),
            perClass: classes.map((_, at) => (at === 1 ? null : four(0.3 - at / 50))),
            note: 'Table I',
          }
        : null,
  };
}

const difference = (system: string, baseline: string, sets: string[], estimate: number) => ({
  system,
  baseline,
  sets: sets.map((name) => ({ name, images: 100, seeds: [1, 2, 3] })),
  estimate,
  low: four(estimate - 0.02),
  high: four(estimate + 0.025),
  atOrBelowZero: 0.0004,
  resamples: 10_000,
});

function experiment(): ExperimentResults {
  return {
    name: 'table-1',
    title: 'Table I: anchor sets',
    description: 'Four anchor sets on conv5_3, the same iterations each, on a frozen VGG16.',
    split: 'test',
    proposals: 300,
    iterations: 2000,
    seeds: [1, 2, 3],
    variants: ANCHORS.map(([name, title, anchorSizes]) => ({
      name,
      title,
      anchorSizes,
      tap: 'conv5_3',
      stride: 16,
    })),
    sets: SETS,
    cells: SETS.flatMap((set) => ANCHORS.map((_, variant) => cell(set, variant))),
    differences: [
      difference('chen', 'faster-rcnn', SETS, 0.041),
      difference('paper', 'chen', SETS, 0.033),
      difference('paper-plus', 'paper', SETS, 0.001),
      difference('paper', 'chen', ['sod_coco10'], 0.028),
    ],
    work: SETS.map((set) => ({
      set,
      runs: 11,
      hours: 9.4,
      engines: ['tensorflow'],
      commits: ['0123456789ab'],
      dataHash: 'ba9876543210',
    })),
    missing: SETS.map((set) => `paper-plus.${set}.seed-3`),
  };
}

function detector(set: string, look: 'Fast' | 'Fine'): DetectorResults {
  const classes = CLASSES[set] as string[];
  const AP50 = (set === 'sod_coco10' ? 0.17 : 0.05) * (look === 'Fine' ? 1.2 : 1);
  const size = (name: string, unit: 'image' | 'pixels', factor: number) => ({
    name,
    unit,
    objects: 120,
    AP50: four(AP50 * factor),
    recall: four(Math.min(1, 2.4 * AP50 * factor)),
  });
  const kinds = ['classification', 'localisation', 'both', 'duplicate', 'background', 'missed'];
  return {
    model: 'household',
    set,
    split: 'test',
    look,
    photos: 101,
    objects: 430,
    AP50: { estimate: four(AP50), low: four(AP50 * 0.8), high: four(AP50 * 1.3) },
    AP: four(AP50 * 0.42),
    VOC: four(AP50 * 1.02),
    perClass: classes.map((name, at) => ({
      class: name,
      objects: 60 - 4 * at,
      AP50: at === 3 ? null : four(AP50 * (1.5 - at / 9)),
      VOC: at === 3 ? null : four(AP50 * (1.5 - at / 9)),
    })),
    bySize: [
      size('below 0.25 %', 'image', 0.6),
      size('0.25 to 1 %', 'image', 0.9),
      size('above 1 %', 'image', 1.4),
      size('small', 'pixels', 0.7),
      size('medium', 'pixels', 1.2),
      { ...size('large', 'pixels', 1), AP50: null, recall: null },
    ],
    recall: [
      { proposals: 100, all: 0.576, small: 0.479 },
      { proposals: 300, all: 0.698, small: 0.607 },
    ],
    errors: {
      ap: four(AP50),
      errors: kinds.map((type, at) => ({ type, count: 300 - 40 * at, dAP: four(0.09 / (at + 1)) })),
      falsePositives: 0.31,
      falseNegatives: 0.24,
    },
    curves: classes.map((name, at) => {
      const { recall, precision } = curve(name, 0.75 - at / 20);
      return { class: name, recall, precision, score: recall.map((value) => four(0.95 - value)) };
    }),
  };
}

/** The whole file, checked as the app checks it. */
export function madeUpResults(): Results {
  const edges = Array.from({ length: 25 }, (_, at) => four(8 * 2 ** (at / 4)));
  const bins = edges.slice(1).map((edge, bin) => Math.sqrt(edge * (edges[bin] as number)));
  return resultsSchema.parse({
    format: 1,
    paper: {
      citation: 'Krishna and Jawahar, "Improving Small Object Detection", ACPR 2017.',
      bestMap: 0.224,
      note: 'Table I was read from the paper; its other figures are plots.',
    },
    sets: SETS.map((name) => ({
      name,
      title: name === 'nyu_small' ? 'NYU small objects' : 'Small objects of COCO',
      note: 'Its photos are not the paper’s.',
      classes: CLASSES[name],
      photos: 101,
      objects: 430,
    })),
    experiments: [experiment()],
    sizes: {
      workingSize: 640,
      edges,
      sets: SETS.map((name) => ({
        name,
        counts: {
          train: bins.map((side) => Math.round(180 * Math.exp(-(Math.log2(side / 40) ** 2)))),
          test: bins.map((side) => Math.round(30 * Math.exp(-(Math.log2(side / 36) ** 2)))),
        },
      })),
      anchors: ANCHORS.map(([name, title, sizes]) => ({
        name,
        title,
        sizes,
        stride: 16,
        reach: sizes.map((side) => [side * 0.8, side * 1.4]),
        positions: bins.map((side) =>
          four(
            Math.max(0, ...sizes.map((one) => 1 - Math.abs(Math.log2(one / side)) - 4 / side, 0)),
          ),
        ),
      })),
    },
    detector: SETS.flatMap((set) => [detector(set, 'Fast'), detector(set, 'Fine')]),
    detectorDifferences: SETS.map((name) => difference('Fine', 'Fast', [name], 0.03)),
    yardsticks: [
      { name: 'CenterNet-MobileNetV3', set: 'sod_coco10', AP50: 0.306, note: '118,000 photos' },
    ],
    tried: {
      set: 'sod_coco10',
      split: 'val',
      photos: 92,
      rows: [
        {
          change: 'first model, 640 px',
          AP50: 0.152,
          low: null,
          high: null,
          recall: 0.491,
          recallSmall: 0.34,
          kept: false,
          note: '',
        },
        {
          change: '480 and 960 px, merged',
          AP50: 0.199,
          low: 0.158,
          high: 0.26,
          recall: null,
          recallSmall: null,
          kept: true,
          note: 'Fine.',
        },
      ],
    },
    throughput: [
      {
        what: 'a step of the RoI heads',
        engine: 'tensorflow',
        stepGflop: 80,
        stepSeconds: 1.1,
        convolutionGflops: 110,
        share: 0.66,
        note: '',
      },
    ],
  });
}
