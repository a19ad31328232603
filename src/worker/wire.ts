/**
 * The worker's side of the contract: what the page may call across the boundary, and how results and
 * errors travel. Errors travel as plain data and not as exceptions, because an exception that crosses
 * a message channel loses its class, and with it what it meant.
 */
import type { AnchorSet } from '../core/anchors/sets.ts';

import type { Box } from '../core/boxes/box.ts';
import type { ClassifiedProposal } from '../core/classification/proposalClassifier.ts';
import type { Cut } from '../core/classification/sight.ts';
import type { Detection } from '../core/detection/types.ts';
import { ModelError, type ModelFault } from '../core/models/modelError.ts';
import type {
  BackendChoice,
  BackendName,
  DetectionPath,
  DetectionRun,
  EngineInfo,
  EnlargeRequest,
  KernelsChoice,
  ModelPlace,
  ModelSummary,
  Pixels,
  Quality,
  ReclassifiedBatch,
  ReclassifyRequest,
  Reproposed,
  SecondLook,
  Stage,
  StageCost,
  Verdict,
} from './protocol.ts';
import { EngineError, PhotoError } from './protocol.ts';

/** Where one stage stands; the client makes one monotone progress of all of them. */
export interface StageEvent {
  readonly stage: Stage;
  /** 0..1 within the stage. */
  readonly within: number;
  readonly message: string;
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  /** what the stages of a detection have cost so far */
  readonly stages?: readonly StageCost[];
}

export type Report = (event: StageEvent) => void;

export interface StartOptions {
  readonly backend: BackendChoice;
  /** `stock` leaves all computing on WebGPU to tfjs's own kernels. */
  readonly kernels: KernelsChoice;
  /** Backends not to try again, each with the reason. */
  readonly exclude: Partial<Record<BackendName, string>>;
  /** For WebAssembly; what suits the machine unless told. */
  readonly threads?: number;
}

export interface DecodedReply {
  readonly width: number;
  readonly height: number;
  readonly bitmap: ImageBitmap;
  readonly notes: string[];
}

/** What to detect, with what, and how closely. Photos and models go by the client's numbers. */
export interface DetectRequest {
  readonly photo: number;
  readonly model: number;
  readonly quality: Quality;
}

/** Proposals of a head with other anchors, see `KeptRun.propose`. */
export interface ProposeRequest {
  readonly photo: number;
  readonly model: number;
  readonly head: ModelPlace | null;
  readonly set: AnchorSet;
}

/** The served models of the second look. */
export interface SecondModels {
  readonly redNet: { readonly url: string };
  readonly classifier: { readonly url: string };
}

export type EnlargeCall = EnlargeRequest &
  Pick<SecondModels, 'redNet'> & { readonly photo: number };

/** A box of the photo to classify by itself. */
export type ClassifyCall = SecondLook &
  SecondModels & { readonly photo: number; readonly model: number; readonly box: Box };

/** The newest run's proposals to classify. */
export type ReclassifyCall = ReclassifyRequest &
  SecondModels & { readonly photo: number; readonly model: number };

/** A batch of proposals, cut out, for a helper to classify. */
export interface CutsRequest extends SecondLook {
  readonly cuts: readonly Cut[];
}

export type CutsCall = CutsRequest & SecondModels & { readonly model: number };

/** What became of it; indices are places among the cuts. */
export interface ClassifiedCuts {
  readonly classified: readonly ClassifiedProposal[];
  readonly cost: StageCost;
}

/** A detection of the newest run, as the page has it. */
export interface ExplainCall {
  readonly photo: number;
  readonly detection: Pick<Detection, 'box' | 'label' | 'proposal'>;
}

/** Every call but `cancel` and `release` carries a number by which it can be cancelled. */
export interface WorkerApi {
  start(call: number, options: StartOptions, report: Report): Promise<Reply<EngineInfo>>;
  /** Loads a model beside those there are, to be known by the number `id`. */
  model(call: number, id: number, place: ModelPlace, report: Report): Promise<Reply<ModelSummary>>;
  /** What a model's manifest says; loads nothing. */
  describe(call: number, place: ModelPlace): Promise<Reply<ModelSummary>>;
  /** Decodes, and keeps the pixels as the one open photo. */
  open(call: number, photo: number, file: Blob): Promise<Reply<DecodedReply>>;
  detect(call: number, request: DetectRequest, report: Report): Promise<Reply<DetectionRun>>;
  /** Null where the last run was of another photo or model. */
  propose(call: number, request: ProposeRequest, report: Report): Promise<Reply<Reproposed | null>>;
  enlarge(call: number, request: EnlargeCall, report: Report): Promise<Reply<Pixels>>;
  classify(call: number, request: ClassifyCall, report: Report): Promise<Reply<Verdict>>;
  /** Ends with how many have been classified; `onBatch` gets what is known on the way. */
  reclassify(
    call: number,
    request: ReclassifyCall,
    report: Report,
    onBatch: (batch: ReclassifiedBatch) => void,
  ): Promise<Reply<number>>;
  classifyCuts(call: number, request: CutsCall, report: Report): Promise<Reply<ClassifiedCuts>>;
  explain(call: number, request: ExplainCall): Promise<Reply<DetectionPath>>;
  cancel(call: number): void;
  /** Lets a model go, once nothing computes with it. */
  release(id: number): void;
}

export type Reply<T> = { ok: true; value: T } | { ok: false; error: WireError };

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly fault?: ModelFault;
  readonly path?: string;
}

/** The device under the backend is gone, and with it all tensors: only a new worker helps. */
export class BackendLost extends Error {
  override name = 'BackendLost';
}

/** An error as plain data. */
export function toWire(error: unknown): WireError {
  if (error instanceof ModelError) {
    const { name, message, fault, path } = error;
    return { name, message, fault, ...(path !== undefined && { path }) };
  }
  if (error instanceof Error || error instanceof DOMException) {
    return { name: error.name, message: error.message };
  }
  return { name: 'Error', message: String(error) };
}

/** The error that plain data stands for, of its own class again. */
export function fromWire({ name, message, fault, path }: WireError): Error {
  switch (name) {
    case 'PhotoError':
      return new PhotoError(message);
    case 'ModelError':
      return new ModelError(fault ?? 'invalid', message, path);
    case 'EngineError':
      return new EngineError(message);
    case 'BackendLost':
      return new BackendLost(message);
    case 'AbortError':
      return new DOMException(message, name);
    default:
      return Object.assign(new Error(message), { name });
  }
}
