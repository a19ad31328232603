/**
 * Anchors from outside a config: in a file, as `loupe anchors --json` prints them and `loupe train
 * detector --anchors` takes them, or one of the named sets.
 */
import { existsSync } from 'node:fs';
import { type AnchorFile, anchorFileSchema } from '../src/core/anchors/export.ts';
import { ANCHOR_SETS, type AnchorSet } from '../src/core/anchors/sets.ts';
import { RPN_STRIDES } from '../src/core/detection/rpn.ts';
import { UserError } from './console.ts';
import type { TrainingConfig } from './detector/config.ts';
import { readJsonFile } from './jsonFile.ts';

/**
 * A config with other anchors than its own.
 *
 * @param choice the name of a set, or the path of a file
 * @throws UserError when it is neither, and as `withAnchors`
 */
export function withChosenAnchors(config: TrainingConfig, choice: string): TrainingConfig {
  if (!Object.hasOwn(ANCHOR_SETS, choice)) {
    if (!existsSync(choice)) {
      throw new UserError(
        `There is no anchor file ${choice}, and no set of that name: those are ${Object.keys(ANCHOR_SETS).join(', ')}.`,
      );
    }
    return withAnchors(config, readAnchorFile(choice), choice);
  }
  return withSet(config, ANCHOR_SETS[choice as keyof typeof ANCHOR_SETS]);
}

/** A config whose RPN slides over another map of the trunk, or over both together. */
export function withPlacement(
  config: TrainingConfig,
  tap: TrainingConfig['detector']['rpn']['tap'],
): TrainingConfig {
  const { detector } = config;
  return { ...config, detector: { ...detector, rpn: { ...detector.rpn, tap } } };
}

/** A config with anchors of other shapes: heights over widths. */
export function withRatios(config: TrainingConfig, ratios: readonly number[]): TrainingConfig {
  return withSet(config, { sizes: config.detector.rpn.anchorSizes, aspectRatios: ratios });
}

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
      `${path} has anchors for stride ${stride}, but the RPN is to slide over ${tap}, of stride ${RPN_STRIDES[tap]}; fit them with loupe anchors --stride ${RPN_STRIDES[tap]}.`,
    );
  }
  if (workingSize !== undefined && workingSize !== detector.workingSize) {
    throw new UserError(
      `${path} has anchors for photos of ${workingSize} pixels, but the config's working size is ${detector.workingSize}; fit them with --working-size ${detector.workingSize}.`,
    );
  }
  return withSet(config, { sizes, aspectRatios: ratios });
}

function withSet(config: TrainingConfig, { sizes, aspectRatios }: AnchorSet): TrainingConfig {
  const { detector } = config;
  const rpn = { ...detector.rpn, anchorSizes: [...sizes], aspectRatios: [...aspectRatios] };
  return { ...config, detector: { ...detector, rpn } };
}
