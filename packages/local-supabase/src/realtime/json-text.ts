import { isNestedDeeper } from "@shoal/kernel";
import { asRecord } from "./join-payload.ts";

/** Deeper than real data, and far below the depth at which writing it overflows the stack. */
const MAX_DEPTH = 1000;

/** The parts of JSON that keep the text of a number; TypeScript does not know them yet. */
const exact = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** Writes JSON with the keys of every object sorted, as the server's encoder does. */
export function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    const fields = exact.isRawJSON(part) ? undefined : asRecord(part);
    return fields ? Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) : part;
  });
}

/** Sorts the keys of a JSON text and drops its spaces. Its numbers keep every digit. */
export function sortedText(text: string): string {
  if (isNestedDeeper(text, MAX_DEPTH)) return text;
  const value = exact.parse(text, (_key, part, { source }) =>
    typeof part === "number" && source !== undefined ? exact.rawJSON(source) : part,
  );
  return sortedJson(value);
}
