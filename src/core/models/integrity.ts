/**
 * Checks that the bytes which arrived for a shard are the ones the manifest promises. A static host answers a missing
 * file with an HTML page, a proxy cuts a download, a disk flips a bit: each of these gets its own plain sentence that
 * names the shard, since "the model failed to load" helps nobody.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { ManifestShard } from './manifest.ts';
import { ModelError } from './modelError.ts';

/** The SHA-256 of some bytes as 64 hexadecimal digits. Pure JavaScript: works without a secure context, too. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

/**
 * Whether an answer is a web page rather than a file of a model.
 * @param contentType the Content-Type the server sent, if any
 */
export function looksLikeHtml(bytes: Uint8Array, contentType?: string | null): boolean {
  if (contentType?.toLowerCase().includes('text/html')) return true;
  const start = String.fromCharCode(...bytes.subarray(0, 64)).replace(
    /^(?:\u00ef\u00bb\u00bf)?\s*/,
    '',
  );
  return /^<(?:!doctype html|html|head|body|!--)/i.test(start);
}

/**
 * Checks one shard: its kind, its length, its hash.
 * @throws ModelError with fault 'html', 'cut' or 'altered'; the message names the shard
 */
export function checkShard(
  shard: ManifestShard,
  bytes: Uint8Array,
  contentType?: string | null,
): void {
  const { path } = shard;
  // A shard that happens to look like anything is still itself when its hash says so.
  if (bytes.length === shard.bytes && sha256Hex(bytes) === shard.sha256) return;
  if (looksLikeHtml(bytes, contentType)) throw htmlInstead(path);
  if (bytes.length < shard.bytes) {
    throw new ModelError(
      'cut',
      `The model's shard ${path} is cut: only ${bytes.length} of its ${shard.bytes} bytes arrived. Try again; if it stays so, copy the file anew.`,
      path,
    );
  }
  const why =
    bytes.length > shard.bytes
      ? `it has ${bytes.length} bytes instead of ${shard.bytes}`
      : 'its SHA-256 is not the one in the manifest';
  throw new ModelError(
    'altered',
    `The model's shard ${path} is altered: ${why}. Copy the file anew and try again.`,
    path,
  );
}

/** The error for a file that the server does not have. */
export function missingFile(path: string): ModelError {
  return new ModelError(
    'missing',
    `The model's file ${path} is missing. Copy the whole models folder to where the app is served from and try again.`,
    path,
  );
}

/** The error for a web page that came in a model file's place. */
export function htmlInstead(path: string): ModelError {
  return new ModelError(
    'html',
    `An HTML page came in place of the model's file ${path}. The file is missing there: copy the whole models folder and try again.`,
    path,
  );
}
