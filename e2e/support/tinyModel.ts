/**
 * Puts a tiny detector with random weights in the place of the real model, and opens photos with it.
 * What it finds means nothing, but it finds it in milliseconds, on any backend: for tests of what is
 * around the network.
 */
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import type { ANCHOR_SETS } from '../../src/core/anchors/sets.ts';
import { parseManifest } from '../../src/core/models/manifest.ts';
import { TINY_CHANNELS, tinyDetectorFiles } from '../../tests/support/tinyDetector.ts';
import { tinyRpnFiles } from '../../tests/support/tinyRpn.ts';
import { tinyClassifierFiles, tinyRedNetFiles } from '../../tests/support/tinySecondModels.ts';
import { expect } from './fixtures.ts';

/** Answers every request for the household model with the tiny one's files. */
export const useTinyModel = (page: Page): Promise<void> =>
  serveInstead(page, 'household', tinyDetectorFiles());

/** Answers every request for a trained head of a set with a tiny one. */
export const useTinyHead = (page: Page, set: keyof typeof ANCHOR_SETS): Promise<void> =>
  serveInstead(page, `rpn-${set}`, tinyRpnFiles(set));

/** The tiny detector, and tiny models for the second look that fit it. */
export async function serveTinyModels(page: Page): Promise<void> {
  const detector = tinyDetectorFiles();
  const json = new TextDecoder().decode(detector.get('manifest.json'));
  const manifest = parseManifest(JSON.parse(json));
  await serveInstead(page, 'household', detector);
  await serveInstead(page, 'red-net', tinyRedNetFiles());
  await serveInstead(page, 'classifier', tinyClassifierFiles(manifest, TINY_CHANNELS));
}

async function serveInstead(
  page: Page,
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await page.route(`**/models/${folder}/**`, (route) => {
    const name = new URL(route.request().url()).pathname.split('/').pop() ?? '';
    const bytes = files.get(name);
    return bytes
      ? route.fulfill({ body: Buffer.from(bytes), headers: { 'Cache-Control': 'no-store' } })
      : route.fulfill({ status: 404 });
  });
}

/** A small photo of noise, as a PNG. */
export function noisePhoto(): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const create = { width: 320, height: 240, channels: 3, background: 'teal', noise } as const;
  return sharp({ create }).png().toBuffer();
}

/** Picks a file as a visitor does with the file dialog. */
export async function pickFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  const mimeType = name.endsWith('.png') ? 'image/png' : 'image/jpeg'; // as wrong as in real life
  await page.locator('input[type=file]').first().setInputFiles({ name, mimeType, buffer });
}

/** The stage's name begins with the photo's. */
export function photoOnStage(page: Page, name: string) {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return page.getByRole('group', { name: new RegExp(`^${escaped},`) });
}

/** Picks a file and waits until its detections, or the lack of any, are shown. */
export async function openPhoto(page: Page, name: string, buffer: Buffer): Promise<void> {
  await pickFile(page, name, buffer);
  await expect(photoOnStage(page, name)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('region', { name: 'Result' })).toBeVisible({ timeout: 180_000 });
}
