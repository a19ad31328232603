/**
 * The transformed filters of Winograd convolutions: made at a filter's first use, kept while it lives and
 * freed with it. They are the backend's data and no tensors, so tfjs's engine does not see them; to learn
 * of a filter's end they listen where the engine must tell the backend.
 */
import { engine, env, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from './program.ts';
import { transformFilter } from './winograd.ts';
import type { Winograd } from './winogradMatrices.ts';

export class TransformedFilters {
  private readonly kept = new Map<TensorInfo['dataId'], Map<Winograd, TensorInfo>>();
  /** Filters of which only the shaders were compiled: nothing has been computed for them yet. */
  private readonly unfilled = new Set<TensorInfo['dataId']>();
  private readonly disposeData: WebGPUBackend['disposeData'];

  constructor(private readonly backend: WebGPUBackend) {
    this.disposeData = backend.disposeData;
    backend.disposeData = (dataId, force) => {
      const gone = this.disposeData.call(backend, dataId, force);
      if (gone) this.forget(dataId);
      return gone;
    };
  }

  /** `[places, inputs, filters]`, not the caller's to dispose. */
  get(filter: TensorInfo, winograd: Winograd): TensorInfo {
    const compileOnly = env().getBool('WEBGPU_ENGINE_COMPILE_ONLY');
    if (!compileOnly && this.unfilled.has(filter.dataId)) this.forget(filter.dataId);
    const forms = this.kept.get(filter.dataId) ?? new Map<Winograd, TensorInfo>();
    let transformed = forms.get(winograd);
    if (!transformed) {
      transformed = transformFilter(this.backend, filter, winograd);
      forms.set(winograd, transformed);
      this.kept.set(filter.dataId, forms);
      if (compileOnly) this.unfilled.add(filter.dataId);
      // tfjs's leak check asks that a kernel leaves nothing but its output; what it knows to stay is this.
      const moves = engine().state.numDataMovesStack;
      if (moves.length > 0) moves[moves.length - 1] = (moves.at(-1) as number) + 1;
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
    for (const { dataId } of forms?.values() ?? []) this.disposeData.call(this.backend, dataId);
  }
}
