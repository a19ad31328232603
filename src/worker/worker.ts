/**
 * The inference worker: starts a backend, loads the model, decodes photos and runs the detector, all
 * off the page's thread. One detection runs at a time; between layers the worker breathes, so that a
 * cancel or a newer photo gets through while tfjs computes.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as Comlink from 'comlink';
import type { FasterRcnn } from '../core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../core/detection/fromModel.ts';
import type { Picture } from '../core/detection/types.ts';
import { type LoadedModel, loadModel } from '../core/models/loader.ts';
import { modelBytes } from '../core/models/manifest.ts';
import { BackendUnavailable } from '../engine/backends.ts';
import { type ChosenBackend, chooseBackend } from '../engine/choose.ts';
import { createHttpSource } from '../engine/httpSource.ts';
import { countReadbacks } from '../engine/readbacks.ts';
import { openShardCache } from '../engine/shardCache.ts';
import { decodePhoto } from './photo.ts';
import {
  BACKEND_TITLES,
  type BackendName,
  type DetectionRun,
  EngineError,
  type ModelSummary,
  PhotoError,
} from './protocol.ts';
import { BackendLost, type Reply, type Report, toWire, type WorkerApi } from './wire.ts';

/** Everything above this score is kept; the page filters on from there without a new run. */
const KEPT_SCORE = 0.05;
/** A picture this small passes through every kernel and so compiles every shader. */
const WARM_UP_SIDE = 64;

/** What one worker holds. A lost backend ends it: the client then starts another. */
let engine: ChosenBackend | undefined;
let loss: BackendLost | undefined;
let detector: FasterRcnn | undefined;
let photo: { id: number; picture: Picture } | undefined;
const calls = new Map<number, { abort: AbortController; fail: (loss: BackendLost) => void }>();

const api: WorkerApi = {
  start: (call, { backend, exclude }, report) =>
    answer(call, async () => {
      const onTry = (name: BackendName) =>
        report({ stage: 'start', within: 0.2, message: `Trying ${BACKEND_TITLES[name]}` });
      engine = await chooseBackend(backend, { exclude, onTry });
      const { info } = engine;
      void engine.lost.then((why) => {
        loss = new BackendLost(`${BACKEND_TITLES[info.backend]} stopped working (${why}).`);
        for (const { fail } of calls.values()) fail(loss);
      });
      report({ stage: 'start', within: 1, message: `${BACKEND_TITLES[info.backend]} is ready` });
      return info;
    }),

  model: (call, url, report) =>
    answer(call, async (signal) => {
      const model = await download(url, report, signal);
      try {
        detector = detectorFromModel(model);
        await warmUp(detector, report, signal);
      } catch (error) {
        detector = undefined;
        model.dispose();
        throw error;
      }
      return summarise(model);
    }),

  open: (call, id, file) =>
    answer(call, async (signal) => {
      const { picture, bitmap, notes } = await decodePhoto(file, signal);
      signal.throwIfAborted(); // a newer one may be open by now
      photo = { id, picture };
      const { width, height } = picture;
      return { width, height, bitmap, notes };
    }),

  detect: (call, id, report) => answer(call, (signal) => inTurn(() => detect(id, report, signal))),

  cancel: (call) => calls.get(call)?.abort.abort(),
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

let turn: Promise<unknown> = Promise.resolve();

/** Lets no two pieces of work compute at once: the newer one begins when the older has ended. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work, work);
  turn = mine.catch(() => {});
  return mine;
}

async function download(url: string, report: Report, signal: AbortSignal): Promise<LoadedModel> {
  const message = 'Downloading the model';
  report({ stage: 'download', within: 0, message });
  const cache = await openShardCache();
  let reportedAt = 0;
  return loadModel(createHttpSource(url), {
    signal,
    ...(cache && { cache }),
    onProgress(bytesDone, bytesTotal) {
      const now = performance.now();
      if (now - reportedAt < 50 && bytesDone < bytesTotal) return;
      reportedAt = now;
      const within = bytesDone / bytesTotal;
      report({ stage: 'download', within, message, bytesDone, bytesTotal });
    },
  });
}

async function warmUp(network: FasterRcnn, report: Report, signal: AbortSignal): Promise<void> {
  const onGpu = engine?.info.backend === 'webgpu' || engine?.info.backend === 'webgl';
  const message = 'Preparing the model';
  report({ stage: 'compile', within: 0, message });
  if (onGpu) {
    const data = new Uint8Array(WARM_UP_SIDE * WARM_UP_SIDE * 3).fill(128);
    await network.detect(
      { width: WARM_UP_SIDE, height: WARM_UP_SIDE, channels: 3, data },
      {
        workingSize: WARM_UP_SIDE,
        signal,
        onProgress(within) {
          report({ stage: 'compile', within, message });
          return breath();
        },
      },
    );
  }
  report({ stage: 'compile', within: 1, message });
}

async function detect(id: number, report: Report, signal: AbortSignal): Promise<DetectionRun> {
  signal.throwIfAborted();
  if (!engine || !detector) throw new EngineError('The detector is not ready; try again.');
  if (photo?.id !== id) throw new PhotoError('This photo is no longer open; open it again.');
  const { picture } = photo;
  const { width, height } = picture;
  const message = 'Looking for objects';
  report({ stage: 'detect', within: 0, message });
  const network = detector;
  const { value, readbacks } = await countReadbacks(() =>
    network.detect(picture, {
      scoreThreshold: KEPT_SCORE,
      signal,
      onProgress(within) {
        report({ stage: 'detect', within, message });
        return breath();
      },
    }),
  );
  return { ...value, width, height, notes: [], readbacks, engine: engine.info };
}

const breathing = new MessageChannel();
breathing.port1.start();

/** Lets waiting messages in. Timers would do, too, but browsers make nested ones wait 4 ms. */
function breath(): Promise<void> {
  return new Promise((resolve) => {
    breathing.port1.addEventListener('message', () => resolve(), { once: true });
    breathing.port2.postMessage(null);
  });
}

function summarise({ manifest }: LoadedModel): ModelSummary {
  return {
    name: manifest.name,
    title: manifest.description,
    classes: manifest.classes,
    attribution: manifest.attribution,
    bytes: modelBytes(manifest),
    metrics: manifest.training?.metrics,
  };
}

tf.enableProdMode();
Comlink.expose(api);
