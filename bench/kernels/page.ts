/**
 * The browser's part of the kernels' bench: VGG16's trunk on WebGPU, each of its layers timed alone, with
 * tfjs's kernels or with ours. bench/kernels.bench.ts opens this page and asks for one round after another.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import { Vgg16 } from '../../src/core/detection/vgg16.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { describeAdapter, hasHalves } from '../../src/engine/adapter.ts';
import type { RunCost } from '../../src/engine/costs.ts';
import { createHttpSource } from '../../src/engine/httpSource.ts';
import { measureStages } from '../../src/engine/instrument.ts';
import { everywhere, type KernelChoices } from '../../src/engine/kernels/candidates.ts';
import { choicesFrom, measureKernels } from '../../src/engine/kernels/choosing.ts';
import { installKernels } from '../../src/engine/kernels/install.ts';
import type { WebGPUBackend } from '../../src/engine/kernels/program.ts';
import { waves } from '../../src/engine/kernels/waves.ts';
import { noisePicture } from '../../tests/support/noisePicture.ts';
import { trunkGigaflop } from '../trunkCost.ts';
import { compileLayers, type Round, timeLayers, type Variant } from './layers.ts';
import { type OperationTimes, timeOperation } from './operations.ts';

export interface Setup {
  readonly adapter: string;
  readonly choices: KernelChoices;
  /** milliseconds that choosing took, with the shaders' compilation */
  readonly choosingMilliseconds: number;
  /** GFLOP of each layer, a multiplication and an addition counted as two */
  readonly gigaflop: Readonly<Record<string, number>>;
}

async function prepare(width: number, height: number, software: boolean) {
  await tf.setBackend('webgpu');
  const backend = tf.backend() as unknown as WebGPUBackend;
  const start = performance.now();
  const choices = choicesFrom(await measureKernels({ software, halves: await hasHalves() }));
  const choosingMilliseconds = performance.now() - start;
  const kernels = installKernels(backend, everywhere('stock'));
  const model = await loadModel(createHttpSource(new URL('/models/vgg16/', location.href)));
  const trunk = new Vgg16(model.weights);
  const picture = waves([1, height, width, 3], 1, 100) as tf.Tensor4D;
  function use(variant: Variant): void {
    kernels.choices = variant === 'chosen' ? choices : everywhere(variant);
  }

  /** Compiles the shaders that a variant needs, without running them. */
  async function compile(variant: Variant): Promise<void> {
    use(variant);
    await compileLayers(trunk, picture);
  }

  async function round(variant: Variant): Promise<Round> {
    use(variant);
    return timeLayers(trunk, picture);
  }

  /** What each stage of a detection by the shipped model costs; the shaders are compiled by a run before. */
  async function stages(variant: Variant, proposals: number): Promise<RunCost> {
    use(variant);
    const shipped = await loadModel(createHttpSource(new URL('/models/household/', location.href)));
    try {
      const detector = detectorFromModel(shipped);
      const picture = noisePicture(width, height);
      const options = {
        workingSize: Math.max(width, height),
        proposals: { postNmsTopN: proposals },
      };
      await detector.detect(picture, options);
      const { cost } = await measureStages((onStage) =>
        detector.detect(picture, { ...options, onStage }),
      );
      return cost;
    } finally {
      shipped.dispose();
    }
  }

  const adapter = await navigator.gpu.requestAdapter();
  const named = adapter ? describeAdapter(adapter.info) : 'unnamed adapter';
  const setup: Setup = {
    adapter: named,
    choices,
    choosingMilliseconds,
    gigaflop: trunkGigaflop(width, height),
  };
  /** RoIAlign, bicubic and pooling, with the kernels that are chosen. */
  async function operation(number: number, rounds: number): Promise<OperationTimes | null> {
    use('chosen');
    return timeOperation(number, rounds);
  }
  return { setup, compile, round, stages, operation };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

declare global {
  var loupeBench: {
    prepare(width: number, height: number, software: boolean): Promise<Setup>;
    compile(variant: Variant): Promise<void>;
    round(variant: Variant): Promise<Round>;
    stages(variant: Variant, proposals: number): Promise<RunCost>;
    operation(number: number, rounds: number): Promise<OperationTimes | null>;
  };
}

let prepared: Prepared | undefined;
const ready = (): Prepared => {
  if (!prepared) throw new Error('Prepare the bench first.');
  return prepared;
};
globalThis.loupeBench = {
  async prepare(...args) {
    prepared = await prepare(...args);
    return prepared.setup;
  },
  compile: async (variant) => ready().compile(variant),
  round: async (variant) => ready().round(variant),
  stages: async (...args) => ready().stages(...args),
  operation: async (...args) => ready().operation(...args),
};
