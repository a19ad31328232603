/**
 * How shares are written in tables, tips and reports: in percent with one decimal and no sign, so
 * that a column reads downwards; differences with their sign; a dash where there is no figure.
 */

/** `0.176` is `17.6`; null, undefined and COCO's -1 are a dash. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined || share < 0 ? '–' : (100 * share).toFixed(1);

/** A difference of two shares, in points: `+3.2`, `−0.4`. */
export function points(difference: number): string {
  const text = (100 * Math.abs(difference)).toFixed(1);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** From the low end of an interval to its high one: `13.5 to 23.9`, by `write`. */
export const range = (
  { low, high }: { readonly low: number; readonly high: number },
  write: (value: number) => string = percent,
): string => `${write(low)} to ${write(high)}`;
