import { parseExactJson } from "@shoal/kernel";

/** Settings as they were typed: an object, or what is wrong with the text. */
export type Typed =
  | { readonly kind: "settings"; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly kind: "wrong"; readonly why: string };

/** Reads settings from text. Refuses what the browser would change on the way: numbers of more digits than it can keep. */
export function readSettings(text: string): Typed {
  if (text.trim() === "") return { kind: "settings", settings: {} };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return { kind: "wrong", why: `This is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "wrong", why: 'Settings are an object: {"name": value}' };
  }
  if (JSON.stringify(value) !== JSON.stringify(parseExactJson(text))) {
    return { kind: "wrong", why: "A number has more digits than can be sent exactly: write it as text, in quotes." };
  }
  return { kind: "settings", settings: value as Readonly<Record<string, unknown>> };
}
