/**
 * Who does which batch: a list of jobs is worked off by helpers, each of which gets the next when it is
 * done with one, and by the caller itself as long as no helper is there. It knows nothing of workers:
 * whatever goes wrong with a helper only means that others do its share.
 */

/** Does one job; rejects where it cannot. */
export type Hand<Job, Result> = (job: Job) => Promise<Result>;

/**
 * Gives the results out as they come, in any order, each exactly once.
 *
 * @param own how the caller does a job; what it throws ends the work
 * @param helpers each resolves when it is ready, or rejects. One that fails at a job gets no other, and
 *   the job goes back to the others: an error that is the job's own fault comes up in `own` at last.
 */
export async function* shareOut<Job extends object, Result>(
  jobs: readonly Job[],
  own: Hand<Job, Result>,
  helpers: readonly Promise<Hand<Job, Result>>[],
): AsyncGenerator<Result, void, undefined> {
  const waiting = [...jobs];
  const done: Result[] = [];
  const bell = new Bell();
  let failure: { readonly error: unknown } | undefined;
  let helping = 0;
  let over = false;

  const help = async (starting: Promise<Hand<Job, Result>>) => {
    const hand = await starting;
    helping++;
    let job: Job | undefined;
    try {
      for (job = waiting.shift(); job; job = waiting.shift()) {
        done.push(await hand(job));
        bell.ring();
      }
    } finally {
      if (job && !over) waiting.unshift(job);
      helping--;
      bell.ring();
    }
  };
  const workAlone = async () => {
    await new Promise((resolve) => setTimeout(resolve)); // helpers that are ready come first
    while (!over) {
      const job = helping === 0 ? waiting.shift() : undefined;
      if (job) done.push(await own(job));
      else await bell.next;
      if (job) bell.ring();
    }
  };
  for (const starting of helpers) help(starting).catch(() => {});
  workAlone().catch((error: unknown) => {
    failure = { error };
    bell.ring();
  });
  try {
    for (const _ of jobs) {
      while (done.length === 0) {
        if (failure) throw failure.error;
        await bell.next;
      }
      yield done.shift() as Result;
    }
  } finally {
    over = true;
    waiting.length = 0;
    bell.ring();
  }
}

/** Wakes all who wait for it, again and again. */
class Bell {
  /** Resolves when it is rung next. */
  next!: Promise<void>;
  ring!: () => void;

  constructor() {
    this.renew();
  }

  private renew(): void {
    this.next = new Promise((resolve) => {
      this.ring = () => {
        resolve();
        this.renew();
      };
    });
  }
}
