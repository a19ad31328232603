/**
 * What may happen to the choice of a model. The model in use stays in use, and what it found on
 * screen, until another has been read, checked and prepared: a broken folder changes nothing but the
 * alert. The newest choice wins, whichever is loaded first.
 */
import type { ModelPlace } from '../../worker/protocol.ts';
import type { Client, LoupeState, ModelChoice, Problem } from './state.ts';

/** The models that the app serves: the names of their folders and their places. */
export type ServedModels = () => Promise<readonly Pick<ModelChoice, 'id' | 'place'>[]>;

interface Surroundings {
  /** The present client. */
  worker(): Client;
  readonly servedModels: ServedModels;
  fail(error: unknown, retry: Problem['retry']): void;
  /** Called when another model has been taken into use. */
  taken(): void;
}

/** Superseded or closed inside the client: whoever did that goes on from here. */
export const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';

/** A visitor's own model has an id that no folder on the server has. */
const ownId = (name: string) => `own/${name}`;

/** The actions, for the store that holds their state. */
export function modelActions(
  set: (state: Partial<LoupeState>) => void,
  get: () => LoupeState,
  { worker, servedModels, fail, taken }: Surroundings,
): Pick<LoupeState, 'listModels' | 'chooseModel' | 'openModel' | 'cancelChoosing'> {
  let choosing = new AbortController();

  const supersede = () => {
    choosing.abort();
    choosing = new AbortController();
    return choosing.signal;
  };

  const list = async () => {
    const client = worker();
    const served = await servedModels();
    const described = await Promise.allSettled(
      served.map(
        async ({ id, place }): Promise<ModelChoice> => ({
          ...{ id, place, own: false },
          summary: await client.describe(place),
        }),
      ),
    );
    const choices = described.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const { models, model, chosen } = get();
    const inUse = choices.find(({ id }) => id === chosen)?.summary ?? null;
    set({ models: [...choices, ...models.filter(({ own }) => own)], model: model ?? inUse });
  };

  const take = async (choice: Omit<ModelChoice, 'summary'>, name: string) => {
    const signal = supersede();
    set({ choosing: { name, fraction: 0 }, problem: null, announcement: `Loading ${name}.` });
    try {
      const onProgress = ({ fraction }: { fraction: number }) => {
        if (!signal.aborted) set({ choosing: { name, fraction } });
      };
      const summary = await worker().useModel(choice.place, onProgress, signal);
      if (signal.aborted) return;
      const { models } = get();
      const known = models.some(({ id }) => id === choice.id);
      const entry: ModelChoice = { ...choice, summary };
      set({
        choosing: null,
        chosen: choice.id,
        model: summary,
        models: known
          ? models.map((one) => (one.id === choice.id ? entry : one))
          : [...models, entry],
        announcement: `The model ${summary.name} is in use.`,
      });
      taken();
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      set({ choosing: null });
      fail(error, canPass(error) ? () => void take(choice, name) : null);
    }
  };

  return {
    listModels() {
      // The list is an extra: the model in use works without it, and opening the menu tries again.
      if (get().models.every(({ own }) => own)) void list().catch(() => undefined);
    },
    chooseModel(id) {
      const choice = get().models.find((one) => one.id === id);
      if (!choice) return;
      if (id !== get().chosen) return void take(choice, choice.summary.name);
      get().cancelChoosing();
    },
    openModel(place: ModelPlace, name) {
      void take({ id: ownId(name), place, own: true }, name);
    },
    cancelChoosing() {
      supersede();
      if (get().choosing) set({ choosing: null, announcement: 'Cancelled.' });
    },
  };
}

/** A connection may come back; a file that is broken stays so until it is chosen anew. */
const canPass = (error: unknown) =>
  !(error instanceof Error) ||
  error.name !== 'ModelError' ||
  ('fault' in error && error.fault === 'network');
