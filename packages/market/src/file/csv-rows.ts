import {
  type FieldPlaces,
  type FileRow,
  findFields,
  missingFields,
  readNumber,
  readTime,
  rowOf,
  USUAL_FIELDS,
} from "./candle-row.ts";
import { MAX_ROW_CHARACTERS, type Piece } from "./text-lines.ts";

/** The names may stand below a title or two. */
const MAX_TITLE_LINES = 3;

/** Reads rows of CSV. The names of the columns are found, in whatever order; without names it is time, open, high, low, close, volume. */
export async function* readCsvRows(lines: AsyncIterable<Piece>): AsyncGenerator<FileRow> {
  let layout: Layout | undefined;
  let titles = 0;
  for await (const { line, text } of lines) {
    if (text.length > MAX_ROW_CHARACTERS) {
      yield { line, problem: `it is longer than ${MAX_ROW_CHARACTERS} characters` };
      return;
    }
    if (layout === undefined) {
      layout = readLayout(text);
      if (layout === undefined) {
        titles += 1;
        if (titles <= MAX_TITLE_LINES && findNames(text) === 0) continue;
        yield { line, problem: namesProblem(text) };
        return;
      }
      if (layout.hasNames) continue;
    }
    const fields = splitFields(text, layout.delimiter);
    if (fields === undefined) yield { line, problem: "a quoted field does not end" };
    else yield { line, row: rowOf(fields, layout.fields) };
  }
}

interface Layout {
  readonly delimiter: string;
  readonly fields: FieldPlaces;
  readonly hasNames: boolean;
}

function readLayout(text: string): Layout | undefined {
  const delimiter = findDelimiter(text);
  const fields = splitFields(text, delimiter) ?? [];
  const named = findFields(fields);
  if (missingFields(named).length === 0) return { delimiter, fields: named, hasNames: true };
  const isData =
    !Number.isNaN(readTime(fields[0])) &&
    fields.slice(1, 6).filter((field) => !Number.isNaN(readNumber(field))).length === 5;
  return isData ? { delimiter, fields: USUAL_FIELDS, hasNames: false } : undefined;
}

const findNames = (text: string) => Object.keys(findFields(splitFields(text, findDelimiter(text)) ?? [])).length;

function namesProblem(text: string): string {
  const missing = missingFields(findFields(splitFields(text, findDelimiter(text)) ?? []));
  return `the columns need names, and there is none for ${missing.join(", ")}`;
}

function findDelimiter(text: string): string {
  const count = (delimiter: string) => text.split(delimiter).length;
  return [",", ";", "\t", "|"].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** Fields of a line, without the quotes around them. Undefined if a quote is left open. */
function splitFields(text: string, delimiter: string): string[] | undefined {
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  if (!line.includes('"')) return line.split(delimiter);
  const fields: string[] = [];
  let field = "";
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at] as string;
    if (char === '"' && isQuoted && line[at + 1] === '"') {
      field += char;
      at += 1;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (char === delimiter && !isQuoted) {
      fields.push(field);
      field = "";
    } else field += char;
  }
  return isQuoted ? undefined : [...fields, field];
}
