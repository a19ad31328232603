/**
 * The second half of the paper in the worker: regions enlarged by bicubic interpolation and RED-Net,
 * and proposals classified again on what that gives. Its two models are fetched when they are first
 * asked for and kept; the trunk is the detector's own. It computes a tile or a batch at a time and lets
 * others have their turn in between, so that a click is answered while a long list is worked through.
 */
import type { Box } from '../core/boxes/box.ts';
import {
  type ClassifierConfig,
  classifierConfigSchema,
  type HeadKind,
} from '../core/classification/config.ts';
import { classifierFromModel } from '../core/classification/fromModel.ts';
import {
  BATCH_SIZE,
  type ClassifiedProposal,
  type ProposalClassifier,
} from '../core/classification/proposalClassifier.ts';
import { Reclassification } from '../core/classification/reclassify.ts';
import type { Cut } from '../core/classification/sight.ts';
import { BACKGROUND } from '../core/detection/explain.ts';
import type { DetectionResult } from '../core/detection/fasterRcnn.ts';
import type { DetectorClass, Picture } from '../core/detection/types.ts';
import type { LoadedModel } from '../core/models/loader.ts';
import { redNetFromModel } from '../core/superResolution/fromModel.ts';
import type { RedNet } from '../core/superResolution/redNet.ts';
import { upscaleRegion } from '../core/superResolution/upscaleRegion.ts';
import { prepareShaders } from '../engine/compileAhead.ts';
import type { StageCost } from '../engine/costs.ts';
import { measureStages } from '../engine/instrument.ts';
import { breath } from './breath.ts';
import { type Helpers, kindOf } from './helpers.ts';
import { downloadModel, type LoadedDetector } from './loadDetector.ts';
import type { ClassScore, Pixels, ReclassifiedBatch, SecondLook, Verdict } from './protocol.ts';
import { type Batch, classifyTogether } from './secondLook.ts';
import { eitherOf, SharedTask } from './sharedTask.ts';
import type {
  ClassifiedCuts,
  ClassifyCall,
  CutsCall,
  EnlargeCall,
  ReclassifyCall,
  Report,
  SecondModels,
} from './wire.ts';

interface Context {
  readonly report: Report;
  readonly signal: AbortSignal;
}

export class Sharpening {
  private readonly redNets = new Map<string, SharedTask<RedNet>>();
  private readonly heads = new Map<string, SharedTask<LoadedModel>>();
  /** How many crops of a side are classified at once. */
  batchSize: (side: number) => number = () => BATCH_SIZE;
  /** The kinds of second looks whose shaders have been made. */
  private readonly prepared = new Set<string>();
  /** Other workers that take batches of a second look, where there are any. */
  helpers: Helpers | undefined;

  /** @param inTurn lets no two pieces of work compute at once */
  constructor(private readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>) {}

  /** @throws ModelError, NotFiniteError, the signal's reason */
  async enlarge(
    picture: Picture,
    { region, scale, method, redNet: place }: EnlargeCall,
    { report, signal }: Context,
  ): Promise<Pixels> {
    const redNet = method === 'redNet' ? await this.redNet(place, report, signal) : undefined;
    const message = method === 'redNet' ? 'Sharpening' : 'Enlarging';
    report({ stage: 'sharpen', within: 0, message });
    const onProgress = (within: number) => {
      report({ stage: 'sharpen', within, message });
      return breath();
    };
    const options = { redNet, signal, onProgress };
    const data = await this.inTurn(() => upscaleRegion(picture, region, scale, options));
    return { width: scale * region.width, height: scale * region.height, data };
  }

  /** @throws ModelError, NotFiniteError, the signal's reason */
  async classify(
    picture: Picture,
    model: LoadedDetector,
    request: ClassifyCall,
    context: Context,
  ): Promise<Verdict> {
    const classifier = await this.classifier(model, request, context);
    const tell = this.teller(context.report);
    const { signal } = context;
    const { upscaling } = request;
    const onProgress = (within: number) => {
      tell(within);
      return breath();
    };
    const options = { upscaling, crops: true, signal, onProgress };
    const batches = classifier.classify(picture, [request.box], options);
    const { value } = await this.inTurn(() => batches.next());
    const [one] = value as ClassifiedProposal[];
    return verdict(one as ClassifiedProposal, classifier.classes);
  }

  /**
   * Classifies a run's best proposals again, and tells how many.
   * @param run with its less certain detections, too (core's CANDIDATE_OPTIONS)
   * @param stillThere throws when the detector has been let go between two batches
   * @throws ModelError, NotFiniteError, the signal's reason
   */
  async reclassify(
    picture: Picture,
    model: LoadedDetector,
    run: Pick<DetectionResult, 'detections' | 'proposals'>,
    request: ReclassifyCall & { readonly scoreThreshold: number },
    context: Context & {
      readonly stillThere: () => void;
      readonly onBatch: (batch: ReclassifiedBatch) => void;
    },
  ): Promise<number> {
    const classifier = await this.classifier(model, request, context);
    const { upscaling, cropFactor } = request;
    const batchSize = this.batchSize(classifier.config.crop.side);
    const again = new Reclassification(run, request, classifier.config.merge);
    const tell = this.teller(context.report);
    const stop = new AbortController();
    const signal = eitherOf(stop, context.signal);
    const cut = (boxes: readonly Box[]) => classifier.cut(picture, boxes, upscaling);
    const { helpers: others } = this;
    const own = ({ boxes, report }: Batch) =>
      this.inTurn(() => {
        context.stillThere();
        const work = () => classifyMeasured(classifier, upscaling, cut(boxes), { report, signal });
        return others ? others.pace.ofOne(kindOf(request), boxes.length, work) : work();
      });
    const helpers = (others?.take(model.place) ?? []).map(async (starting) => {
      const help = await starting;
      return ({ boxes, report }: Batch) => {
        return help({ upscaling, cropFactor, cuts: cut(boxes) }, report, signal);
      };
    });
    let classified = 0;
    try {
      const batches = classifyTogether(again.boxes, batchSize, own, helpers, tell);
      for await (const { cost, classified: some } of batches) {
        const { classified: placed, detections, done, total } = again.add(some);
        const decided = placed.map((one) => ({
          proposal: one.index,
          decision: scoresOf(one, classifier.classes)[0] as ClassScore,
        }));
        context.onBatch({ detections: [...detections], done, total, decided, cost });
        classified = done;
      }
      return classified;
    } finally {
      stop.abort(); // nobody waits for what helpers still compute
      others?.rest();
    }
  }

