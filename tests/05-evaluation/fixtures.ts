/**
 * The 60 cases pycocotools 2.0.11 answered for us, read from their
 * compressed copy.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface CocoCase {
  readonly seed: number;
  readonly style: string;
  readonly ground_truth: unknown;
  readonly detections: unknown;
  readonly expected: {
    readonly stats: readonly number[];
    readonly per_category: readonly { category_id: number; AP: number; AP50: number }[];
    readonly precision_sum: number;
    readonly precision_count: number;
  };
}

const FILE = new URL('../fixtures/cocoEval.json.gz', import.meta.url);

export function cocoCases(): CocoCase[] {
  return JSON.parse(gunzipSync(readFileSync(FILE)).toString());
}
