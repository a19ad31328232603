/**
 * An anchor set for other programs: the JSON that `loupe train detector --anchors` takes, and lines
 * of Python for torchvision and mmdetection. Sizes are roots of areas and ratios height over width
 * in all three; what differs between them is said in the comments of the lines.
 */
import { z } from 'zod';
import type { AnchorSet } from './sets.ts';

export const EXPORT_FORMATS = ['json', 'torchvision', 'mmdetection'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const anchorFileSchema = z.object({
  /** theory, k-means or recall; or whatever else made them */
  method: z.string(),
  /** pixels, of the feature map that they were fitted for */
  stride: z.number().positive(),
  /** IoU of a match */
  threshold: z.number().min(0).max(1),
  /** roots of areas, in pixels of the picture that the network sees */
  sizes: z.array(z.number().positive()).min(1),
  /** height over width */
  ratios: z.array(z.number().positive()).min(1),
  bestPossibleRecall: z.number().min(0).max(1),
  meanBestIoU: z.number().min(0).max(1),
  /** how many objects the two figures are of */
  boxes: z.number().int().min(0),
  /** the long side that pictures were resized to; without it they stayed as they are */
  workingSize: z.number().int().positive().optional(),
});

export type AnchorFile = z.infer<typeof anchorFileSchema>;

/** What the snippets need to know. */
export interface ExportedAnchors extends AnchorSet {
  readonly stride: number;
}

/** torchvision's `AnchorGenerator` of a one-level feature map. */
export function torchvisionSnippet({ sizes, aspectRatios, stride }: ExportedAnchors): string {
  return `from torchvision.models.detection.anchor_utils import AnchorGenerator

# For a feature map of stride ${plain(stride)}. torchvision rounds anchors to whole pixels and centres them on the
# corner of a cell, half a stride off Loupe's: shift its grid by ${plain(stride / 2)} px for the same coverage.
anchor_generator = AnchorGenerator(
    sizes=((${tuple(sizes)}),),
    aspect_ratios=((${tuple(aspectRatios)}),),
)
`;
}

/** mmdetection's config of an `AnchorGenerator`, for the `rpn_head`. */
export function mmdetectionSnippet({ sizes, aspectRatios, stride }: ExportedAnchors): string {
  return `# Sizes are scales * stride; center_offset puts the centres into the middle of each cell.
anchor_generator=dict(
    type='AnchorGenerator',
    strides=[${plain(stride)}],
    scales=[${sizes.map((size) => plain(size / stride)).join(', ')}],
    ratios=[${aspectRatios.map(decimal).join(', ')}],
    center_offset=0.5,
)
`;
}

/** A tuple of one keeps its comma. */
const tuple = (values: readonly number[]) =>
  `${values.map(decimal).join(', ')}${values.length === 1 ? ',' : ''}`;

/** Six digits after the point at the most. */
const plain = (value: number) => String(Math.round(value * 1e6) / 1e6);

/** With a point, so that Python reads a float. */
const decimal = (value: number) => (Number.isInteger(value) ? `${value}.0` : plain(value));
