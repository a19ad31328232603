/**
 * What the Anchors page and its worker say to each other: which anchors on which data, and what they
 * reach. Plain data only; the worker computes with numbers alone and never loads tfjs.
 */
import type { ComparedSet } from '../../core/anchors/comparison.ts';
import type { FitMethod } from '../../core/anchors/fitting.ts';
import type { AnchorSet } from '../../core/anchors/sets.ts';
import type { BoxSet } from '../../core/annotations/boxSet.ts';
import type { AnnotationFormat } from '../../core/annotations/readBoxes.ts';

import type { OwnFile } from '../modelPlaces.ts';

/** The name of a visitor's own data among the data sets. */
export const OWN = 'own';

/** The objects of the photo that is open, as they are drawn on it or were found in it. */
export const PHOTO = 'photo';

/** What is asked of the data: everything that anchors are measured against. */
export interface Ground {
  /** the name of a built-in data set, OWN or PHOTO */
  readonly data: string;
  /** the long side that photos are resized to; 0 for the photos' own pixels */
  readonly photos: number;
  readonly stride: number;
  /** IoU of a match */
  readonly threshold: number;
}

/** What there is to know of a data set. */
export interface DataFacts {
  readonly name: string;
  readonly objects: number;
  readonly pictures: number;
  /** a visitor's own alone */
  readonly format?: AnnotationFormat;
  /** "3 crowds left out"; empty where nothing was */
  readonly skipped: string;
}

/** An anchor set on its ground. The lists by bin follow core's BIN_EDGES. */
export interface Measured {
  readonly ground: Ground;
  readonly row: ComparedSet;
  /** objects in all, of each bin, and those of them that an anchor reaches */
  readonly objects: number;
  readonly counts: readonly number[];
  readonly reached: readonly number[];
  /** at CURVE_SIDES: share of the positions of a square object that have an anchor */
  readonly positions: readonly number[];
  /** objects that each shape is the best match of, in the order of shapesOf */
  readonly matched: readonly number[];
}

/** Sides in pixels at which the coverage curve is known: ten for every doubling. */
export const CURVE_SIDES: readonly number[] = Array.from({ length: 81 }, (_, step) => {
  return 4 * 2 ** (step / 10);
});

/** A choice of sizes by one of the methods. */
export interface Fitted {
  readonly method: FitMethod;
  readonly row: ComparedSet;
}

export interface FitRequest {
  readonly ground: Ground;
  readonly method: FitMethod;
  readonly count: number;
  readonly aspectRatios: readonly number[];
}

export interface OpenProgress {
  /** 0..1 of the bytes */
  readonly fraction: number;
  readonly message: string;
}

/** The worker's side. Errors are told by their name: AnnotationError has a sentence for people. */
export interface AnchorLabApi {
  builtIn(): DataFacts[];
  /** Reads annotations; the data before stay until that has succeeded and `keep` is called. */
  open(files: readonly OwnFile[], report: (progress: OpenProgress) => void): Promise<DataFacts>;
  /** From now on what was opened last is the visitor's own data. */
  keep(): void;
  /** The visitor's own data, to be moved to the other worker, which adopts them. */
  copyOwn(): BoxSet;
  adopt(set: BoxSet, name: string): void;
  measure(ground: Ground, set: AnchorSet): Measured;
  /** The named sets. */
  compare(ground: Ground): ComparedSet[];
  fit(request: FitRequest): Fitted;
}
