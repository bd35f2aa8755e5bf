import { isDeeperThan, isNestedDeeper, isStorableJson, MAX_JSON_LEVELS, toStorableText } from "@shoal/kernel";
import type { JsonValue } from "../run.types.ts";

/**
 * Reads JSON that a strategy wrote: undefined for what is none or is nested deeper than `levels`. Numbers are those of
 * JavaScript on both sides. What Postgres cannot hold becomes U+FFFD.
 */
export function readGuestJson(text: string, levels = MAX_JSON_LEVELS): JsonValue | undefined {
  if (isNestedDeeper(text, levels)) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    return isStorableJson(text) ? value : storable(value);
  } catch {
    return undefined;
  }
}

/** Returns the value with U+FFFD for each character that Postgres cannot hold, in keys too. Not for what is nested without limit. */
export function storable(value: JsonValue): JsonValue {
  if (typeof value === "string") return toStorableText(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map(storable);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [toStorableText(key), storable(child)]));
}

/** Returns whether a value from outside is JSON: nested no deeper than `MAX_JSON_LEVELS`, its numbers finite. */
export function isJson(value: unknown): value is JsonValue {
  return !isDeeperThan(value, MAX_JSON_LEVELS) && isShallowJson(value);
}

function isShallowJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object") return false;
  return (Array.isArray(value) ? value : Object.values(value)).every(isShallowJson);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
