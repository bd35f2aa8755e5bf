import type { PgType } from "./pg-types.ts";

/**
 * A value as Postgres writes it in text, written again as JSON text the way `to_jsonb` would: numbers keep every digit,
 * jsonb is inlined, timestamps become ISO 8601, arrays become arrays, and everything else stays text.
 */
export function toJsonText(type: PgType, value: string | null): string {
  if (value === null) return "null";
  switch (type.json) {
    case "number":
      return JSON_NUMBER.test(value) ? value : JSON.stringify(value);
    case "boolean":
      return value.startsWith("t") ? "true" : "false";
    case "json":
      return value;
    case "timestamp":
      return JSON.stringify(value.replace(" ", "T"));
    case "timestamptz":
      return JSON.stringify(value.replace(" ", "T").replace(WHOLE_HOUR_OFFSET, "$1:00"));
    case "array":
      return arrayToJson(type.element, value);
    case "text":
      return JSON.stringify(value);
  }
}

/** NaN and the infinities of a float or numeric are no JSON numbers. */
const JSON_NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const WHOLE_HOUR_OFFSET = /([+-]\d\d)$/;
/** Bounds are written only when they do not start at 1: `[0:1]={a,b}`. */
const ARRAY_BOUNDS = /^[[\d:\]-]+=/;

function arrayToJson(element: PgType | undefined, literal: string): string {
  const text = literal.replace(ARRAY_BOUNDS, "");
  const elementType = element ?? { name: "text", sqlName: "text", json: "text", element: undefined };
  let offset = 0;

  const readQuoted = (): string => {
    let value = "";
    for (offset += 1; offset < text.length && text[offset] !== '"'; offset += 1) {
      if (text[offset] === "\\") offset += 1;
      value += text[offset];
    }
    offset += 1;
    return toJsonText(elementType, value);
  };
  const readPlain = (): string => {
    const start = offset;
    while (offset < text.length && text[offset] !== "," && text[offset] !== "}") offset += 1;
    const value = text.slice(start, offset);
    return toJsonText(elementType, value.toUpperCase() === "NULL" ? null : value);
  };
  const readArray = (): string => {
    const items: string[] = [];
    offset += 1;
    while (offset < text.length && text[offset] !== "}") {
      if (text[offset] === ",") offset += 1;
      else if (text[offset] === "{") items.push(readArray());
      else items.push(text[offset] === '"' ? readQuoted() : readPlain());
    }
    offset += 1;
    return `[${items.join(",")}]`;
  };
  return readArray();
}
