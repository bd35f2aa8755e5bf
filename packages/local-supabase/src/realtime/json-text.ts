import { asRecord } from "./join-payload.ts";

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

/** Parses JSON so that its numbers are written again with every digit they have. */
export function parseExactly(text: string): unknown {
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? exact.rawJSON(source) : value,
  );
}
