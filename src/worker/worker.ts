/**
 * The inference worker: starts a backend, loads models, decodes photos and runs the detector, all
 * off the page's thread. One detection runs at a time; between layers the worker breathes, so that a
 * cancel or a newer photo gets through while tfjs computes.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import * as Comlink from 'comlink';
import { CANDIDATE_OPTIONS } from '../core/classification/merge.ts';
import { type DetectionPath, explainDetection } from '../core/detection/explain.ts';
import { detectWithLook } from '../core/detection/looks.ts';
import { DEFAULT_DETECTION_OPTIONS } from '../core/detection/roiHeads.ts';
import { DetectionTrace } from '../core/detection/trace.ts';
import type { Detection, Picture, Proposal } from '../core/detection/types.ts';
import { BackendUnavailable } from '../engine/backends.ts';
import { type ChosenBackend, chooseBackend } from '../engine/choose.ts';
import { gigabytesHere, helpersFor } from '../engine/cores.ts';
import { type StageCost, sumCosts } from '../engine/costs.ts';
import { cropsAtOnce } from '../engine/device.ts';
import { measureStages } from '../engine/instrument.ts';
import { breath } from './breath.ts';
import { Helpers } from './helpers.ts';
import { inTurn } from './inTurn.ts';
import { KeptRun } from './keptRun.ts';
import { describeModel, type LoadedDetector, loadDetector } from './loadDetector.ts';
import { useOwnKernels } from './ownKernels.ts';
import { decodePhoto } from './photo.ts';
import {
  BACKEND_TITLES,
  type BackendName,
  type DetectionRun,
  EngineError,
  PhotoError,
} from './protocol.ts';
import { Sharpening } from './sharpening.ts';
import {
  BackendLost,
  type DetectRequest,
  type ExplainCall,
  type Reply,
  type Report,
  toWire,
  type WorkerApi,
} from './wire.ts';

/** Everything above this score is kept; the page filters on from there without a new run. */
const KEPT_SCORE = 0.05;

/** On a GPU that many proposals are classified in the time of a few, and read back together. */
const MOST_CROPS = 32;

/** What one worker holds. A lost backend ends it: the client then starts another. */
let engine: ChosenBackend | undefined;
let loss: BackendLost | undefined;
/** Two only while a newer one is loading: the page lets the older one go once that has succeeded. */
const models = new Map<number, LoadedDetector>();
let photo: { id: number; picture: Picture } | undefined;
/** For the Anchors page. */
const keptRun = new KeptRun(inTurn);
/** The newest run, with what is not shown of it: a second look and a look inside start from here. */
let seen:
  | {
      readonly photo: number;
      readonly model: number;
      readonly trace: DetectionTrace;
      readonly detections: readonly Detection[];
      readonly proposals: readonly Proposal[];
    }
  | undefined;
const sharpening = new Sharpening(inTurn);
const calls = new Map<number, { abort: AbortController; fail: (loss: BackendLost) => void }>();

const api: WorkerApi = {
  start: (call, { backend, kernels, exclude, threads }, report) =>
    answer(call, async () => {
      const onTry = (name: BackendName) =>
        report({ stage: 'start', within: 0.2, message: `Trying ${BACKEND_TITLES[name]}` });
      engine = await chooseBackend(backend, { exclude, onTry, threads });
      const { info } = engine;
      void engine.lost.then((why) => {
        loss = new BackendLost(`${BACKEND_TITLES[info.backend]} stopped working (${why}).`);
        for (const { fail } of calls.values()) fail(loss);
      });
      // Told its threads, it is a helper itself.
      const plan = info.backend === 'wasm' && helpersFor(info.threads, gigabytesHere());
      if (plan && threads === undefined) sharpening.helpers = new Helpers(plan, kernels);
      if (info.backend === 'webgpu' && !info.software) {
        const { limits } = (tf.backend() as unknown as WebGPUBackend).device;
        sharpening.batchSize = (side) => cropsAtOnce(limits, side, MOST_CROPS);
      }
      if (kernels === 'auto') {
        // On WebGPU they are measured while the model downloads; detections wait for their turn.
        info.kernels = info.backend === 'webgpu' ? null : [];
        const installed = inTurn(() => useOwnKernels(info));
        if (info.backend === 'wasm') await installed;
      }
      report({ stage: 'start', within: 1, message: `${BACKEND_TITLES[info.backend]} is ready` });
      return info;
    }),

  model: (call, id, place, report) =>
    answer(call, async (signal) => {
      const backend = engine?.info.backend;
      const loaded = await loadDetector(place, { report, signal, backend, inTurn });
      models.set(id, loaded);
      return loaded.summary;
    }),

  describe: (call, place) => answer(call, (signal) => describeModel(place, signal)),

  open: (call, id, file) =>
    answer(call, async (signal) => {
      const { picture, bitmap, notes } = await decodePhoto(file, signal);
      signal.throwIfAborted(); // a newer one may be open by now
      photo = { id, picture };
      const { width, height } = picture;
      return { width, height, bitmap, notes };
    }),

  detect: (call, request, report) =>
    answer(call, (signal) => inTurn(() => detect(request, report, signal))),

  propose: (call, { head, ...about }, report) =>
    answer(call, async (signal) => {
      await keptRun.prepare(head, report, signal);
      return inTurn(async () => {
        const model = models.get(about.model);
        return model ? keptRun.propose(about, head, model.manifest) : null;
      });
    }),

  enlarge: (call, request, report) =>
    answer(call, async (signal) =>
      sharpening.enlarge(openPicture(request.photo), request, { report, signal }),
    ),

  classify: (call, request, report) =>
    answer(call, async (signal) =>
      sharpening.classify(openPicture(request.photo), readyModel(request.model), request, {
        report,
        signal,
      }),
    ),

  reclassify: (call, request, report, onBatch) =>
    answer(call, async (signal) => {
      const picture = openPicture(request.photo);
      const { detections, proposals } = newestRun(request.photo);
      const run = { detections: [...detections], proposals: [...proposals] };
      const stillThere = () => void readyModel(request.model);
      return sharpening.reclassify(
        picture,
        readyModel(request.model),
        run,
        { ...request, scoreThreshold: KEPT_SCORE },
        { report, signal, stillThere, onBatch },
      );
    }),

  classifyCuts: (call, request, report) =>
    answer(call, async (signal) =>
      sharpening.classifyCuts(readyModel(request.model), request, { report, signal }),
    ),

  explain: (call, request) => answer(call, () => explain(request)),

  cancel: (call) => calls.get(call)?.abort.abort(),

  release: (id) =>
    void inTurn(async () => {
      keptRun.forget(id);
      sharpening.helpers?.letGo(models.get(id)?.place);
      if (seen?.model === id) seen.trace.dispose();
      models.get(id)?.dispose();
      models.delete(id);
    }),
};

