/**
 * A worker client that finds what it is told to find, at the pace it is told to: the picture is
 * really decoded, everything else is made up. For looking at the app; the store's tests have their
 * own, which answers when the test says so.
 */
import type { Client } from '../../../src/app/store/state.ts';
import type { Detection } from '../../../src/core/detection/types.ts';
import { ModelError } from '../../../src/core/models/modelError.ts';
import {
  type BackendChoice,
  type DetectionRun,
  type DetectOptions,
  EngineError,
  type EngineInfo,
  type ModelPlace,
  type ModelSummary,
  type OpenedPhoto,
  PhotoError,
  type Progress,
} from '../../../src/worker/protocol.ts';
import { madeUpCost, NO_COST } from '../madeUpCost.ts';
import { madeUpSummary } from '../summary.ts';

export interface FakeSettings {
  readonly result: 'some' | 'many' | 'none' | 'low';
  readonly pace: 'fast' | 'slow';
  readonly fail: 'start' | 'detect' | 'model' | null;
}

/** Class, score and box of what is on desk-overhead.jpg, in its pixels. */
const DESK: readonly [string, number, number, number, number, number][] = [
  ['cell phone', 0.94, 1196, 188, 1258, 308],
  ['cell phone', 0.91, 1014, 614, 1084, 736],
  ['cup', 0.88, 750, 160, 826, 248],
  ['cell phone', 0.83, 240, 66, 294, 174],
  ['bottle', 0.79, 492, 282, 574, 378],
  ['cup', 0.74, 314, 310, 406, 390],
  ['bowl', 0.69, 202, 278, 316, 392],
  ['bottle', 0.61, 758, 562, 848, 650],
  ['cup', 0.57, 752, 264, 794, 314],
  ['cup', 0.46, 704, 410, 752, 458],
  ['cell phone', 0.38, 0, 452, 36, 524],
  ['mouse', 0.27, 318, 656, 358, 706],
  ['remote', 0.22, 1222, 460, 1244, 562],
  ['spoon', 0.12, 1158, 638, 1180, 700],
  ['cup', 0.09, 592, 214, 708, 336],
];

/** A second look computes: it is looked at in the real app. */
const notHere = async (): Promise<never> => {
  throw new ModelError('missing', 'The fake page has no such model.');
};

