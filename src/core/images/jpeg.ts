/**
 * Walks through a JPEG file from marker to marker (ITU-T T.81, annex B). The size stands in the frame
 * header; whether the file was cut shows only at its end, and neither the last two bytes (cameras
 * append videos and previews) nor the first end marker (an EXIF thumbnail has its own) tell: one has
 * to follow the scans.
 */
import { ByteView } from './byteView.ts';

export interface JpegFacts {
  /** Pixels as stored; undefined when the file ends before its frame header. */
  readonly width?: number;
  readonly height?: number;
  readonly bitDepth?: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components?: number;
  /** The end-of-image marker was reached. */
  readonly complete: boolean;
}

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;

/**
 * Reads a JPEG's frame header and follows its segments and scans to the end-of-image marker.
 * @param bytes the whole file, beginning with FF D8
 */
export function readJpeg(bytes: Uint8Array): JpegFacts {
  const view = new ByteView(bytes);
  let frame: Omit<JpegFacts, 'complete'> = {};
  let at = 2;
  while (at < bytes.length) {
    at = nextMarker(bytes, at);
    const marker = view.u8(at + 1);
    if (at >= bytes.length - 1) break;
    if (marker === END_OF_IMAGE) return { ...frame, complete: true };
    if (isFrameHeader(marker) && at + 9 < bytes.length) {
      frame = {
        bitDepth: view.u8(at + 4),
        height: view.u16(at + 5),
        width: view.u16(at + 7),
        components: view.u8(at + 9),
      };
    }
    at += 2 + (isStandAlone(marker) ? 0 : view.u16(at + 2));
    if (marker === START_OF_SCAN) at = endOfScan(bytes, at);
  }
  return { ...frame, complete: false };
}

/** The next FF that begins a marker; FF FF is padding. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0xff)) at++;
  return at;
}

/** Entropy-coded data ends at the first marker that is neither a stuffed 00 nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length) {
    const next = bytes[at + 1] as number;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
    at = bytes.indexOf(0xff, at + 1);
  }
  return bytes.length;
}

/** SOF0..SOF15 without the tables DHT (C4), JPG (C8) and DAC (CC), which lie among them. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Markers without a length: TEM, RST0..7, SOI. */
function isStandAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}
