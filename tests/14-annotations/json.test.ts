/**
 * JSON that is none: wherever a good text is spoilt, the sentence names the place, and what the
 * engine takes is never refused.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnnotationError } from '../../src/core/annotations/annotationError.ts';
import { parseJson } from '../../src/core/annotations/jsonText.ts';

const said = (text: string) => {
  try {
    parseJson(text, 'a.json');
  } catch (error) {
    if (error instanceof AnnotationError) return error.message;
    throw error;
  }
  return '';
};

describe('JSON', () => {
  it('comes out as JSON.parse gives it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, margin) => {
        const text = JSON.stringify(value, null, margin);
        expect(parseJson(`\ufeff${text}`, 'a.json')).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['', 'it is empty'],
    ['{"images": [\n  {"id": 1,}\n]}', 'line 2, column 12 has "}" where a name in quotation marks'],
    ['{"a": 1 "b": 2}', 'line 1, column 9 has "\\"" where a comma or the end'],
    ["{'a': 1}", 'line 1, column 2 has "\'" where a name in quotation marks or "}"'],
    ['[1, 2\n', 'it ends too early, in line 2, column 1, and may be cut'],
    ['{"file": "kitch', 'it ends too early'],
    ['[1, NaN]', 'line 1, column 5 has "N" where a value should be'],
    ['[1, 2]\n]', 'line 2, column 1 has "]" where nothing more should be'],
    ['{"a" 1}', 'line 1, column 6 has "1" where a colon should be'],
    ['<annotation/>', 'line 1, column 1 has "<" where a value should be'],
    ['[01]', 'line 1, column 2 has "0" where a value or "]" should be'],
    ['[1}', 'line 1, column 3 has "}" where a comma or the end'],
  ])('%j is told by its place', (text, place) => {
    expect(said(text)).toContain(`a.json is not JSON: ${place}`);
  });

  it('spoilt anywhere is one sentence with a place', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('', '}', '"', ',', 'x', '\\'),
        (value, at, by) => {
          const text = JSON.stringify({ value, list: [value] }, null, 1);
          const place = at % text.length;
          const spoilt = text.slice(0, place) + by + text.slice(place + 1);
          const sentence = said(spoilt);
          let valid = true;
          try {
            JSON.parse(spoilt);
          } catch {
            valid = false;
          }
          expect(sentence === '').toBe(valid);
          if (!valid)
            expect(sentence).toMatch(/^a\.json is not JSON: .*line \d+, column \d+.*[.]$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
