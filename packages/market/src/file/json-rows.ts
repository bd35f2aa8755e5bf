import { isNestedDeeper } from "@shoal/kernel";
import { type FileRow, findFields, missingFields, rowOf, USUAL_FIELDS } from "./candle-row.ts";
import { splitElements } from "./json-elements.ts";
import type { Piece } from "./text-lines.ts";

/** Reads rows of JSON: an array of rows, or one row after the other. A row is an array in the usual order, or an object. */
export async function* readJsonRows(chunks: AsyncIterable<string>): AsyncGenerator<FileRow> {
  for await (const piece of splitElements(chunks)) yield "problem" in piece ? piece : readElement(piece);
}

function readElement({ line, text }: Piece): FileRow {
  if (isNestedDeeper(text, 1)) return { line, problem: "a row is an array or an object, and holds no other" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { line, problem: "it is no JSON" };
  }
  if (Array.isArray(value)) return { line, row: rowOf(value, USUAL_FIELDS) };
  const entries = Object.entries(value as object);
  const fields = findFields(entries.map(([name]) => name));
  const missing = missingFields(fields);
  if (missing.length > 0) return { line, problem: `there is no ${missing.join(", ")}` };
  return {
    line,
    row: rowOf(
      entries.map(([, each]) => each),
      fields,
    ),
  };
}
