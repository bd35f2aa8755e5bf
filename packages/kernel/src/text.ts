/** Returns whether Postgres can hold the text: no character 0, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** Returns the text with U+FFFD for each character that Postgres cannot hold. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** JSON writes the character 0 and halves of surrogate pairs as escapes, and whole pairs as themselves. */
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Returns whether Postgres can hold JSON of `JSON.stringify` as jsonb. */
export function isStorableJson(json: string): boolean {
  return !UNSTORABLE_ESCAPE.test(json);
}

/** Controls (ESC, CSI of one character), line ends, marks of reading order and of no width, halves of pairs, and what has no meaning yet. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Makes text from outside safe for a terminal: characters that would control it, change the reading order or hide are written out
 * as `\u{202e}`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** JSON of the value in one line, in which such characters are escaped as JSON does it; `JSON.stringify` escapes only the oldest of them. */
export function printableJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return (JSON.stringify(value) ?? "").replace(UNPRINTABLE, (char) => char.split("").map(escaped).join(""));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns whether the text is a UUID of any version, in the form Postgres prints. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