const wait = (milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

export class FakeClient implements Client {
  private summary = madeUpSummary();

  constructor(
    private readonly backend: BackendChoice,
    private readonly settings: FakeSettings,
  ) {}

  private engine(): EngineInfo {
    const backend = this.backend === 'auto' ? 'webgpu' : this.backend;
    return {
      backend,
      adapter: backend === 'wasm' ? 'CPU' : 'NVIDIA GeForce RTX 3060',
      software: false,
      threads: backend === 'wasm' ? 2 : 0,
      kernels: backend === 'webgpu' ? ['winograd-4-small', 'direct-small'] : [],
      reason: 'It computes correctly and was the fastest in the self-test.',
      tried: [
        { backend: 'webgpu', ok: true, milliseconds: 1.8, why: 'Taken.' },
        { backend: 'webgl', ok: true, milliseconds: 4.2, why: 'Works, but slower.' },
        { backend: 'wasm', ok: true, milliseconds: 31, why: 'Works, but slower.' },
      ],
    };
  }

  async start(): Promise<EngineInfo> {
    await wait(this.settings.pace === 'slow' ? 60_000 : 150);
    if (this.settings.fail === 'start') {
      throw new EngineError(
        'No engine started in this browser. Turn on WebAssembly and try again.',
      );
    }
    return this.engine();
  }

  async describe(): Promise<ModelSummary> {
    return this.summary;
  }

  async useModel(
    place: ModelPlace,
    onProgress?: (progress: Progress) => void,
    signal?: AbortSignal,
  ): Promise<ModelSummary> {
    for (let step = 0; step <= 10; step++) {
      const holds = this.settings.pace === 'slow' && step === 4;
      onProgress?.({ stage: 'download', fraction: step / 10, message: 'Reading the model' });
      await wait(holds ? 60_000 : 20, signal);
    }
    if (this.settings.fail === 'model') {
      throw new Error('The model’s shard rpn.0-f4e2abb081.bin is cut; copy the file anew.');
    }
    if ('files' in place) this.summary = madeUpSummary({ name: 'mine', title: 'My own', data: [] });
    else this.summary = madeUpSummary();
    return this.summary;
  }

  async open(file: Blob, signal?: AbortSignal): Promise<OpenedPhoto> {
    await wait(20, signal);
    try {
      const bitmap = await createImageBitmap(file);
      return { id: 1, width: bitmap.width, height: bitmap.height, bitmap, notes: [] };
    } catch {
      throw new PhotoError('This file is not a picture Loupe can read. Try a JPEG, PNG or WebP.');
    }
  }

  async detect(photo: OpenedPhoto, options: DetectOptions = {}): Promise<DetectionRun> {
    const bytesTotal = 48_300_000;
    for (let step = 0; step <= 20; step++) {
      const fraction = step / 20;
      options.onProgress?.({
        stage: step < 12 ? 'download' : 'detect',
        fraction,
        message: step < 12 ? 'Downloading the model' : 'Finding objects',
        ...(step < 12 && { bytesDone: (bytesTotal * step) / 12, bytesTotal }),
      });
      const holds = this.settings.pace === 'slow' && step === 8;
      await wait(holds ? 60_000 : 10, options.signal);
      if (this.settings.fail === 'detect' && step === 15) {
        throw new EngineError('The graphics device was lost. Try again, or choose WebAssembly.');
      }
    }
    const detections = this.detections(photo);
    return {
      detections,
      proposals: detections.map(({ box, score }) => ({
        anchor: box,
        box,
        objectness: Math.min(1, score + 0.04),
      })),
      width: photo.width,
      height: photo.height,
      notes: [],
      stages: [
        madeUpCost({ name: 'preprocessing', milliseconds: 18 }),
        madeUpCost({ name: 'trunk', milliseconds: 412, gigaflop: 188, dispatches: 44 }),
        madeUpCost({ name: 'RPN', milliseconds: 63, gigaflop: 9.4, dispatches: 6, readbacks: 1 }),
        madeUpCost({ name: 'RoI heads', milliseconds: 41, dispatches: 16, readbacks: 1 }),
      ],
      ...NO_COST,
      engine: this.engine(),
      model: this.summary,
      quality: options.quality ?? 'fast',
      look: this.summary.looks[options.quality ?? 'fast'],
      tiles: 0,
    };
  }

  /** No head was trained for what is made up. */
  async propose(): Promise<null> {
    return null;
  }

  enlarge = notHere;
  classify = notHere;
  reclassify = notHere;
  explain = notHere;

  dispose(): void {}

  private detections({ width, height }: OpenedPhoto): Detection[] {
    const { result } = this.settings;
    if (result === 'none') return [];
    const factor = width / 1280;
    const desk = DESK.map(
      ([className, score, ...box], index): Detection => ({
        className,
        score: result === 'low' ? score * 0.22 : score,
        label: index,
        box: box.map((value) => value * factor) as unknown as Detection['box'],
        proposal: index,
      }),
    );
    if (result !== 'many') return desk;
    return Array.from({ length: 300 }, (_, index): Detection => {
      const x = ((index * 137.5) % 100) / 100;
      const y = ((index * 61.8) % 100) / 100;
      const side = 8 + ((index * 7) % 40);
      return {
        className: ['handle', 'light switch', 'cup'][index % 3] as string,
        score: 0.99 - index * 0.003,
        label: index % 3,
        box: [
          x * (width - 60),
          y * (height - 60),
          x * (width - 60) + side,
          y * (height - 60) + side,
        ],
        proposal: index,
      };
    });
  }
}
