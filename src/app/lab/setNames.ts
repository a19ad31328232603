/** The named anchor sets as people know them, in the order of the paper's Table I. */
import type { ANCHOR_SETS } from '../../core/anchors/sets.ts';

export type SetName = keyof typeof ANCHOR_SETS;

export const SET_TITLES: Readonly<Record<SetName, string>> = {
  'faster-rcnn': 'Faster R-CNN',
  chen: 'Chen',
  paper: 'Paper',
  'paper-plus': 'Paper plus',
};

export const SET_NAMES = Object.keys(SET_TITLES) as SetName[];
