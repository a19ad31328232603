/**
 * What the values of options may be: each checks one and turns it into a number, for commander,
 * which names the option in front of the sentence.
 */
import { InvalidArgumentError } from 'commander';
import { ORIENTATIONS, type Orientations } from '../src/core/superResolution/orientations.ts';

/** A number from 0 to 1. */
export function share(text: string): number {
  return checked(text, (value) => value >= 0 && value <= 1, 'a number from 0 to 1');
}

/** A number between 0 and 1, neither of them. */
export function betweenShares(text: string): number {
  return checked(text, (value) => value > 0 && value < 1, 'a number between 0 and 1, such as 0.5');
}

/** A whole number above 0. */
export function count(text: string): number {
  return checked(text, (value) => Number.isInteger(value) && value > 0, 'a whole number above 0');
}

/** A whole number, or 0 for none. */
export function countOrNone(text: string): number {
  return checked(text, (value) => Number.isInteger(value) && value >= 0, 'a whole number or 0');
}

/** Some of these names, parted by commas. */
export function someOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const list = text.split(',').map((part) => names.find((name) => name === part.trim()));
    if (list.every((name) => name !== undefined)) return list;
    throw new InvalidArgumentError(`They must be of ${names.join(', ')}, parted by commas.`);
  };
}

/** A working size that a detector's manifest may have, too. */
export function sizeInPixels(text: string): number {
  return checked(
    text,
    (value) => Number.isInteger(value) && value >= 32 && value <= 4096,
    'a whole number of pixels from 32 to 4096',
  );
}

/** Heights over widths, such as "1,0.5,2". */
export function aspectRatios(text: string): number[] {
  const list = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (list.every((value) => value >= 0.1 && value <= 10)) return [...new Set(list)];
  throw new InvalidArgumentError(
    'They must be heights over widths from 0.1 to 10, such as 1,0.5,2.',
  );
}

/** In how many orientations RED-Net looks at a picture. */
export function orientations(text: string): Orientations {
  return checked(
    text,
    (value) => ORIENTATIONS.some((one) => one === value),
    '1 or 8',
  ) as Orientations;
}

/** A super-resolution scale. */
export function upscalingFactor(text: string): number {
  return checked(text, (value) => [2, 3, 4].includes(value), '2, 3 or 4');
}

/** Any whole number. */
export function whole(text: string): number {
  return checked(text, Number.isSafeInteger, 'a whole number');
}

/** A number above 0, such as minutes. */
export function positive(text: string): number {
  return checked(text, (value) => value > 0 && Number.isFinite(value), 'a number above 0');
}

function checked(text: string, isRight: (value: number) => boolean, what: string): number {
  const value = Number(text);
  if (text.trim() !== '' && isRight(value)) return value;
  throw new InvalidArgumentError(`It must be ${what}.`);
}
