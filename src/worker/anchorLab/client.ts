/**
 * The page's side of the anchor worker: one worker that answers every tick, a second one for fits,
 * each started when it is first needed. Of questions of one kind only the newest is put.
 */
import * as Comlink from 'comlink';
import type { ComparedSet } from '../../core/anchors/comparison.ts';
import type { AnchorSet } from '../../core/anchors/sets.ts';
import type { BoxSet } from '../../core/annotations/boxSet.ts';
import type { OwnFile } from '../modelPlaces.ts';
import { Latest } from './latest.ts';
import { moved } from './moved.ts';
import {
  type AnchorLabApi,
  type DataFacts,
  type FitRequest,
  type Fitted,
  type Ground,
  type Measured,
  type OpenProgress,
  OWN,
  PHOTO,
} from './protocol.ts';

const spawn = () =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'anchors' });

const STOPPED = 'The calculation of the anchors stopped unexpectedly; load the page again.';

type Kind = 'tick' | 'fit';

interface Running {
  readonly remote: Comlink.Remote<AnchorLabApi>;
  /** rejects when the worker is gone */
  readonly died: Promise<never>;
}

export class AnchorLabClient {
  private readonly workers = new Map<Kind, Running>();
  /** Counts own data that were kept; the fitting worker has some of them, or none. */
  private kept = 0;
  private fitterHas = 0;
  /** The objects of the open photo, and which of the workers have them. */
  private photo: BoxSet | undefined;
  private readonly photoAt = new Map<Kind, BoxSet>();
  private readonly measuring = new Latest(([ground, set]: readonly [Ground, AnchorSet]) =>
    this.callOn(ground, 'tick', (remote) => remote.measure(ground, set)),
  );
  private readonly comparing = new Latest((ground: Ground) =>
    this.callOn(ground, 'tick', (remote) => remote.compare(ground)),
  );
  private readonly fitting = new Latest((request: FitRequest) => this.fitWithData(request));

  builtIn(): Promise<DataFacts[]> {
    return this.call('tick', (remote) => remote.builtIn());
  }

  /**
   * Reads annotations; `keep` takes them into use as the visitor's own data.
   * @throws an error called AnnotationError, with one plain sentence
   */
  async open(
    files: readonly OwnFile[],
    onProgress: (progress: OpenProgress) => void,
  ): Promise<{ readonly facts: DataFacts; keep(): void }> {
    const report = Comlink.proxy(onProgress);
    const facts = await this.call('tick', (remote) => remote.open(files, report));
    const keep = () => {
      this.kept++;
      this.call('tick', (remote) => remote.keep()).catch(() => {}); // the next question tells
    };
    return { facts, keep };
  }

  /** From now on these are the objects of the open photo, the data called PHOTO. */
  setPhoto(set: BoxSet): void {
    this.photo = set;
  }

  /** Undefined where a newer question was asked meanwhile; so with the others. */
  measure(ground: Ground, set: AnchorSet): Promise<Measured | undefined> {
    return this.measuring.put([ground, set]);
  }

  /** What the named sets reach. */
  compare(ground: Ground): Promise<ComparedSet[] | undefined> {
    return this.comparing.put(ground);
  }

  fit(request: FitRequest): Promise<Fitted | undefined> {
    return this.fitting.put(request);
  }

  private async fitWithData(request: FitRequest): Promise<Fitted> {
    if (request.ground.data === OWN && this.fitterHas !== this.kept) {
      const { kept } = this;
      const set = await this.call('tick', (remote) => remote.copyOwn());
      await this.call('fit', (remote) => remote.adopt(moved(set), OWN));
      this.fitterHas = kept;
    }
    return this.callOn(request.ground, 'fit', (remote) => remote.fit(request));
  }

  /** Calls a worker that knows the data: the photo's are a handful, and go along when they are new. */
  private async callOn<T>(
    { data }: Ground,
    kind: Kind,
    send: (remote: Comlink.Remote<AnchorLabApi>) => Promise<T>,
  ): Promise<T> {
    const { photo } = this;
    if (data === PHOTO && photo && this.photoAt.get(kind) !== photo) {
      await this.call(kind, (remote) => remote.adopt(photo, PHOTO));
      this.photoAt.set(kind, photo);
    }
    return this.call(kind, send);
  }

  /** Calls a worker; one that dies ends the calls it had, and the next call starts another. */
  private call<T>(
    kind: Kind,
    send: (remote: Comlink.Remote<AnchorLabApi>) => Promise<T>,
  ): Promise<T> {
    const { remote, died } = this.workers.get(kind) ?? this.start(kind);
    return Promise.race([send(remote), died]);
  }

  private start(kind: Kind): Running {
    const worker = spawn();
    const remote = Comlink.wrap<AnchorLabApi>(worker);
    const died = new Promise<never>((_, reject) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        this.workers.delete(kind);
        worker.terminate();
        reject(new Error(STOPPED));
      });
    });
    died.catch(() => {}); // heard by those who wait; there may be none
    if (kind === 'fit') this.fitterHas = 0;
    this.photoAt.delete(kind);
    const running = { remote, died };
    this.workers.set(kind, running);
    return running;
  }
}
