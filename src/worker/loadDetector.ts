/**
 * From a model's place to a detector that runs: its files are read and checked by core's loader, the
 * network is put together and, where that proves or prepares something, run once on a small picture.
 * On WebGPU its shaders are compiled while the weights arrive, for which the manifest is enough.
 */
import type { FasterRcnn } from '../core/detection/fasterRcnn.ts';
import { detectorFromModel } from '../core/detection/fromModel.ts';
import { type ModelSummary, summariseModel } from '../core/detection/modelSummary.ts';
import { rehearse } from '../core/detection/rehearsal.ts';
import {
  type LoadedModel,
  type LoadOptions as LoadModelOptions,
  loadModel,
  readManifest,
} from '../core/models/loader.ts';
import type { Manifest } from '../core/models/manifest.ts';
import { ModelError } from '../core/models/modelError.ts';
import { outlineOf } from '../core/models/outline.ts';
import { prepareShaders } from '../engine/compileAhead.ts';
import type { BackendName } from '../engine/info.ts';
import { openShardCache } from '../engine/shardCache.ts';
import { breath } from './breath.ts';
import { type ModelPlace, openPlace } from './modelPlaces.ts';
import type { Report } from './wire.ts';

/** A model in use: the network, what to say of it, and how to let its tensors go. */
export interface LoadedDetector {
  readonly place: ModelPlace;
  readonly detector: FasterRcnn;
  readonly summary: ModelSummary;
  readonly manifest: Manifest;
  dispose(): void;
}

interface LoadOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** On a GPU shaders must be compiled, which had better be done before the first run. */
  readonly backend: BackendName | undefined;
  /** Runs the small picture when nothing else computes. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** A picture this small has the weights brought to the device, and made ready there, in no time. */
const WARM_UP_SIDE = 64;

/**
 * What a model's manifest says, without loading the model.
 * @throws ModelError as the loader, or when the model is no detector
 */
export async function describeModel(place: ModelPlace, signal: AbortSignal): Promise<ModelSummary> {
  const { source } = await openPlace(place, undefined);
  return summariseModel(await readManifest(source, signal));
}

/**
 * Loads a model beside those there are.
 * @throws ModelError naming the file at fault or saying that the model does not fit; the signal's
 *   reason. Nothing stays allocated then.
 */
export async function loadDetector(
  place: ModelPlace,
  options: LoadOptions,
): Promise<LoadedDetector> {
  const { report, signal, backend, inTurn } = options;
  let compiled: Promise<void> | undefined;
  const onGpu = backend === 'webgpu' && {
    inTurn,
    onManifest(manifest: Manifest) {
      compiled = inTurn(() => compile(manifest, signal));
      compiled.catch(() => {}); // told below, or the download has failed, too
    },
  };
  const message = 'Preparing the model';
  // When all bytes are there, what goes on is no download any more: they may wait for the shaders.
  const telling: Report = (event) => {
    report(event);
    const isThere = event.bytesTotal !== undefined && event.bytesDone === event.bytesTotal;
    if (isThere) report({ stage: 'compile', within: 0, message });
  };
  const model = await downloadModel(place, 'the model', telling, signal, onGpu || {});
  try {
    const detector = detectorFromModel(model);
    const summary = summariseModel(model.manifest);
    await compiled;
    // Of a model of one's own only a run tells whether all its weights fit together.
    if (backend === 'webgpu' || backend === 'webgl' || 'files' in place) {
      await inTurn(() => tryOut(detector, place, options, message));
    }
    report({ stage: 'compile', within: 1, message });
    return { place, detector, manifest: model.manifest, summary, dispose: model.dispose };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Fetches, checks and widens a model's weights, whatever kind of network they are of.
 * @param what for people: "the model"
 * @throws ModelError naming the file at fault; the signal's reason
 */
export async function downloadModel(
  place: ModelPlace,
  what: string,
  report: Report,
  signal: AbortSignal,
  options: Pick<LoadModelOptions, 'onManifest' | 'inTurn'>,
): Promise<LoadedModel> {
  const message = `${'url' in place ? 'Downloading' : 'Reading'} ${what}`;
  report({ stage: 'download', within: 0, message });
  const { source, cache } = await openPlace(place, await openShardCache());
  let reportedAt = 0;
  return loadModel(source, {
    signal,
    ...options,
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

/** Makes the shaders of both looks for a model of which only the manifest is there. */
async function compile(manifest: Manifest, signal: AbortSignal): Promise<void> {
  await prepareShaders(async () => {
    const { fast, fine } = summariseModel(manifest).looks;
    const outline = outlineOf(manifest);
    try {
      const detector = detectorFromModel(outline);
      const sizes = [fast.workingSize, fine.workingSize, fine.alsoAt ?? fast.workingSize];
      for (const size of new Set(sizes)) await rehearse(detector, size, signal);
    } finally {
      outline.dispose();
    }
  }, signal);
}

async function tryOut(
  detector: FasterRcnn,
  place: ModelPlace,
  { report, signal }: LoadOptions,
  message: string,
): Promise<void> {
  const data = new Uint8Array(WARM_UP_SIDE * WARM_UP_SIDE * 3).fill(128);
  try {
    await detector.detect(
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
  } catch (error) {
    signal.throwIfAborted();
    if ('url' in place) throw error; // not the model's fault
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError('unsupported', `The model's weights do not fit together (${why}).`);
  }
}
