const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENING, CLOSING] = [0x5b, 0x5d];
/** The bit by which a brace differs from a bracket. */
const BRACE_BIT = 0x20;

/**
 * After so many characters that mean nothing, the platform looks for the next one that does: 6 MB take it 0.4 ms, a loop 5 to 19 ms.
 * Each such look costs as much as some 50 characters of the loop, which goes on where brackets and quotes are dense.
 */
const DULL_CHARS = 64;
const STRING_MARK = /["\\]/g;
const MARK = /["[\]{}]/g;
/** A number, true, false or null. */
const LITERAL = /[\w+.-]*/y;

/** Returns where the string that starts at `start` of a JSON text ends: at its closing quote, or behind the text. */
export function endOfJsonString(json: string, start: number): number {
  let at = start + 1;
  let jumpAt = at + DULL_CHARS;
  while (at < json.length) {
    if (at >= jumpAt) at = nextOf(STRING_MARK, json, at);
    const char = json.charCodeAt(at);
    if (char === QUOTE) return at;
    if (char === BACKSLASH) {
      at += 2;
      jumpAt = at + DULL_CHARS;
    } else at += 1;
  }
  return at;
}

/**
 * Walks over the brackets and braces of a JSON text from `start` on, which is level 0, and returns where the nesting first falls below
 * `lowest` or rises above `highest` levels; else the text's length.
 */
export function endOfJsonLevels(json: string, start: number, lowest: number, highest: number): number {
  let level = 0;
  let jumpAt = start + DULL_CHARS;
  for (let at = start; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    const bracket = char & ~BRACE_BIT;
    if (char === QUOTE) at = endOfJsonString(json, at);
    else if (bracket === OPENING) {
      level += 1;
      if (level > highest) return at;
    } else if (bracket === CLOSING) {
      level -= 1;
      if (level < lowest) return at;
    } else {
      if (at < jumpAt) continue;
      at = nextOf(MARK, json, at) - 1;
    }
    jumpAt = at + DULL_CHARS;
  }
  return json.length;
}

/** Returns where the value that starts at `start` of a JSON text ends: behind its last character. `start` itself where no value starts. */
export function endOfJsonValue(json: string, start: number): number {
  const char = json.charCodeAt(start);
  if (char === QUOTE) return endOfJsonString(json, start) + 1;
  if ((char & ~BRACE_BIT) === OPENING) return endOfJsonLevels(json, start, 1, Infinity) + 1;
  LITERAL.lastIndex = start;
  LITERAL.test(json);
  return LITERAL.lastIndex;
}

function nextOf(mark: RegExp, text: string, from: number): number {
  mark.lastIndex = from;
  return mark.test(text) ? mark.lastIndex - 1 : text.length;
}
