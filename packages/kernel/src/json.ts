import { parseExactJson } from "./exact-json.ts";
import { endOfJsonLevels } from "./json-scan.ts";

/**
 * Levels of objects and arrays in JSON from outside, several times what any payload needs. Parsing is no recursion, but whatever
 * comes after it is: writing 40,000 levels takes 3 s, and 80,000 end in a RangeError.
 */
export const MAX_JSON_LEVELS = 64;

/** JSON that was read, or why it was not. */
export type BoundedJson =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "too-large" | "too-deep" | "malformed" };

/**
 * Reads JSON from outside: at most `maxCharacters` (default: whoever read the text has bounded it), nested at most `MAX_JSON_LEVELS` deep. What is refused for its size or depth is not
 * parsed; numbers are read by `parseExactJson`. Never throws.
 */
export function parseBoundedJson(text: string, maxCharacters = Infinity): BoundedJson {
  if (text.length > maxCharacters) return { kind: "too-large" };
  if (isNestedDeeper(text, MAX_JSON_LEVELS)) return { kind: "too-deep" };
  try {
    return { kind: "json", value: parseExactJson(text) };
  } catch {
    return { kind: "malformed" };
  }
}

/**
 * Returns whether a JSON text is nested more than `levels` deep. Reads it once, without recursion or parsing, because
 * parsers, validators and Postgres descend by recursion: 40,000 arrays in 80 kB cost them 6 s and end in a RangeError.
 */
export function isNestedDeeper(json: string, levels: number): boolean {
  return endOfJsonLevels(json, 0, -Infinity, levels) < json.length;
}

/** Returns whether a value as `JSON.parse` makes it is nested more than `levels` deep. Goes no deeper than that. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((child) => isDeeperThan(child, levels - 1));
  // Without a list of its values: there may be 260,000 objects in 1 MB.
  for (const key in value) {
    if (Object.hasOwn(value, key) && isDeeperThan(Reflect.get(value, key), levels - 1)) return true;
  }
  return false;
}
