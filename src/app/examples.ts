/**
 * The example photos and who made them, read from `public/examples/credits.json`: the credits are
 * data beside the photos, so a photo can hardly be shown without its author.
 */
import type { Credit } from './store/state.ts';

export interface Example extends Credit {
  readonly file: string;
}

/** The address of a file below the app's own, wherever the app is served from. */
const below = (path: string) => `${import.meta.env.BASE_URL}examples/${path}`;

export const thumbnailOf = ({ file }: Example): string =>
  below(`thumbnails/${file.replace(/\.jpg$/, '.webp')}`);

let loading: Promise<Example[]> | undefined;

/** All examples; the list is fetched once, and anew after a failure. */
export function loadExamples(): Promise<Example[]> {
  loading ??= get(below('credits.json'))
    .then((response) => response.json() as Promise<Example[]>)
    .catch(() => {
      loading = undefined;
      return [];
    });
  return loading;
}

/** The photo itself. Throws one plain sentence where it cannot be had. */
export async function fetchExample({ file, title }: Example): Promise<Blob> {
  try {
    return await (await get(below(file))).blob();
  } catch {
    throw new Error(
      `The example “${title}” could not be loaded. Check the connection and try again.`,
    );
  }
}

async function get(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
  return response;
}
