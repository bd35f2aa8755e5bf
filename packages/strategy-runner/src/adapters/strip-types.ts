/**
 * The program of a process that blanks the types of one source: reads it from standard input, writes JSON. In a process of its own because
 * the compiler in it breaks for good on deep nesting (1,000 open brackets), and takes for ever with some sources.
 */
import { transformSync } from "amaro";

interface Refusal {
  readonly message: string;
  readonly startLine: number;
  readonly startColumn: number;
}

/** What amaro throws is no Error: it has a message, a line from 1 and a column from 0. */
function isRefusal(thrown: unknown): thrown is Refusal {
  return typeof thrown === "object" && thrown !== null && "startLine" in thrown && "message" in thrown;
}

function strip(source: string): unknown {
  try {
    return { kind: "javascript", javascript: transformSync(source, { mode: "strip-only" }).code };
  } catch (thrown) {
    if (!isRefusal(thrown)) return { kind: "limit" };
    const { message, startLine, startColumn } = thrown;
    return { kind: "refused", finding: { number: 0, message, line: startLine, column: startColumn + 1 } };
  }
}

process.stdout.write(JSON.stringify(strip(await Bun.stdin.text())));
