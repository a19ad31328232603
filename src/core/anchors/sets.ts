/**
 * The named anchor sets: which sides and aspect ratios the RPN's anchors have.
 *
 * "paper" is Krishna and Jawahar's choice (ACPR 2017, section 3.1: each side is the largest that
 * an object of the next smaller kind can still be matched with). The others are what they compare
 * it with in Table I.
 */

/** Sides in pixels of the working picture, and aspect ratios (height over width). */
export interface AnchorSet {
  readonly sizes: readonly number[];
  readonly aspectRatios: readonly number[];
}

/** 1:1, 1:2 and 2:1, as height over width: torchvision's reading of a ratio. */
const PAPER_RATIOS = [1, 0.5, 2] as const;
const PAPER_SIZES = [16, 25, 32, 45, 64, 90] as const;

export const ANCHOR_SETS = {
  paper: { sizes: PAPER_SIZES, aspectRatios: PAPER_RATIOS },
  'faster-rcnn': { sizes: [128, 256, 512], aspectRatios: PAPER_RATIOS },
  chen: { sizes: [16, 40, 100], aspectRatios: PAPER_RATIOS },
  'paper-plus': { sizes: [16, 25, 32, 40, 45, 64, 90, 100], aspectRatios: PAPER_RATIOS },
} as const satisfies Record<string, AnchorSet>;
