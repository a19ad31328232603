/**
 * JSON from a person's disk. Engines word their complaints differently and some name no place, so
 * when parsing fails the text is read once more here, by the grammar alone, to say in which line
 * and column it stops being JSON.
 */
import { AnnotationError } from './annotationError.ts';

/**
 * Parses JSON.
 *
 * @param name what to call the file in the sentence
 * @throws AnnotationError that names line and column
 */
export function parseJson(text: string, name: string): unknown {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text;
  try {
    return JSON.parse(bare);
  } catch {
    throw new AnnotationError(`${name} is not JSON: ${faultText(bare)}.`);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them inside of strings
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const SPACE = /[ \t\r\n]*/y;

/** What may come next; the last three also allow the end of a list or an object. */
type Next = 'value' | 'key' | 'colon' | 'firstValue' | 'firstKey' | 'comma';

const EXPECTED: Readonly<Record<Next, string>> = {
  value: 'a value',
  key: 'a name in quotation marks',
  colon: 'a colon',
  firstValue: 'a value or "]"',
  firstKey: 'a name in quotation marks or "}"',
  comma: 'a comma or the end of the list or object',
};

function faultText(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const { at, next } = firstFault(text);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const place = `line ${line}, column ${column}`;
  if (at >= text.length) return `it ends too early, in ${place}, and may be cut; copy it again`;
  const found = JSON.stringify(String.fromCodePoint(text.codePointAt(at) as number));
  const expected = next === 'end' ? 'nothing more' : EXPECTED[next];
  return `${place} has ${found} where ${expected} should be`;
}

/** The first place that no JSON could have, and what could have stood there. */
function firstFault(text: string): { at: number; next: Next | 'end' } {
  let at = 0;
  const open: ('{' | '[')[] = [];
  let next: Next = 'value';
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  for (;;) {
    match(SPACE);
    const character = text[at];
    if (character === undefined) return { at, next };
    const inObject = open.at(-1) === '{';
    const closes = character === (inObject ? '}' : ']') && open.length > 0;
    if (closes && (next === 'comma' || next === 'firstKey' || next === 'firstValue')) {
      open.pop();
      at++;
      next = 'comma';
    } else if (next === 'colon' || next === 'comma') {
      if (character !== (next === 'colon' ? ':' : ',')) return { at, next };
      at++;
      next = next === 'comma' && inObject ? 'key' : 'value';
    } else if (next === 'key' || next === 'firstKey') {
      if (!match(STRING)) return unfinished(text, at, next);
      next = 'colon';
      continue;
    } else if (character === '{' || character === '[') {
      open.push(character);
      at++;
      next = character === '{' ? 'firstKey' : 'firstValue';
      continue;
    } else if (match(STRING) || match(SCALAR)) {
      next = 'comma';
    } else {
      return unfinished(text, at, next);
    }
    if (open.length === 0) {
      match(SPACE);
      return { at, next: 'end' };
    }
  }
}

/** A string that never ends is a file that was cut, unless a line ends in it. */
function unfinished(text: string, at: number, next: Next): { at: number; next: Next } {
  const cut = text[at] === '"' && /^"(?:[^"\\\n]|\\.)*\\?$/.test(text.slice(at, at + 10_000));
  return { at: cut && text.length - at < 10_000 ? text.length : at, next };
}