  /**
   * Classifies a batch that another worker has cut out.
   * @throws ModelError, NotFiniteError, the signal's reason
   */
  async classifyCuts(
    model: LoadedDetector,
    request: CutsCall,
    context: Context,
  ): Promise<ClassifiedCuts> {
    const classifier = await this.classifier(model, request, context);
    const { upscaling, cuts } = request;
    return this.inTurn(() => classifyMeasured(classifier, upscaling, cuts, context));
  }

  /** Begins to tell how far a second look is. */
  private teller(report: Report): (within: number) => void {
    const message = 'Looking again, sharpened';
    const tell = (within: number) => report({ stage: 'sharpen', within, message });
    tell(0);
    return tell;
  }

  private async classifier(
    { detector, manifest }: LoadedDetector,
    look: SecondLook & SecondModels,
    { report, signal }: Context,
  ): Promise<ProposalClassifier> {
    const heads = await shared(this.heads, look.classifier.url, (report, signal) =>
      downloadModel(look.classifier, 'the classifier', report, signal, { inTurn: this.inTurn }),
    ).join(report, signal);
    const redNet =
      look.upscaling === 'super-resolution'
        ? await this.redNet(look.redNet, report, signal)
        : undefined;
    const model = { ...heads, manifest: withLargerCrops(heads, look.cropFactor) };
    const classifier = classifierFromModel(model, { network: detector, manifest }, redNet);
    const kind = [look.classifier.url, look.upscaling, look.cropFactor].join(' ');
    if (!this.prepared.has(kind)) {
      const { upscaling } = look;
      const batchSize = this.batchSize(classifier.config.crop.side);
      await this.inTurn(() =>
        prepareShaders(() => classifier.rehearse(upscaling, batchSize, signal), signal),
      );
      this.prepared.add(kind);
    }
    return classifier;
  }

  private redNet(place: { readonly url: string }, report: Report, signal: AbortSignal) {
    const task = shared(this.redNets, place.url, async (report, signal) => {
      const { inTurn } = this;
      const what = 'the super-resolution model';
      const model = await downloadModel(place, what, report, signal, { inTurn });
      try {
        return await inTurn(async () => redNetFromModel(model)); // it folds kernels
      } catch (error) {
        model.dispose();
        throw error;
      }
    });
    return task.join(report, signal);
  }
}

/** Classifies a batch, breathing between layers, and tells what it cost. */
async function classifyMeasured(
  classifier: ProposalClassifier,
  upscaling: HeadKind,
  cuts: readonly Cut[],
  { report, signal }: Context,
): Promise<ClassifiedCuts> {
  signal.throwIfAborted();
  const { value, cost } = await measureStages(async (mark) => {
    const classified = await classifier.classifyCuts(cuts, {
      upscaling,
      signal,
      onProgress(within) {
        report({ stage: 'sharpen', within, message: '' });
        return breath();
      },
    });
    mark('second look');
    return classified;
  });
  return { classified: value, cost: cost.stages[0] as StageCost };
}

function shared<T>(
  tasks: Map<string, SharedTask<T>>,
  url: string,
  work: (report: Report, signal: AbortSignal) => Promise<T>,
): SharedTask<T> {
  const task = tasks.get(url) ?? new SharedTask(work);
  tasks.set(url, task);
  return task;
}

/** The manifest with the crops' side multiplied; whole multiples always fit the heads' bins. */
function withLargerCrops({ manifest }: LoadedModel, factor: number): LoadedModel['manifest'] {
  const config = classifierConfigSchema.safeParse(manifest.architecture);
  if (!config.success || factor === 1) return manifest; // whose turn it is to complain comes later
  const { crop } = config.data;
  const architecture: ClassifierConfig = {
    ...config.data,
    crop: { ...crop, side: crop.side * factor },
  };
  return { ...manifest, architecture };
}

function scoresOf({ scores }: ClassifiedProposal, classes: readonly DetectorClass[]): ClassScore[] {
  const all = [{ name: BACKGROUND, shown: true }, ...classes];
  return all
    .map(({ name, shown }, k) => ({ className: name, score: scores[k] as number, shown }))
    .filter(({ shown }) => shown)
    .map(({ className, score }) => ({ className, score }))
    .sort((a, b) => b.score - a.score);
}

function verdict(one: ClassifiedProposal, classes: readonly DetectorClass[]): Verdict {
  const crop = one.crop as NonNullable<ClassifiedProposal['crop']>;
  const { side } = crop;
  const rgb = crop.sharpened ?? crop.bicubic;
  const data = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let pixel = 0; pixel < side * side; pixel++) {
    for (let k = 0; k < 3; k++) data[4 * pixel + k] = rgb[3 * pixel + k] as number;
  }
  const { enlargement } = one;
  return {
    scores: scoresOf(one, classes),
    enlargement,
    sharpened: crop.sharpened !== undefined,
    crop: { width: side, height: side, data },
  };
}
