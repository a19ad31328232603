/**
 * Whether helpers pay on this machine, told from the work itself: how many boxes a second the one engine
 * gets through alone, and the helpers together. On two idle cores they gain nothing (docs/performance.md);
 * where there are more it depends on the machine, and nobody but the visitor's own can tell.
 */

/** The first batch makes buffers and warms caches; of two the faster one counts. */
const ENOUGH = 2;

/** The best of several batches, in boxes a millisecond. */
interface Measured {
  readonly batches: number;
  readonly best: number;
}

export class Pace {
  /** By kind of second look, as their boxes cost differently. */
  private readonly alone = new Map<string, Measured>();
  private readonly together = new Map<string, Measured>();
  private busy = 0;
  private tell!: () => void;

  /** Resolves when the one engine's own pace is known, which helpers that start would disturb. */
  readonly known = new Promise<void>((resolve) => {
    this.tell = resolve;
  });

  /** @param helpers how many of them work side by side */
  constructor(private readonly helpers: number) {}

  /** Whether the helpers are the faster; undefined as long as not enough has been seen of both. */
  get helpersPay(): boolean | undefined {
    for (const [kind, { batches, best }] of this.together) {
      const own = this.alone.get(kind);
      if (own && own.batches >= ENOUGH && batches >= ENOUGH * this.helpers) return best > own.best;
    }
    return undefined;
  }

  /** Measures a batch that the one engine does while nobody helps. */
  async ofOne<T>(kind: string, boxes: number, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    if (note(this.alone, kind, boxes / (performance.now() - start)) >= ENOUGH) this.tell();
    return result;
  }

  /** Measures a helper's batch, which the others' go on beside. */
  async ofHelper<T>(kind: string, boxes: number, work: () => Promise<T>): Promise<T> {
    const atStart = ++this.busy;
    const start = performance.now();
    try {
      const result = await work();
      const sideBySide = Math.min(atStart, this.busy);
      note(this.together, kind, (sideBySide * boxes) / (performance.now() - start));
      return result;
    } finally {
      this.busy--;
    }
  }
}

/** @returns of how many batches the best is known now */
function note(paces: Map<string, Measured>, kind: string, pace: number): number {
  const { batches, best } = paces.get(kind) ?? { batches: 0, best: 0 };
  paces.set(kind, { batches: batches + 1, best: Math.max(best, pace) });
  return batches + 1;
}
