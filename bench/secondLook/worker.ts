/**
 * One engine of the bench of the second look: classifier, RED-Net and trunk on WebAssembly, on as many
 * threads as it is told, and boxes of small objects on a made-up picture.
 */
import * as Comlink from 'comlink';
import { classifierFromModel } from '../../src/core/classification/fromModel.ts';
import { detectorFromModel } from '../../src/core/detection/fromModel.ts';
import type { Picture } from '../../src/core/detection/types.ts';
import { loadModel } from '../../src/core/models/loader.ts';
import { redNetFromModel } from '../../src/core/superResolution/fromModel.ts';
import { use } from '../../src/engine/backends.ts';
import { createHttpSource } from '../../src/engine/httpSource.ts';
import { startWasmKernels } from '../../src/engine/kernels/startWasm.ts';
import { startWasm } from '../../src/engine/wasm.ts';
import { smallBoxes } from './boxes.ts';

const PICTURE: Picture = {
  ...{ width: 640, height: 480, channels: 3 },
  data: Uint8Array.from({ length: 640 * 480 * 3 }, (_, i) => (i * 7919) % 251),
};

async function prepare(threads: number) {
  const started = await startWasm(() => use('wasm'), threads);
  startWasmKernels();
  const load = (name: string) =>
    loadModel(createHttpSource(new URL(`/models/${name}/manifest.json`, location.href)));
  const [detector, heads, redNet] = [
    await load('household'),
    await load('classifier'),
    await load('red-net'),
  ];
  const network = detectorFromModel(detector);
  const about = { network, manifest: detector.manifest };
  return { started, classifier: classifierFromModel(heads, about, redNetFromModel(redNet)) };
}

let ready: ReturnType<typeof prepare>;
const engine = {
  /** The number of threads that it runs on. */
  async start(threads: number): Promise<number> {
    ready = prepare(threads);
    return (await ready).started;
  },
  async classify(count: number): Promise<void> {
    const { classifier } = await ready;
    const cuts = classifier.cut(PICTURE, smallBoxes(count), 'super-resolution');
    await classifier.classifyCuts(cuts, { upscaling: 'super-resolution' });
  },
};
export type BenchEngine = typeof engine;
Comlink.expose(engine);
