/**
 * What the page and the inference worker say to each other. Only plain, structured-clonable data and
 * types live here, so that the page can import this file without pulling a single line of tfjs into
 * its bundle. The page talks through `LoupeClient` (client.ts); the worker answers in worker.ts.
 */
import type { AnchorSet } from '../core/anchors/sets.ts';
import type { HeadKind } from '../core/classification/config.ts';
import type { ClassScore } from '../core/detection/explain.ts';
import type { Look, Quality } from '../core/detection/looks.ts';
import type { ModelSummary } from '../core/detection/modelSummary.ts';
import type { Tile } from '../core/detection/slices.ts';
import type { Detection, Proposal } from '../core/detection/types.ts';
import type { Scale } from '../core/superResolution/region.ts';
import type { StageCost } from '../engine/costs.ts';
import type { EngineInfo } from '../engine/info.ts';
import type { ModelPlace } from './modelPlaces.ts';

export type { HeadKind, Upscaling } from '../core/classification/config.ts';
export type {
  ClassScore,
  DetectionPath,
  ObjectnessMap,
  Suppressed,
} from '../core/detection/explain.ts';
export type { Look, Looks, Quality } from '../core/detection/looks.ts';
export type { DataSetSummary, ModelSummary } from '../core/detection/modelSummary.ts';

export { type StageCost, sumCosts } from '../engine/costs.ts';
export {
  BACKEND_NAMES,
  BACKEND_TITLES,
  type BackendChoice,
  type BackendName,
  type EngineInfo,
  type KernelsChoice,
} from '../engine/info.ts';
export type { ModelPlace, OwnFile } from './modelPlaces.ts';

/** The model that detects where nothing else was chosen. */
export const DEFAULT_MODEL = 'household';

/** The address of a model that the app serves, by the name of its folder. */
export function servedModel(name: string): { url: string } {
  const base = globalThis.document?.baseURI;
  return { url: new URL(`models/${encodeURIComponent(name)}/manifest.json`, base).href };
}

/** The models of the second look, by the names of their folders. */
export const RED_NET = 'red-net';
export const CLASSIFIER = 'classifier';

export type Stage = 'start' | 'download' | 'compile' | 'decode' | 'detect' | 'sharpen';

/** One step of the single, monotone progress over everything from the first byte to the result. */
export interface Progress {
  stage: Stage;
  /** Overall, 0..1, never smaller than the one before within the same call. */
  fraction: number;
  bytesDone?: number;
  bytesTotal?: number;
  /** A short phrase for people, e.g. "Downloading the model". */
  message: string;
  /** What the stages of a detection have cost so far. */
  stages?: readonly StageCost[];
}

/** A proposal as the page gets it: its box, its objectness and the anchor it was moved from. */
export type ProposalRecord = Proposal;

export interface DetectionRun {
  detections: Detection[];
  proposals: ProposalRecord[];
  width: number;
  height: number;
  /** Sentences to show beside the result, e.g. "Only the first frame of this GIF was looked at." */
  notes: string[];
  /** What each stage cost, measured on the way. */
  stages: StageCost[];
  /** How often the backend was waited for to hand data back: counted, not assumed. */
  readbacks: number;
  /** Different programs that the GPU ran; null where nobody counts them. */
  pipelines: number | null;
  /** Tensors that are there now, were not before, and are kept for nothing: counted, and nought. */
  tensorsLeft: number;
  engine: EngineInfo;
  /** The model that found them. */
  model: ModelSummary;
  /** How closely it looked: the choice, what it meant, and how many tiles there were. */
  quality: Quality;
  look: Look;
  tiles: number;
}

/** Proposals in pixels of the photo, by falling objectness: `[count * 4]` and `[count]`. */
export interface ProposalList {
  readonly boxes: Float32Array;
  readonly objectness: Float32Array;
}

/** What a head proposes on the open photo, with its own anchors and with others. */
export interface Reproposed {
  /** of the picture that the network saw, in pixels, and how many of them a pixel of the photo is */
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  /** the grid of the head's anchors */
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  /** the anchors that the head was trained for */
  readonly trained: AnchorSet;
  /** for each size that was asked for, which of the trained ones answers for it */
  readonly answering: readonly number[];
  readonly asTrained: ProposalList;
  readonly tuned: ProposalList;
}

/** Which head is asked (null: the detector's own), and with which anchors its answers are read. */
export interface ProposeOptions {
  readonly head: ModelPlace | null;
  readonly set: AnchorSet;
  readonly onProgress?: (progress: Progress) => void;
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

/** A call that takes a while: told how far it is, and can be cancelled. */
export interface CallOptions {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

/** A region to enlarge: whole pixels inside the photo. */
export interface EnlargeRequest {
  readonly region: Tile;
  readonly scale: Scale;
  readonly method: 'bicubic' | 'redNet';
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, opaque */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** How the classifier of proposals is to look. */
export interface SecondLook {
  readonly upscaling: HeadKind;
  /** crops of so many times the side that the classifier was trained with */
  readonly cropFactor: 1 | 2;
}

/** What the classifier says of one box. */
export interface Verdict {
  /** every class that is shown and background, best first */
  readonly scores: readonly ClassScore[];
  /** by how much the photo was enlarged for it; below 1 it was shrunk */
  readonly enlargement: number;
  /** whether RED-Net saw it; what is enlarged by less than its least scale it does not */
  readonly sharpened: boolean;
  /** what the classifier saw: a square around the box, which may reach beyond the photo */
  readonly crop: Pixels;
}

export interface ReclassifyRequest extends SecondLook {
  /** at most so many of the run's proposals */
  readonly proposals: number;
}

/** What is known after a few more proposals: all detections as they stand now. */
export interface ReclassifiedBatch {
  readonly detections: Detection[];
  readonly done: number;
  readonly total: number;
  /** what this batch cost */
  readonly cost: StageCost;
  /** the run's proposals that were classified in this batch, each with the decision */
  readonly decided: readonly { readonly proposal: number; readonly decision: ClassScore }[];
}

export interface ReclassifyOptions extends CallOptions {
  onBatch: (batch: ReclassifiedBatch) => void;
}

export interface DetectOptions {
  /** How closely to look; `fast` unless told. */
  quality?: Quality;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
  /** Called once with the detections, before the proposals and timings are packed up. */
  onDetections?: (detections: Detection[]) => void;
}

/** The file is not a picture Loupe can use. The message is one plain sentence to show as it is. */
export class PhotoError extends Error {
  override name = 'PhotoError';
}

/**
 * The worker or its backend is gone. The message is one plain sentence; the next call starts anew.
 * (A model that cannot be loaded is core's ModelError; calling again fetches only what is missing.)
 */
export class EngineError extends Error {
  override name = 'EngineError';
}
