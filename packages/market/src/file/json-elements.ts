import { MAX_ROW_CHARACTERS, type Piece } from "./text-lines.ts";

/** What is wrong with the JSON as a whole, from that line on. */
export interface JsonProblem {
  readonly line: number;
  readonly problem: string;
}

const isBlank = (char: string) => char === " " || char === "\n" || char === "\r" || char === "\t";

/**
 * Cuts JSON into its rows, each an array or an object, without holding the whole: those of one array around them, or one after the
 * other. Ends with a problem where it cannot go on.
 */
export async function* splitElements(chunks: AsyncIterable<string>): AsyncGenerator<Piece | JsonProblem> {
  const scanner = createScanner();
  for await (const chunk of chunks) {
    for (const found of scanner.scan(chunk)) {
      yield found;
      if ("problem" in found) return;
    }
  }
  const problem = scanner.end();
  if (problem !== undefined) yield problem;
}

/**
 * before ──[──▶ bracket ──[ { or ]──▶ rows of the array around them ──]──▶ after
 *    └──{──▶ rows      └──anything else──▶ the bracket began a row
 */
type Place = "before" | "bracket" | "rows" | "after";

function createScanner() {
  let place: Place = "before";
  let isArray = false;
  let line = 1;
  const row = createRow();
  const problem = (text: string): JsonProblem => ({ line, problem: text });

  /** Takes a character between two rows. Returns a problem, if it is one. */
  const between = (char: string, at: number): JsonProblem | undefined => {
    if (isBlank(char)) return undefined;
    if (place === "after") return problem("something follows the end of the array");
    if (place === "before" && char === "[") {
      place = "bracket";
      row.begin(at, line);
      return undefined;
    }
    place = "rows";
    if (char === "[" || char === "{") row.begin(at, line);
    else if (char === "]" && isArray) place = "after";
    else if (char !== ",") return problem(`a row cannot begin with ${JSON.stringify(char)}`);
    return undefined;
  };

  /** The first character behind the first bracket says whether that is around the rows or begins one. */
  const behindBracket = (char: string) => {
    if (isBlank(char)) return;
    place = "rows";
    isArray = char === "[" || char === "{" || char === "]";
    if (isArray) row.drop();
  };

  return {
    *scan(chunk: string): Generator<Piece | JsonProblem> {
      for (let at = 0; at < chunk.length; at += 1) {
        const char = chunk[at] as string;
        if (char === "\n") line += 1;
        if (place === "bracket") behindBracket(char);
        if (!row.isOpen) {
          const wrong = between(char, at);
          if (wrong !== undefined) yield wrong;
        } else if (place !== "bracket" && row.isClosedBy(char)) yield row.finish(chunk, at);
      }
      row.carry(chunk);
      if (row.size > MAX_ROW_CHARACTERS) yield problem(`a row is longer than ${MAX_ROW_CHARACTERS} characters`);
    },
    end(): JsonProblem | undefined {
      if (row.isOpen || (isArray && place !== "after")) return problem("the file ends within the array");
      return undefined;
    },
  };
}

/** The row that is being read, of which the beginning may lie in chunks before. */
function createRow() {
  let [isOpen, isText, isEscaped] = [false, false, false];
  let [depth, from, line] = [0, 0, 1];
  let carried = "";
  return {
    get isOpen() {
      return isOpen;
    },
    get size() {
      return carried.length;
    },
    begin(at: number, startLine: number) {
      [isOpen, isText, isEscaped] = [true, false, false];
      [depth, from, line] = [1, at, startLine];
      carried = "";
    },
    drop() {
      isOpen = false;
      carried = "";
    },
    isClosedBy(char: string): boolean {
      if (isEscaped) isEscaped = false;
      else if (isText && char === "\\") isEscaped = true;
      else if (char === '"') isText = !isText;
      else if (!isText && (char === "[" || char === "{")) depth += 1;
      else if (!isText && (char === "]" || char === "}")) depth -= 1;
      return depth === 0;
    },
    finish(chunk: string, at: number): Piece {
      isOpen = false;
      const text = carried + chunk.slice(from, at + 1);
      carried = "";
      return { line, text };
    },
    carry(chunk: string) {
      if (isOpen) carried += chunk.slice(from);
      from = 0;
    },
  };
}
