/**
 * What was drawn on photos: objects by photo, kept beside the anchors in the history of the page, so
 * that they are there again when a photo is, and undone only while their photo is the one in sight.
 */
import type { Box } from '../../core/boxes/box.ts';
import type { Parts } from './history.ts';
import type { Tuning } from './tuning.ts';

/** The part of the history that is the anchors and what they are held against. */
export const ANCHORS = 'anchors';

/** With these objects on a photo instead of those that were there. */
export const withDrawn = (tuning: Tuning, photo: string, boxes: readonly Box[]): Tuning => ({
  ...tuning,
  drawn: { ...tuning.drawn, [photo]: boxes },
});

/** What undo and redo may touch while this photo is open: the anchors, and what was drawn on it. */
export const partsInSight = (photo: string | null): Parts<Tuning> => ({
  isInSight: (part) => part === ANCHORS || part === photo,
  put: (present, from, part) =>
    part === ANCHORS
      ? { ...from, drawn: present.drawn }
      : withDrawn(present, part, from.drawn?.[part] ?? []),
});

/**
 * A photo's key: a hash of its bytes, so that it is the same photo however it comes back. Where the
 * browser has no hashes (a page that is not served securely) name, size and date have to do.
 */
export async function photoKeyOf(file: Blob, name: string): Promise<string> {
  try {
    const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(
      '',
    );
  } catch {
    return `${name} ${file.size} ${file instanceof File ? file.lastModified : ''}`;
  }
}
