/**
 * Reads a model folder from the disk: Node's side of core's loader.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingFile } from '../src/core/models/integrity.ts';
import type { ModelSource } from '../src/core/models/loader.ts';
import { ModelError } from '../src/core/models/modelError.ts';

/**
 * A model folder on the disk, such as "public/models/household".
 */
export function createFileSource(folder: string): ModelSource {
  return {
    async read(path, onBytes) {
      const file = join(folder, path);
      try {
        const bytes = await readFile(file);
        onBytes?.(bytes.length);
        return { bytes };
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') throw missingFile(file);
        throw new ModelError(
          'network',
          `The model's file ${file} cannot be read: ${message}.`,
          file,
        );
      }
    },
  };
}
