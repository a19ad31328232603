/**
 * The page's side of the inference worker. It starts one when it is first needed, lets only the newest
 * photo through, and when the worker or the device under its backend is lost it starts another: after
 * a device loss on the next backend and with the same photo, so that the visitor sees a result and a
 * note instead of an error.
 */
import type { Box } from '../core/boxes/box.ts';
import type { Detection } from '../core/detection/types.ts';
import type { Connection } from './connection.ts';
import { ProgressMeter } from './progress.ts';
import {
  BACKEND_TITLES,
  type CallOptions,
  type DetectionPath,
  type DetectionRun,
  type DetectOptions,
  type EngineInfo,
  type EnlargeRequest,
  type ModelPlace,
  type ModelSummary,
  type OpenedPhoto,
  type Pixels,
  type Progress,
  type ProposeOptions,
  type ReclassifyOptions,
  type ReclassifyRequest,
  type Reproposed,
  type SecondLook,
  type Verdict,
} from './protocol.ts';
import { RestartingClient } from './restartingClient.ts';
import { eitherOf } from './sharedTask.ts';
import type { Report } from './wire.ts';

const NO_SIGNAL = new AbortController().signal;

export class LoupeClient extends RestartingClient {
  private opening: AbortController | undefined;
  private detecting: AbortController | undefined;
  private choosing: AbortController | undefined;
  private lastPhoto = 0;

  /**
   * Chooses a backend by its self-test and starts it.
   * @throws EngineError when no backend works here, or the worker cannot be started
   */
  async start(onProgress?: (progress: Progress) => void): Promise<EngineInfo> {
    const meter = new ProgressMeter(['start'], onProgress);
    return this.withRestarts(meter, async (connection) => {
      this.engine = await connection.started.join(meter.update, NO_SIGNAL);
      return this.engine;
    });
  }

  /**
   * What a model's manifest says of it, without loading the model.
   * @throws ModelError, EngineError, each with one plain sentence
   */
  async describe(place: ModelPlace): Promise<ModelSummary> {
    return this.connect().describe(place, NO_SIGNAL);
  }

