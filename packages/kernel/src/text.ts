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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns whether the text is a UUID of any version, in the form Postgres prints. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
