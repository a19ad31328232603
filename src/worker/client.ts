/**
 * The page's side of the inference worker: a typed client that starts it, forwards aborts, restarts
 * it after a crash and lets only the newest photo's results through. (Being written; the signatures
 * below are final.)
 */
import type {
  BackendChoice,
  DetectionRun,
  DetectOptions,
  EngineInfo,
  ModelSummary,
  OpenedPhoto,
  Progress,
} from './protocol.ts';

export interface LoupeClientOptions {
  backend?: BackendChoice;
  /** Where the detector's model.json is; `models/household/model.json` below the app unless told. */
  modelUrl?: string;
}

export class LoupeClient {
  constructor(readonly options: LoupeClientOptions = {}) {}

  start(_onProgress?: (progress: Progress) => void): Promise<EngineInfo> {
    return Promise.reject(new Error('not written yet'));
  }

  model(_onProgress?: (progress: Progress) => void): Promise<ModelSummary> {
    return Promise.reject(new Error('not written yet'));
  }

  open(_file: Blob, _signal?: AbortSignal): Promise<OpenedPhoto> {
    return Promise.reject(new Error('not written yet'));
  }

  detect(_photo: OpenedPhoto, _options: DetectOptions = {}): Promise<DetectionRun> {
    return Promise.reject(new Error('not written yet'));
  }

  dispose(): void {}
}
