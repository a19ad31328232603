/**
 * Anchors in a file, as `loupe anchors --json` prints them and `loupe train detector --anchors` takes
 * them.
 */
import { type AnchorFile, anchorFileSchema } from '../src/core/anchors/export.ts';
import { RPN_STRIDES } from '../src/core/detection/rpn.ts';
import { UserError } from './console.ts';
import type { TrainingConfig } from './detector/config.ts';
import { readJsonFile } from './jsonFile.ts';

/** A set of anchors from a file. Throws a UserError. */
export function readAnchorFile(path: string): AnchorFile {
  return readJsonFile(path, anchorFileSchema, { what: 'anchor file' });
}

/**
 * A config with the anchors of a file instead of its own.
 *
 * @param path of the file, for the sentence
 * @throws UserError when they were fitted for another stride or working size than the config's
 */
export function withAnchors(
  config: TrainingConfig,
  { sizes, ratios, stride, workingSize }: AnchorFile,
  path: string,
): TrainingConfig {
  const { detector } = config;
  const { tap } = detector.rpn;
  if (stride !== RPN_STRIDES[tap]) {
    throw new UserError(
      `${path} has anchors for stride ${stride}, but the config's RPN slides over ${tap}, of stride ${RPN_STRIDES[tap]}; fit them with --stride ${RPN_STRIDES[tap]}.`,
    );
  }
  if (workingSize !== undefined && workingSize !== detector.workingSize) {
    throw new UserError(
      `${path} has anchors for photos of ${workingSize} pixels, but the config's working size is ${detector.workingSize}; fit them with --working-size ${detector.workingSize}.`,
    );
  }
  const rpn = { ...detector.rpn, anchorSizes: sizes, aspectRatios: ratios };
  return { ...config, detector: { ...detector, rpn } };
}
