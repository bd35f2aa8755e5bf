import { isDeeperThan, isStorableText } from "@shoal/kernel";

/** What a person says about a wait, for rules of matching: an object of at most 1,024 bytes, nested at most 3 levels deep. */
export type Attributes = Readonly<Record<string, unknown>>;

const MAX_BYTES = 1024;
const MAX_LEVELS = 3;
/** Numbers that JavaScript writes without an exponent, as Postgres does with all. */
const MAX_PLAIN_EXPONENT = 20;
const MIN_PLAIN_EXPONENT = -6;

/**
 * Says what is wrong with attributes, null for nothing, as the column that keeps them judges. `field` is the part of them that is wrong: "" for
 * the whole. With `compared`, the names that rules compare: those must be texts, numbers or booleans.
 */
export function attributesProblem(
  given: unknown,
  compared: readonly string[] = [],
): { readonly field: string; readonly expected: string } | null {
  const whole = (expected: string) => ({ field: "", expected });
  if (typeof given !== "object" || given === null || Array.isArray(given)) return whole("an object");
  if (isDeeperThan(given, MAX_LEVELS)) return whole(`nested at most ${MAX_LEVELS} levels deep`);
  const bytes = bytesOf(given, MAX_BYTES);
  if (bytes === null) return whole("what JSON and Postgres can hold");
  if (bytes > MAX_BYTES) return whole(`at most ${MAX_BYTES} bytes as JSON`);
  const field = compared.find((name) => Object.hasOwn(given, name) && !isComparable(Reflect.get(given, name)));
  return field === undefined ? null : { field, expected: "a text, a number or a boolean, because a rule compares it" };
}

const isComparable = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);

/**
 * Returns in how many bytes Postgres writes a value, exactly but for numbers with an exponent, and at most a little more than `limit`: what is
 * larger is not read. Null for what no jsonb holds.
 */
function bytesOf(value: unknown, limit: number): number | null {
  if (value === null || value === true) return 4;
  if (value === false) return 5;
  if (typeof value === "number") return Number.isFinite(value) ? digitsOf(value) : null;
  // Each character has a byte or more.
  if (typeof value === "string") return value.length > limit ? value.length : textBytes(value);
  if (typeof value !== "object") return null;
  // Written as {"a": 1, "b": [1, 2]}.
  let bytes = Object.keys(value).length === 0 ? 2 : 0;
  for (const [key, held] of Object.entries(value)) {
    const named = Array.isArray(value) ? 0 : textBytes(key);
    const bytesHeld = bytesOf(held, limit);
    if (named === null || bytesHeld === null) return null;
    bytes += named + (named > 0 ? 2 : 0) + bytesHeld + 2;
    if (bytes > limit) return bytes;
  }
  return bytes;
}

const textBytes = (text: string) => (isStorableText(text) ? Buffer.byteLength(JSON.stringify(text)) : null);

function digitsOf(value: number): number {
  const exponent = Number(value.toExponential().split("e")[1]);
  const isPlain = exponent <= MAX_PLAIN_EXPONENT && exponent >= MIN_PLAIN_EXPONENT;
  return isPlain ? String(value).length : Math.abs(exponent) + String(value).length;
}