  /**
   * Loads a model and takes it into use, starting the engine where that has not been done. Until it
   * has been read, checked and prepared, and when any of that fails, the one before stays in use. An
   * older call still under way is dropped, and when it succeeds so is a detection by the model before.
   * @throws ModelError naming the file at fault; EngineError as `start`; an AbortError when aborted
   *   or superseded
   */
  async useModel(
    place: ModelPlace,
    onProgress?: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<ModelSummary> {
    this.choosing?.abort(superseded('model'));
    const choosing = new AbortController();
    this.choosing = choosing;
    const either = eitherOf(choosing, signal);
    const started = this.connect().started.done ? [] : (['start'] as const);
    const meter = new ProgressMeter([...started, 'download', 'compile'], onProgress);
    return this.withRestarts(meter, async (connection) => {
      this.engine = await connection.started.join(meter.update, either);
      const candidate = connection.candidate(place);
      const summary = await candidate.loaded.join(meter.update, either);
      this.detecting?.abort(superseded('model'));
      this.place = place;
      connection.adopt(candidate);
      return summary;
    });
  }

  /**
   * Decodes a photo, upright. An older call still under way is dropped at once, the detection of an
   * older photo only when this one is decoded: a file that is no picture disturbs nothing.
   * @throws PhotoError with one plain sentence; an AbortError when aborted or superseded
   */
  async open(file: Blob, signal?: AbortSignal): Promise<OpenedPhoto> {
    this.opening?.abort(superseded('photo'));
    const opening = new AbortController();
    this.opening = opening;
    const id = ++this.lastPhoto;
    const decoded = await this.connect().open(id, file, eitherOf(opening, signal));
    this.detecting?.abort(superseded('photo'));
    const photo: OpenedPhoto = { id, ...decoded };
    this.files.set(photo, file);
    return photo;
  }

  /**
   * Finds the objects in an opened photo, doing first whatever has not been done yet: start, download,
   * compile. Supersedes an older detection. Results keep every detection of score 0.05 or more.
   * @throws ModelError, EngineError, PhotoError, each with one plain sentence; an AbortError when
   *   aborted or superseded
   */
  async detect(photo: OpenedPhoto, options: DetectOptions = {}): Promise<DetectionRun> {
    this.detecting?.abort(superseded('run'));
    const detecting = new AbortController();
    this.detecting = detecting;
    const signal = eitherOf(detecting, options.signal);
    const { quality = 'fast' } = options;
    const meter = new ProgressMeter(remaining(this.connect(), true), options.onProgress);
    const losses: string[] = [];
    const work = async (connection: Connection) => {
      await this.prepare(connection, meter, signal);
      await this.reopen(connection, photo, signal);
      return connection.detect({ photo: photo.id, quality }, meter.update, signal);
    };
    const run = await this.withRestarts(meter, work, losses);
    signal.throwIfAborted();
    this.engine = run.engine;
    const title = BACKEND_TITLES[run.engine.backend];
    run.notes = [...photo.notes, ...losses.map((loss) => `${loss} ${title} took over.`)];
    options.onDetections?.(run.detections);
    return run;
  }

  /**
   * What a head proposes on a photo that has been looked at, with other anchors than its own: from what
   * the run left behind, without running the trunk. A head is downloaded when it is first asked.
   * @returns null where the model in use has not looked at this photo, or what it saw is gone
   * @throws ModelError, EngineError, each with one plain sentence
   */
  async propose(
    photo: OpenedPhoto,
    { head, set, onProgress }: ProposeOptions,
  ): Promise<Reproposed | null> {
    const meter = new ProgressMeter(['download'], onProgress);
    const about = { photo: photo.id, head, set };
    return this.withRestarts(meter, (connection) => {
      return connection.propose(about, meter.update, NO_SIGNAL);
    });
  }

  /**
   * Enlarges a region of an opened photo, fetching the super-resolution model where it is needed.
   * @throws as `detect`, and a NotFiniteError where the backend computed what is no number
   */
  enlarge(photo: OpenedPhoto, request: EnlargeRequest, options?: CallOptions): Promise<Pixels> {
    return this.lookAgain(photo, options, (connection, report, signal) =>
      connection.enlarge({ photo: photo.id, ...request }, report, signal),
    );
  }

  /** Classifies what is in a box of an opened photo; throws as `enlarge`. */
  classify(
    photo: OpenedPhoto,
    request: SecondLook & { readonly box: Box },
    options?: CallOptions,
  ): Promise<Verdict> {
    return this.lookAgain(photo, options, async (connection, report, signal) => {
      await connection.model.loaded.join(report, signal);
      return connection.classify({ photo: photo.id, ...request }, report, signal);
    });
  }

  /** Classifies the best proposals of this photo's newest run again; throws as `enlarge`. */
  reclassify(
    photo: OpenedPhoto,
    request: ReclassifyRequest,
    { onBatch, ...options }: ReclassifyOptions,
  ): Promise<void> {
    return this.lookAgain(photo, options, (connection, report, signal) =>
      connection.reclassify({ photo: photo.id, ...request }, report, onBatch, signal),
    );
  }

  /** The way of a detection of the newest run, step by step. Throws as `enlarge`. */
  explain(
    photo: OpenedPhoto,
    { box, label, proposal }: Detection,
    options?: CallOptions,
  ): Promise<DetectionPath> {
    const request = { photo: photo.id, detection: { box, label, proposal } };
    return this.lookAgain(photo, options, (it, _, signal) => it.explain(request, signal));
  }

  private async lookAgain<T>(
    photo: OpenedPhoto,
    { onProgress, signal = NO_SIGNAL }: CallOptions = {},
    work: (connection: Connection, report: Report, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const meter = new ProgressMeter(['sharpen'], onProgress);
    return this.withRestarts(meter, async (connection) => {
      this.engine = await connection.started.join(meter.update, signal);
      await this.reopen(connection, photo, signal);
      // The models are small and kept: their download is a word at the bar's beginning.
      const report: Report = (event) =>
        meter.update(event.stage === 'sharpen' ? event : { ...event, stage: 'sharpen', within: 0 });
      return work(connection, report, signal);
    });
  }

  private async prepare(connection: Connection, meter: ProgressMeter, signal: AbortSignal) {
    this.engine = await connection.started.join(meter.update, signal);
    return connection.model.loaded.join(meter.update, signal);
  }
}

function remaining({ started, model }: Connection, detect: boolean) {
  return [
    ...(started.done ? [] : (['start'] as const)),
    ...(model.loaded.done ? [] : (['download', 'compile'] as const)),
    ...(detect ? (['detect'] as const) : []),
  ];
}

function superseded(by: 'photo' | 'run' | 'model'): DOMException {
  return new DOMException(`A newer ${by} took its place.`, 'AbortError');
}
