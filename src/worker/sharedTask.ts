/**
 * Work that several callers wait for but that is done once, such as the model's download. Each caller
 * hears its progress and may walk away by a signal; when the last one has gone the work itself is
 * aborted. A success is kept; after a failure or an abort the next caller starts it again.
 */
import type { Report, StageEvent } from './wire.ts';

interface Attempt<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<Report>;
  waiting: number;
  latest: StageEvent | undefined;
}

export class SharedTask<T> {
  private attempt: Attempt<T> | undefined;
  /** True once the work has succeeded. */
  done = false;

  constructor(private readonly work: (report: Report, signal: AbortSignal) => Promise<T>) {}

  /** Waits for the result, starting the work where nobody has; rejects as soon as `signal` aborts. */
  async join(report: Report, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.attempt ??= this.begin();
    const attempt = this.attempt;
    attempt.listeners.add(report);
    attempt.waiting++;
    if (attempt.latest && !this.done) report(attempt.latest);
    try {
      return await abortable(attempt.result, signal);
    } finally {
      attempt.listeners.delete(report);
      attempt.waiting--;
      if (attempt.waiting === 0 && !this.done) {
        attempt.abort.abort();
        if (this.attempt === attempt) this.attempt = undefined;
      }
    }
  }

  private begin(): Attempt<T> {
    const abort = new AbortController();
    const listeners = new Set<Report>();
    const report: Report = (event) => {
      attempt.latest = event;
      for (const listener of listeners) listener(event);
    };
    // A turn later: work may report at once, and then somebody must be there to hear it.
    const begun = Promise.resolve().then(() => this.work(report, abort.signal));
    const result = begun.then(
      (value) => {
        this.done = true;
        return value;
      },
      (error) => {
        if (this.attempt === attempt) this.attempt = undefined;
        throw error;
      },
    );
    result.catch(() => {}); // heard by those who wait; there may be none left
    const attempt: Attempt<T> = { result, abort, listeners, waiting: 0, latest: undefined };
    return attempt;
  }
}

/** Aborts when either does. */
export function eitherOf(own: AbortController, theirs: AbortSignal | undefined): AbortSignal {
  return theirs ? AbortSignal.any([own.signal, theirs]) : own.signal;
}

/** The promise, or the signal's reason as soon as it aborts. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