/** Gives a call its signal, ends it when the backend is lost, and packs its outcome for the way. */
async function answer<T>(
  call: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<Reply<T>> {
  const abort = new AbortController();
  try {
    const value = await new Promise<T>((resolve, reject) => {
      calls.set(call, { abort, fail: reject });
      if (loss) throw loss;
      work(abort.signal).then(resolve, reject);
    });
    const reply: Reply<T> = { ok: true, value };
    return value && typeof value === 'object' && 'bitmap' in value
      ? Comlink.transfer(reply, [value.bitmap as ImageBitmap])
      : reply;
  } catch (error) {
    const shown = error instanceof BackendUnavailable ? new EngineError(error.message) : error;
    return { ok: false, error: toWire(shown) };
  } finally {
    calls.delete(call);
  }
}

async function detect(
  request: DetectRequest,
  report: Report,
  signal: AbortSignal,
): Promise<DetectionRun> {
  signal.throwIfAborted();
  const model = readyModel(request.model);
  if (!engine) throw new EngineError(NOT_READY);
  const picture = openPicture(request.photo);
  const { width, height } = picture;
  const { detector, summary } = model;
  const { quality } = request;
  const look = summary.looks[quality];
  const message = 'Looking for objects';
  report({ stage: 'detect', within: 0, message });
  const onlooker = keptRun.watch(picture);
  const trace = new DetectionTrace();
  let [within, stages]: [number, readonly StageCost[]] = [0, []];
  let kept = 0;
  const tell = () => report({ stage: 'detect', within, message, stages });
  const { value, cost } = await measureStages(
    (onStage) =>
      detectWithLook(detector, picture, look, {
        ...CANDIDATE_OPTIONS,
        ...{ trace, signal, onStage, onFirstStage: onlooker.onFirstStage },
        onProgress(share) {
          within = share;
          tell();
          return breath();
        },
      }),
    (ended) => {
      stages = ended;
      tell();
    },
  )
    .then((done) => {
      kept = onlooker.tensors + trace.tensors;
      onlooker.keep(request.photo, request.model);
      return done;
    })
    .catch((error) => {
      trace.dispose();
      throw error;
    })
    .finally(onlooker.end);
  const { tiles, ...found } = value;
  seen?.trace.dispose();
  seen = { photo: request.photo, model: request.model, trace, ...found };
  // Weaker ones wait for the second look. They suppress none of these: NMS goes by falling score.
  const detections = found.detections
    .filter(({ score }) => score >= KEPT_SCORE)
    .slice(0, DEFAULT_DETECTION_OPTIONS.detectionsPerImage);
  return {
    ...found,
    detections,
    ...{ width, height, notes: [], engine: engine.info },
    stages: [...cost.stages],
    readbacks: sumCosts('', cost.stages).readbacks,
    pipelines: cost.pipelines,
    tensorsLeft: cost.tensors - kept,
    ...{ model: summary, quality, look, tiles: tiles.length },
  };
}

const NOT_READY = 'The detector is not ready; try again.';

function readyModel(id: number): LoadedDetector {
  const model = models.get(id);
  if (!model) throw new EngineError(NOT_READY);
  return model;
}

function openPicture(id: number): Picture {
  if (photo?.id === id) return photo.picture;
  throw new PhotoError('This photo is no longer open; open it again.');
}

function newestRun(photo: number) {
  if (seen?.photo === photo) return seen;
  throw new EngineError(FORGOTTEN);
}

const FORGOTTEN = 'What was found here is no longer in memory; find the objects again.';

async function explain({ photo, detection }: ExplainCall): Promise<DetectionPath> {
  const run = newestRun(photo);
  const look = () => {
    if (run !== seen) throw new EngineError(FORGOTTEN); // a newer run came first
    const { detector } = readyModel(run.model);
    return explainDetection(detector, run.trace, run.proposals, detection, CANDIDATE_OPTIONS);
  };
  // What is still on the device is read between other work: while shaders are made, nothing can be.
  return run.trace.tensors === 0 ? look() : inTurn(async () => look());
}

tf.enableProdMode();
Comlink.expose(api);
