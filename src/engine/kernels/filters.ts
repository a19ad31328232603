/**
 * The transformed filters of Winograd convolutions: made at a filter's first use, kept while it lives and
 * freed with it. They are the backend's data and no tensors, so tfjs's engine does not see them; to learn
 * of a filter's end they listen where the engine must tell the backend.
 */
import { engine, env, getBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Winograd } from './winogradMatrices.ts';

/** Of tfjs's backends, where they are told of a tensor's end. */
interface Backend {
  disposeData(dataId: TensorInfo['dataId'], force?: boolean): boolean;
}

export class TransformedFilters {
  private readonly kept = new Map<TensorInfo['dataId'], Map<Winograd, readonly TensorInfo[]>>();
  /** Filters of which only the shaders were compiled: nothing has been computed for them yet. */
  private readonly unfilled = new Set<TensorInfo['dataId']>();
  private readonly disposeData: Backend['disposeData'];

  /** @param transform makes the transformed filter, of the backend's own data */
  constructor(
    private readonly backend: Backend,
    private readonly transform: (filter: TensorInfo, winograd: Winograd) => readonly TensorInfo[],
  ) {
    this.disposeData = backend.disposeData;
    backend.disposeData = (dataId, force) => {
      const gone = this.disposeData.call(backend, dataId, force);
      if (gone) this.forget(dataId);
      return gone;
    };
  }

  /** What `transform` made of the filter, not the caller's to dispose. */
  get(filter: TensorInfo, winograd: Winograd): readonly TensorInfo[] {
    // The flag is there only where tfjs's WebGPU backend has been loaded.
    const compileOnly = getBackend() === 'webgpu' && env().getBool('WEBGPU_ENGINE_COMPILE_ONLY');
    if (!compileOnly && this.unfilled.has(filter.dataId)) this.forget(filter.dataId);
    const forms = this.kept.get(filter.dataId) ?? new Map<Winograd, readonly TensorInfo[]>();
    let transformed = forms.get(winograd);
    if (!transformed) {
      transformed = this.transform(filter, winograd);
      forms.set(winograd, transformed);
      this.kept.set(filter.dataId, forms);
      if (compileOnly) this.unfilled.add(filter.dataId);
      // tfjs's leak check asks that a kernel leaves nothing but its output; what it knows to stay is this.
      const moves = engine().state.numDataMovesStack;
      if (moves.length > 0) moves[moves.length - 1] = (moves.at(-1) as number) + transformed.length;
    }
    return transformed;
  }

  /** Frees all of them and listens no more. */
  dispose(): void {
    for (const dataId of [...this.kept.keys()]) this.forget(dataId);
    this.backend.disposeData = this.disposeData;
  }

  private forget(dataId: TensorInfo['dataId']): void {
    const forms = this.kept.get(dataId);
    this.kept.delete(dataId);
    this.unfilled.delete(dataId);
    for (const { dataId } of [...(forms?.values() ?? [])].flat()) {
      this.disposeData.call(this.backend, dataId);
    }
  }
}
