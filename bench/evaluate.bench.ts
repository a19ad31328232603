/**
 * How fast the evaluator is: 5,000 images with 100 detections each, the size of COCO's own
 * validation set, scored from the parsed files on. Prints seconds and images a second.
 *
 *   npx tsx bench/evaluate.bench.ts
 */
import { cocoStats, evaluateCoco } from '../src/core/evaluation/cocoEval.ts';
import { parseGroundTruth, parseResults } from '../src/core/evaluation/cocoJson.ts';
import { proposalRecall } from '../src/core/evaluation/recall.ts';
import { evaluateVoc } from '../src/core/evaluation/vocAp.ts';

const IMAGES = 5_000;
const DETECTIONS = 100;
const OBJECTS = 8;

/** A set with `classes` classes in which about half of the detections sit near an object. */
function syntheticSet(classes: number) {
  let state = 7;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const bbox = () => [random() * 500, random() * 400, 8 + random() * 120, 8 + random() * 80];
  const category = () => 1 + Math.floor(random() * classes);
  const images = Array.from({ length: IMAGES }, (_, i) => ({ id: i + 1, width: 640, height: 480 }));
  const annotations = images.flatMap((image) =>
    Array.from({ length: OBJECTS }, () => ({
      image_id: image.id,
      category_id: category(),
      bbox: bbox(),
      iscrowd: random() < 0.02 ? 1 : 0,
    })),
  );
  const detections = images.flatMap((image, i) =>
    Array.from({ length: DETECTIONS }, (_, d) => {
      const near = annotations[i * OBJECTS + (d % OBJECTS)];
      const hit = near && d % 2 === 0;
      return {
        image_id: image.id,
        category_id: hit ? near.category_id : category(),
        bbox: hit ? near.bbox.map((value) => value * (0.9 + 0.2 * random())) : bbox(),
        score: Math.round(random() * 10_000) / 10_000,
      };
    }),
  );
  const categories = Array.from({ length: classes }, (_, i) => ({ id: i + 1, name: `c${i + 1}` }));
  return { truth: { images, annotations, categories }, detections };
}

/** The best of three runs: the others measure what else the machine was doing. */
function time<T>(what: string, work: () => T): T {
  let seconds = Number.POSITIVE_INFINITY;
  let result: T | undefined;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    result = work();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  const rate = Math.round(IMAGES / seconds);
  console.log(`${what.padEnd(30)} ${seconds.toFixed(2)} s  ${rate.toLocaleString('en')} images/s`);
  return result as T;
}

for (const classes of [10, 80]) {
  const set = syntheticSet(classes);
  const label = (what: string) => `${what}, ${classes} classes`;
  const truth = time(label('check ground truth'), () => parseGroundTruth(set.truth));
  const results = time(label('check detections'), () =>
    parseResults(set.detections, 'bench', truth.images),
  );
  const evaluation = time(label('COCO'), () => evaluateCoco(truth, results));
  time(label('COCO summary'), () => cocoStats(evaluation));
  time(label('VOC'), () => evaluateVoc(truth, results));
  time(label('proposal recall'), () => proposalRecall(truth, results));
}
