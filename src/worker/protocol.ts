/**
 * What the page and the inference worker say to each other. Only plain, structured-clonable data and
 * types live here, so that the page can import this file without pulling a single line of tfjs into
 * its bundle. The page talks through `LoupeClient` (client.ts); the worker answers in worker.ts.
 */
import type { Box } from '../core/boxes/box.ts';
import type { Detection } from '../core/detection/types.ts';

export type BackendName = 'webgpu' | 'webgl' | 'wasm' | 'cpu';

/** What the visitor may ask for, in `?backend=` or the menu. */
export type BackendChoice = BackendName | 'auto';

export const BACKEND_NAMES: readonly BackendName[] = ['webgpu', 'webgl', 'wasm', 'cpu'];

export type Stage = 'start' | 'download' | 'compile' | 'decode' | 'detect';

/** One step of the single, monotone progress over everything from the first byte to the result. */
export interface Progress {
  stage: Stage;
  /** Overall, 0..1, never smaller than the one before within the same call. */
  fraction: number;
  bytesDone?: number;
  bytesTotal?: number;
  /** A short phrase for people, e.g. "Downloading the model". */
  message: string;
}

/** One backend that was looked at during start-up, and what came of it. */
export interface BackendTrial {
  backend: BackendName;
  ok: boolean;
  /** Time of the tiny self-test net, best of the warm runs; null when it never ran. */
  milliseconds: number | null;
  /** Why it was taken or passed over, one plain sentence. */
  why: string;
}

/** Which backend really runs, on which adapter, and why that one. */
export interface EngineInfo {
  backend: BackendName;
  /** e.g. "NVIDIA GeForce RTX 3060", "SwiftShader", "CPU (SIMD, 2 threads)". */
  adapter: string;
  /** True for a GPU API that is emulated on the processor. */
  software: boolean;
  threads: number;
  reason: string;
  tried: BackendTrial[];
}

export interface ModelSummary {
  name: string;
  title: string;
  classes: { id: number; name: string; shown: boolean }[];
  attribution: string;
  bytes: number;
  metrics?: unknown;
}

export interface ProposalRecord {
  box: Box;
  objectness: number;
}

export interface DetectionRun {
  detections: Detection[];
  proposals: ProposalRecord[];
  width: number;
  height: number;
  /** Sentences to show beside the result, e.g. "Only the first frame of this GIF was looked at." */
  notes: string[];
  stages: { name: string; milliseconds: number }[];
  /** How often the backend was waited for to hand data back: counted, not assumed. */
  readbacks: number;
  engine: EngineInfo;
}

/** A decoded photo, already upright, to show before its detections arrive. */
export interface OpenedPhoto {
  /** Pass this to `detect`; the worker keeps the pixels of the newest photo only. */
  id: number;
  width: number;
  height: number;
  bitmap: ImageBitmap;
  notes: string[];
}

export interface DetectOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Called once with the detections, before the proposals and timings are packed up. */
  onDetections?: (detections: Detection[]) => void;
}

/** How an error looks on its way across the worker boundary. */
export interface WireError {
  name: string;
  message: string;
}

/** The file is not a picture Loupe can use. The message is one plain sentence to show as it is. */
export class PhotoError extends Error {
  override name = 'PhotoError';
}

/** The worker or its backend is gone. The message is one plain sentence; the next call starts anew. */
export class EngineError extends Error {
  override name = 'EngineError';
}

/** The model could not be loaded. The message names the file; calling `model()` again retries. */
export class ModelError extends Error {
  override name = 'ModelError';
}
