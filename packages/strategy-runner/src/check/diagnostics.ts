import { shownText } from "../guest/shown-text.ts";
import { LIMITS } from "../limits.ts";
import type { StrategyErrorCode } from "../strategy-error.ts";
import type { Finding, Language } from "./compiler.types.ts";

/** Something wrong with a source, for its owner. */
export interface Diagnostic {
  readonly code: StrategyErrorCode;
  readonly message: string;
  /** In the owner's file, from 1. */
  readonly line: number;
  readonly column: number;
  readonly severity: "error";
}

/** More than these say nothing new: the first mistakes make the rest. */
const MOST_DIAGNOSTICS = 50;

/** Of a module or a name that cannot be found, of an import that is not erased. */
const MODULE_NUMBERS: ReadonlySet<number> = new Set([2306, 2307, 2580, 2591, 2792, 2882]);
const VALUE_IMPORT_NUMBERS: ReadonlySet<number> = new Set([1484, 1485, 18_042]);
const NOT_ERASABLE = 1294;

/** What the compiler's own words would lead astray: it knows nothing of the sandbox. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/'console'/, "Cannot find name 'console'. Use ctx.log.info, ctx.log.warn or ctx.log.error."],
  [
    /'(?:setTimeout|setInterval|setImmediate)'/,
    "A run has no timers: it does its work and ends; the next run comes by its schedule.",
  ],
  [/'(?:fetch|XMLHttpRequest|WebSocket)'/, "A strategy has no network. What ctx offers is all it can reach."],
  [
    /'(?:process|require|Buffer|Bun|Deno)'/,
    "A strategy has no process and no modules. What ctx offers is all it can reach.",
  ],
];

/** Says what findings of the compiler mean to the owner. Of JavaScript only what is no JavaScript counts: its types are its owner's business. */
export function diagnosticsOf(findings: readonly Finding[], source: string, language: Language): Diagnostic[] {
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  return findings
    .map((finding) => ({ finding, code: codeOf(finding, lines) }))
    .filter(({ code }) => language === "typescript" || code !== "STRATEGY_TYPES")
    .slice(0, MOST_DIAGNOSTICS)
    .map(({ finding, code }) => diagnostic(code, messageOf(finding, code), finding.line, finding.column));
}

export function diagnostic(code: StrategyErrorCode, message: string, line = 1, column = 1): Diagnostic {
  return { code, message: shownText(message, LIMITS.errorCharacters), line, column, severity: "error" };
}

function codeOf({ number, line, column }: Finding, lines: readonly string[]): StrategyErrorCode {
  if (VALUE_IMPORT_NUMBERS.has(number)) return "STRATEGY_IMPORTS";
  // "Cannot find name" at a text is about a module: the text is its specifier.
  const isAtText = /["'`]/.test(lines[line - 1]?.[column - 1] ?? "");
  if (MODULE_NUMBERS.has(number) && isAtText) return "STRATEGY_IMPORTS";
  const isSyntax = (number >= 1000 && number < 2000) || (number >= 8000 && number < 9000) || number >= 17_000;
  return isSyntax ? "STRATEGY_SYNTAX" : "STRATEGY_TYPES";
}

function messageOf({ number, message }: Finding, code: StrategyErrorCode): string {
  if (code === "STRATEGY_IMPORTS") return IMPORTS_MESSAGE;
  if (number === NOT_ERASABLE) {
    return "This syntax makes code of types (enum, namespace, parameter properties, <T>value): use plain objects, fields and `as`.";
  }
  const hint = HINTS.find(([pattern]) => message.startsWith("Cannot find name") && pattern.test(message));
  if (hint !== undefined) return hint[1];
  // What follows is about installing packages and compiler options, which a strategy does not have.
  return message.replace(/ (?:Do you need to|Try `npm|Try changing the 'lib').*$/s, "");
}

export const IMPORTS_MESSAGE =
  'A strategy imports nothing but types of "@shoal/strategy", with `import type`: everything it needs is in its file and in ctx.';
